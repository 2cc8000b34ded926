# Two disks, mirrored by md: /boot is an array of its own, and each disk has a boot loader.
partition() {
  for disk in "$disk1" "$disk2"; do
    gpt "$disk" <<SFDISK
size=1MiB, type=$BIOS_BOOT
size=384MiB, type=raid
type=raid
SFDISK
  done
}
# The UUIDs are those of the system's mdadm.conf (trees.sh).
create() {
  mirror_of boot 2 b0070000:00000000:00000000:00000001
  mirror_of root 3 00700000:00000000:00000000:00000002
}
mirror_of() { # NAME PARTITION UUID
  # --assume-clean: both are empty, and a guest has no time to copy one to the other.
  mdadm --quiet --create "/dev/md/$1" --run --level=1 --raid-devices=2 --metadata=1.2 --assume-clean \
    --homehost="$host" --name="$1" --uuid="$3" "$disk1$2" "$disk2$2"
}
open() {
  for array in boot:2 root:3; do
    mdadm --quiet --assemble --run "/dev/md/${array%:*}" "$disk1${array#*:}" "$disk2${array#*:}" ||
      [ -e "/dev/md/${array%:*}" ]
  done
}
close() { mdadm --quiet --stop /dev/md/boot /dev/md/root; }
filesystems() {
  cat <<TABLE
/dev/md/root ext4 root / errors=remount-ro uuid
/dev/md/boot ext4 boot /boot defaults device
TABLE
}
