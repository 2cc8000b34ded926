#!/bin/sh
# Does a job in a guest that has the disks of a machine, since this kernel knows neither volumes nor arrays.
# Usage: run-guest.sh WORK GUEST SECONDS DISK…
# WORK holds desk/ with `job` and what it needs, and may hold system.tar; it gets answer/ and guest.log. GUEST is the
# folder with guest.raw, vmlinuz and initrd.img. Ends with the job's exit status.
set -eu
work=$1 guest=$2 seconds=$3
shift 3

tar -cf "$work/desk.tar" -C "$work/desk" .
rm -rf "$work/answer" "$work/answer.raw"
truncate -s 512M "$work/answer.raw"
[ -e "$work/system.tar" ] || truncate -s 1M "$work/system.tar"

number=0
drives=""
add() { # FILE MODE
  drives="$drives -drive if=none,id=d$number,format=raw,file=$1,$2 -device virtio-blk-pci,drive=d$number"
  number=$((number + 1))
}
add "$guest/guest.raw" snapshot=on
add "$work/system.tar" read-only=on
add "$work/desk.tar" read-only=on
add "$work/answer.raw" cache=unsafe
for disk; do add "$disk" cache=unsafe,discard=unmap; done

# shellcheck disable=SC2086
timeout -k 5 "$seconds" qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -display none \
  -machine q35 -accel tcg,thread=multi -cpu max,erms=off,fsrm=off -smp 1 -m 1536 -device virtio-rng-pci \
  $drives -kernel "$guest/vmlinuz" -initrd "$guest/initrd.img" \
  -append 'root=/dev/vda rw console=ttyS0 quiet norandmaps init=/sbin/lab-guest' \
  -serial "file:$work/guest.log" </dev/null || { tail -n 20 "$work/guest.log"; exit 1; }
mkdir "$work/answer"
tar -xf "$work/answer.raw" -C "$work/answer" 2>/dev/null || { tail -n 20 "$work/guest.log"; exit 1; }
rm -f "$work/answer.raw" "$work/desk.tar"
status=$(cat "$work/answer/status")
[ "$status" = 0 ] || tail -n 20 "$work/guest.log"
exit "$status"
