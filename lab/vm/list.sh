# Job of a guest: lists what a machine's filesystems hold, each by itself, so that files below mount points are in it.
# The desk holds `profile`, disks.sh, layout.sh and compare.py. The answer is lists/N.json of each filesystem, and a
# line of it in lists/table: N UUID MOUNTPOINT TYPE.
. ./profile
. ./disks.sh
. ./layout.sh
mkdir /tmp/answer/lists /tmp/one
open
number=0
filesystems | while read -r device type label mountpoint options how; do
  case $type:$how in swap:* | vfat:* | *:none) continue ;; esac
  number=$((number + 1))
  read_options=ro
  case $type in xfs) read_options=ro,nouuid ;; btrfs) read_options=ro,$options ;; esac
  mount -t "$type" -o "$read_options" "$device" /tmp/one
  python3 compare.py --list /tmp/one >"/tmp/answer/lists/$number.json"
  umount /tmp/one
  echo "$number $(uuid_of "$device") $mountpoint $type" >>/tmp/answer/lists/table
done
close
