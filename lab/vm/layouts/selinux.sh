# One filesystem whose files all have the labels of Debian's policy, which is enforced from the first boot on.
partition() {
  gpt "$disk1" <<SFDISK
size=1MiB, type=$BIOS_BOOT
type=L
SFDISK
}
filesystems() { echo "${disk1}2 ext4 root / errors=remount-ro uuid"; }
finish() {
  # No label can be set on what may not be changed.
  chattr -i "$1/srv/awkward/immutable.conf"
  # The mounts of this guest are not labelled with it.
  chroot "$1" setfiles -F -e /proc -e /sys -e /dev -e /run \
    /etc/selinux/default/contexts/files/file_contexts /
  chattr +i "$1/srv/awkward/immutable.conf"
}
