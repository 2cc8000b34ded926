# Job of a guest: gives a machine that was copied from another one its address and nothing else, as a template's
# servers differ. The desk holds `profile`, disks.sh, layout.sh and overlay/ with the network's files.
. ./profile
. ./disks.sh
. ./layout.sh
mkdir /tmp/root
open
mount_filesystems /tmp/root rw
cp -a overlay/. /tmp/root/
umount -R /tmp/root
close
