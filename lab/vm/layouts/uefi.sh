# GPT with an EFI system partition; GRUB in it by Debian's signed files, as its installer puts them there.
partition() {
  gpt "$disk1" <<SFDISK
size=256MiB, type=$ESP
type=L
SFDISK
}
filesystems() {
  cat <<TABLE
${disk1}2 ext4 root / errors=remount-ro uuid
${disk1}1 vfat EFI /boot/efi umask=0077 uuid
TABLE
}
