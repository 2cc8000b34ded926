# Two disks, two volume groups: / on xfs, /var on ext4 and swap in one, /srv/data in the other, with room for snapshots.
partition() {
  gpt "$disk1" <<SFDISK
size=1MiB, type=$BIOS_BOOT
size=384MiB, type=L
type=lvm
SFDISK
  gpt "$disk2" <<SFDISK
type=lvm
SFDISK
}
create() {
  vgcreate -q -y system "${disk1}3"
  lvcreate -q -y -L 3G -n root system
  lvcreate -q -y -L 2G -n var system
  lvcreate -q -y -L 256M -n swap system
  vgcreate -q -y data "${disk2}1"
  lvcreate -q -y -L 1G -n srv data
}
open() { vgchange -q -ay; }
close() { vgchange -q -an; }
filesystems() {
  cat <<TABLE
/dev/system/root xfs root / defaults device
${disk1}2 ext4 boot /boot defaults uuid
/dev/system/var ext4 var /var nodev device
/dev/system/swap swap swap none sw device
/dev/data/srv ext4 data /srv/data defaults uuid
TABLE
}
finish() { activate_volumes "$1"; }
