#!/bin/sh
# Builds a system that QEMU machines of the lab are installed from.
# Usage: trees.sh machine FOLDER SERVER_TREE | trees.sh NAME FOLDER MACHINE_TREE
# FOLDER gets system.tar, which a guest unpacks from a raw disk, and kernel.deb, the package of its kernel. That of
# `machine` gets also tree/, which the others are copied from, and the guest in which machines are installed:
# guest.raw, vmlinuz, initrd.img.
# It runs in a mount namespace of its own (unshare -m), so that a killed build leaves no mount.
set -eu
name=$1 folder=$2 parent=$3
here=$(dirname "$(readlink -f "$0")")
tree=$folder/tree
. "$here/../tree.sh"

chroot_tool() { chroot "$tree" "$@" >"$tree.log" 2>&1 || { tail -n 30 "$tree.log" >&2; exit 1; }; }
copy_parent() { cp -a --reflink=auto "$parent/." "$tree"; }
new_initramfs() { chroot_tool update-initramfs -u -k all; }
kernel() { ls "$tree/boot" | sed -n 's/^vmlinuz-//p'; }

# What a machine with volumes of every kind has, GRUB for both firmwares, and python3 for the lab's own programs.
install_machine() {
  apt_in_tree lvm2 mdadm cryptsetup dosfstools fdisk gdisk python3 grub-efi-amd64-bin
}

build_machine() {
  copy_parent
  open_tree
  install_machine
}

build_lvm() {
  copy_parent
  open_tree
  # As Debian's installer writes it.
  echo RESUME=/dev/mapper/system-swap >"$tree/etc/initramfs-tools/conf.d/resume"
  # Two groups that appear at once: one may be noted as activated and not be (see activate_volumes in disks.sh), and a
  # root in it is then waited for in vain. While its root is missing, this initramfs asks for all groups again.
  install -D -m 755 /dev/stdin "$tree/etc/initramfs-tools/scripts/local-block/volumes" <<'SCRIPT'
#!/bin/sh
[ "$1" = prereqs ] || lvm vgchange -q -ay --sysinit
SCRIPT
  new_initramfs
}

# The arrays are made with these UUIDs by layouts/mirror.sh; a server's initramfs knows its arrays.
build_mirror() {
  copy_parent
  open_tree
  cat >"$tree/etc/mdadm/mdadm.conf" <<'CONF'
HOMEHOST <system>
MAILADDR root
ARRAY /dev/md/boot metadata=1.2 UUID=b0070000:00000000:00000000:00000001
ARRAY /dev/md/root metadata=1.2 UUID=00700000:00000000:00000000:00000002
CONF
  new_initramfs
}

build_uefi() {
  copy_parent
  open_tree
  apt_in_tree grub-efi-amd64 grub-efi-amd64-signed shim-signed efibootmgr
}

# What `MODULES=dep` leaves on hardware with an AHCI disk: this machine's hardware must not be looked at instead.
build_foreign() {
  copy_parent
  open_tree
  apt_in_tree linux-image-amd64
  chroot_tool apt-get -qq -y purge linux-image-cloud-amd64 "$(chroot "$tree" dpkg-query -W -f '${Package}\n' 'linux-image-*-cloud-amd64')"
  cp "$tree/etc/initramfs-tools/modules" "$tree.modules"
  sed -i 's/^MODULES=.*/MODULES=list/' "$tree/etc/initramfs-tools/initramfs.conf"
  printf '%s\n' ahci sd_mod ext4 crc32c_generic >>"$tree/etc/initramfs-tools/modules"
  new_initramfs
  mv "$tree.modules" "$tree/etc/initramfs-tools/modules"
  sed -i 's/^MODULES=.*/MODULES=dep/' "$tree/etc/initramfs-tools/initramfs.conf"
}

# Its initramfs is made where the machine is installed, since dracut looks at the machine.
build_dracut() {
  copy_parent
  open_tree
  apt_in_tree dracut
  printf 'hostonly="yes"\nhostonly_cmdline="yes"\n' >"$tree/etc/dracut.conf.d/10-hostonly.conf"
}

build_selinux() {
  copy_parent
  open_tree
  apt_in_tree selinux-basics selinux-policy-default auditd
  sed -i 's/^SELINUX=.*/SELINUX=enforcing/' "$tree/etc/selinux/config"
}

build_old() {
  bootstrap bullseye
  open_tree
  install_server
  apt_in_tree fdisk grub-efi-amd64-bin python3-minimal
}

build_new() {
  bootstrap trixie
  open_tree
  apt_in_tree linux-image-cloud-amd64 initramfs-tools grub-common grub2-common grub-pc-bin grub-efi-amd64-bin \
    e2fsprogs fdisk cron logrotate sudo less procps iputils-ping curl ca-certificates
}

build_busy() {
  copy_parent
  open_tree
  install_database
}

keep_kernel_package() {
  chroot_tool sh -c "cd /tmp && apt-get -qq download linux-image-$(kernel)"
  mv "$tree"/tmp/linux-image-*.deb "$folder/kernel.deb"
}

pack() {
  tar --create --file "$folder/system.tar" --directory "$tree" --numeric-owner --xattrs --xattrs-include='*' --acls .
}

# The guest's own first process is not part of any machine.
make_guest() {
  cp "$tree/boot/vmlinuz-$(kernel)" "$folder/vmlinuz"
  cp "$tree/boot/initrd.img-$(kernel)" "$folder/initrd.img"
  cp "$here/guest-init.sh" "$tree/sbin/lab-guest"
  chmod 755 "$tree/sbin/lab-guest"
  truncate -s 3G "$folder/guest.raw"
  mke2fs -q -F -t ext4 -d "$tree" "$folder/guest.raw"
  rm "$tree/sbin/lab-guest"
}

mkdir -p "$tree"
case $name in
machine | lvm | mirror | uefi | foreign | dracut | selinux | old | new | busy) "build_$name" ;;
*) echo "unknown system: $name" >&2; exit 2 ;;
esac
keep_kernel_package
close_tree
pack
if [ "$name" = machine ]; then make_guest; else rm -rf "$tree"; fi
