# Root on a volume, found by an initramfs of dracut that knows this machine only.
partition() {
  gpt "$disk1" <<SFDISK
size=1MiB, type=$BIOS_BOOT
size=384MiB, type=L
type=lvm
SFDISK
}
create() {
  vgcreate -q -y system "${disk1}3"
  lvcreate -q -y -L 4G -n root system
  lvcreate -q -y -L 256M -n swap system
}
open() { vgchange -q -ay; }
close() { vgchange -q -an; }
filesystems() {
  cat <<TABLE
/dev/system/root ext4 root / errors=remount-ro device
${disk1}2 ext4 boot /boot defaults uuid
/dev/system/swap swap swap none sw device
TABLE
}
finish() {
  chroot "$1" sh -c 'dracut --force --kver "$(ls /lib/modules)" "/boot/initrd.img-$(ls /lib/modules)"'
}
