# Job of a guest: installs a machine on empty disks, by the system's own tools. The desk holds `profile`, disks.sh,
# layout.sh, overlay/, content.json and lay-content.py; the answer is host_keys, the public host keys.
. ./profile
. ./disks.sh
. ./layout.sh
root=/tmp/root
mkdir "$root"

partition
create
make_filesystems
mount_filesystems "$root"
tar -xpf /dev/vdb -C "$root" --numeric-owner --xattrs --xattrs-include='*' --acls
cp -a overlay/. "$root/"
fstab_lines >"$root/etc/fstab"
[ -e "$root/etc/default/grub" ] || cp "$root/usr/share/grub/default/grub" "$root/etc/default/grub"
# What a machine says as it boots is read by who looks for the reason why it did not.
sed -i "s/^GRUB_CMDLINE_LINUX=.*/GRUB_CMDLINE_LINUX=\"$parameters console=tty0 console=ttyS0\"/" "$root/etc/default/grub"
if [ -e units ]; then while read -r unit; do systemctl -q --root="$root" enable "$unit"; done <units; fi
python3 lay-content.py "$root" <content.json

for folder in dev proc sys run; do mount --rbind "/$folder" "$root/$folder"; done
chroot "$root" ssh-keygen -q -A
cat "$root"/etc/ssh/ssh_host_*_key.pub >/tmp/answer/host_keys
case $firmware in
bios)
  for disk in $boot_disks; do
    eval "disk=\$disk$disk"
    chroot "$root" grub-install --target=i386-pc "$disk"
  done
  ;;
# A guest has no NVRAM; a firmware that knows no entry takes the fallback path.
uefi) chroot "$root" grub-install --target=x86_64-efi --no-nvram --force-extra-removable --uefi-secure-boot ;;
esac
chroot "$root" update-grub
finish "$root"
umount -R "$root"
close
