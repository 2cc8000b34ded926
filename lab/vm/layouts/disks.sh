# A system disk and eight more: whole-disk filesystems, a partition, swap, and one that nobody mounts.
partition() {
  gpt "$disk1" <<SFDISK
size=1MiB, type=$BIOS_BOOT
type=L
SFDISK
  gpt "$disk4" <<SFDISK
type=L
SFDISK
}
filesystems() {
  cat <<TABLE
${disk1}2 ext4 root / errors=remount-ro uuid
$disk2 ext4 one /srv/one defaults uuid
$disk3 xfs two /srv/two defaults label
${disk4}1 ext3 three /srv/three defaults uuid
$disk5 btrfs four /srv/four defaults uuid
$disk6 ext2 five /srv/one/five defaults label
$disk7 xfs six /srv/six noatime uuid
$disk8 swap swap7 none sw uuid
$disk9 ext4 spare - defaults none
TABLE
}
