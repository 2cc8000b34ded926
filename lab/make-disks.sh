#!/bin/sh
# Makes a lab server's disks and puts its system on them. Usage: make-disks.sh FOLDER TREE
# A folder with a `profile` becomes a QEMU machine: vm/make-machine.sh.
# FOLDER holds what lab/layout.ts and lab/overlay.ts wrote: disks (one disk a line), layout (one partition a line),
# *.sfdisk, overlay/, content.json.
# It runs in a mount namespace of its own and every loop device frees itself once nothing uses it, so that a killed
# build leaves nothing behind.
set -eu
folder=$1 tree=$2
here=$(dirname "$(readlink -f "$0")")
if [ -e "$folder/profile" ]; then
  . "$here/vm/make-machine.sh"
  exit
fi
. "$here/disks.sh"
root=$folder/root
mkdir -p "$root"

make_filesystem() { # DEVICE TYPE UUID LABEL
  case $2 in
  ext2 | ext4) mkfs."$2" -q -F -U "$3" -L "$4" "$1" ;;
  xfs) mkfs.xfs -q -f -m uuid="$3" -L "$4" "$1" ;;
  btrfs) mkfs.btrfs -q -f -U "$3" -L "$4" "$1" ;;
  swap) mkswap -q -U "$3" -L "$4" "$1" ;;
  esac
}

while read -r file megabytes; do
  truncate -s "${megabytes}M" "$folder/$file"
  sfdisk -q "$folder/$file" <"$folder/$file.sfdisk"
done <"$folder/disks"
attach_disks

while read -r device type uuid label mountpoint options subvolume; do
  [ "$type" != none ] || continue
  make_filesystem "$device" "$type" "$uuid" "$label"
  if [ "$subvolume" != - ]; then
    mount -t "$type" "$device" "$root/mnt"
    btrfs -q subvolume create "$root/mnt/$subvolume"
    btrfs -q subvolume create "$root/mnt/$subvolume/nested"
    umount "$root/mnt"
  fi
  if [ "$mountpoint" = / ]; then
    mount -t "$type" "$device" "$root"
    mkdir "$root/mnt"
  elif [ "$mountpoint" != - ]; then
    mkdir -p "$root$mountpoint"
    # What lies below a mount point is part of the server too.
    echo "below the mount at $mountpoint" >"$root$mountpoint/below-the-mount.txt"
    mount -t "$type" -o "$options" "$device" "$root$mountpoint"
  fi
done <"$folder/partitions"
release_disks_with_last_user

cp -a "$tree/." "$root/"
cp -a "$folder/overlay/." "$root/"
ssh-keygen -q -A -f "$root"
cat "$root"/etc/ssh/ssh_host_*_key.pub >"$folder/host_keys.new"
if [ -e "$folder/swapfile" ]; then
  fallocate -l 64M "$root/swapfile"
  chmod 600 "$root/swapfile"
  mkswap -q -U "$(cat "$folder/swapfile")" "$root/swapfile"
fi
while read -r unit; do
  systemctl -q --root="$root" enable "$unit"
done <"$folder/units"
python3 "$here/lay-content.py" "$root" <"$folder/content.json"
umount -R "$root"
