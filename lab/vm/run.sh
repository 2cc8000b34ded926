# Runs one QEMU machine of the lab until it powers off; read by supervise.sh, whose variables it uses.
# It begins at its firmware, as a machine does that is switched on. A reboot stays within QEMU.
. "$folder/profile"
# Asks by the power button. Both ends of the pipe are opened, so that a machine that is just ending blocks nobody.
stop() { [ -z "$server" ] || echo system_powerdown 1<>"$folder/monitor.in"; }

# The server's end of the lab's cable becomes a port of a bridge, the machine's card the other one.
cable() {
  ip -n "$netns" link set eth0 address "$cable_address"
  ip -n "$netns" link delete tap0 2>/dev/null || :
  ip -n "$netns" link add br0 type bridge 2>/dev/null || :
  nsenter --net="/run/netns/$netns" ip tuntap add dev tap0 mode tap
  for port in eth0 tap0; do ip -n "$netns" link set "$port" master br0; done
  for link in eth0 tap0 br0; do ip -n "$netns" link set "$link" up; done
}

hardware() {
  # Its place in the machine decides its name there: enp0s2; so it comes before those that take any place.
  echo "-netdev tap,id=net0,ifname=tap0,script=no,downscript=no"
  echo "-device $card,netdev=net0,mac=$hardware_address,addr=0x2,romfile="
  case $firmware in
  uefi)
    [ -e "$folder/efivars.fd" ] || cp /usr/share/OVMF/OVMF_VARS_4M.fd "$folder/efivars.fd"
    echo "-drive if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"
    echo "-drive if=pflash,format=raw,unit=1,file=$folder/efivars.fd"
    ;;
  esac
  number=0
  while read -r file _; do
    echo "-drive if=none,id=d$number,format=raw,file=$folder/$file,cache=unsafe,discard=unmap"
    case $bus in
    ahci) echo "-device ide-hd,drive=d$number,bus=ide.$number,bootindex=$number" ;;
    virtio) echo "-device virtio-blk-pci,drive=d$number,bootindex=$number" ;;
    esac
    number=$((number + 1))
  done <"$folder/disks"
}

cable
rm -f "$folder/monitor.in" "$folder/monitor.out"
mkfifo "$folder/monitor.in" "$folder/monitor.out"
clock=$(date -u -d "${clock_offset:-0} seconds" +%Y-%m-%dT%H:%M:%S)
# One processor: with two, QEMU's emulation may take a write that comes while another device is moved for that one's
# ("msix_table_mmio_write: Assertion"), and ends.
# shellcheck disable=SC2046
nsenter --net="/run/netns/$netns" qemu-system-x86_64 -nodefaults -no-user-config -display none -vga std \
  -name "$name" -machine q35 -accel tcg,thread=multi -cpu max,erms=off,fsrm=off -smp 1 -m "$memory" \
  -rtc "base=$clock" $(hardware) -device virtio-rng-pci -chardev "pipe,id=monitor,path=$folder/monitor" \
  -mon chardev=monitor -serial "file:$folder/serial.log" </dev/null &
server=$!
wait "$server" || :
while kill -0 "$server" 2>/dev/null; do wait "$server" || :; done
