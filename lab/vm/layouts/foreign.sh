# A disk with a table of the old kind and one filesystem, as a physical server of ten years ago has it.
partition() {
  { echo 'label: dos'; echo 'type=83, bootable'; } | sfdisk -q "$disk1"
  udevadm settle
}
filesystems() { echo "${disk1}1 ext4 root / errors=remount-ro uuid"; }
