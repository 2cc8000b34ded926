# One disk with one filesystem for all; of an older release: with what its mkfs made.
partition() {
  gpt "$disk1" <<SFDISK
size=1MiB, type=$BIOS_BOOT
type=L
SFDISK
}
filesystems() {
  case $release in
  old) echo "${disk1}2 xfs root / defaults uuid" ;;
  *) echo "${disk1}2 ext4 root / errors=remount-ro uuid" ;;
  esac
}
mkfs_options() {
  case $1:$release in
  # As xfsprogs 5.10 makes it.
  xfs:old) echo '-m bigtime=0,inobtcount=0' ;;
  esac
}
