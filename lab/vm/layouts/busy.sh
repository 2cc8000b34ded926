# A database and a tree of small files, each on a volume of its own, with room for snapshots.
partition() {
  gpt "$disk1" <<SFDISK
size=1MiB, type=$BIOS_BOOT
type=L
SFDISK
  gpt "$disk2" <<SFDISK
type=lvm
SFDISK
}
create() {
  vgcreate -q -y data "${disk2}1"
  lvcreate -q -y -L 1G -n database data
  lvcreate -q -y -L 2G -n tree data
}
open() { vgchange -q -ay; }
close() { vgchange -q -an; }
# Room for the names of 200,000 small files.
mkfs_options() { case $2 in tree) echo '-N 300000' ;; esac; }
filesystems() {
  cat <<TABLE
${disk1}2 ext4 root / errors=remount-ro uuid
/dev/data/database xfs database /var/lib/postgresql defaults uuid
/dev/data/tree ext4 tree /srv/layers defaults uuid
TABLE
}
finish() { activate_volumes "$1"; }
