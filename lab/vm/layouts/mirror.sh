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
boot_uuid=b0070000:00000000:00000000:00000001
root_uuid=00700000:00000000:00000000:00000002
create() {
  mirror_of boot 2 "$boot_uuid"
  mirror_of root 3 "$root_uuid"
}
mirror_of() { # NAME PARTITION UUID
  # --assume-clean: both are empty, and a guest has no time to copy one to the other.
  mdadm --quiet --create "/dev/md/$1" --run --level=1 --raid-devices=2 --metadata=1.2 --assume-clean \
    --homehost="$host" --name="$1" --uuid="$3" "$disk1$2" "$disk2$2"
}
# udev has assembled both, under names that tell them to be another machine's.
open() {
  mkdir -p /dev/md
  ln -sf "/dev/disk/by-id/md-uuid-$boot_uuid" /dev/md/boot
  ln -sf "/dev/disk/by-id/md-uuid-$root_uuid" /dev/md/root
}
close() { mdadm --quiet --stop /dev/md/boot /dev/md/root; }
filesystems() {
  cat <<TABLE
/dev/md/root ext4 root / errors=remount-ro uuid
/dev/md/boot ext4 boot /boot defaults device
TABLE
}
