# fleetlift agent, part 6: snapshots, from which a pass reads filesystems as they were at one moment. LVM keeps them in
# free extents of the volume group, btrfs beside the subvolumes that they are of. What is ours is told by its name alone:
# `fleetlift-MARK-ID` in a volume group, `.fleetlift-MARK/NUMBER` at the top of a btrfs. Nothing else is ever removed.
# Everything about them lies in snapshot/:
#   spec files   what to take, written by `snapshot-take`
#   wanted       by whose word they are taken; without it they are being removed
#   taker        who is at it, and its start time
#   boot         of which start of this machine they are
#   deadline     by this machine's uptime, in seconds: when they are removed unless somebody asks for more time
#   ID.opened    the device of a btrfs, from the moment that something is made on it; ID.uuid finds it after a reboot
#   ID.folder    the inode of the folder of its snapshots
#   ID.listed    its subvolumes, each with its UUID
#   ID.paths     their paths, its top level first; the lines' numbers, from 0, are those of the snapshots
#   loop         who looks at the deadline, where there is no systemd that does
#   minded       the start of this machine at which somebody saw that they are of an earlier one
#   gone         why they were removed before anybody asked for it
# The timer that looks at the deadline is on this machine, so that they go whatever else dies. It ends with a reboot: what
# was left then is removed after the next word of anybody.
#
# The users of a server are not trusted: a folder of theirs may be exchanged for a link at any time. So what is read, made
# and removed is either below a mount that only root sees, or looked at again once it can change no more.

# In percent of a btrfs: with less room left its snapshots are removed, since they hold what the server frees; and none are
# taken with less than that.
FL_LEAST_FREE=5
FL_FREE_TO_BEGIN=10
# Of one btrfs: they are made one after the other, and are to be of nearly one moment.
FL_MOST_SUBVOLUMES=100
# Looks of the timer at snapshots that cannot be removed: a day.
FL_MOST_TRIES=8000
# Nothing of ours is watched, and perhaps enlarged, by LVM's own daemon, which would go on after us.
FL_LVM='activation { monitoring = 0 }'

# Runs a function while nobody else takes or removes snapshots of this job. Where there is no flock, nobody is waited for.
# The agent's own file is locked: where a disk is full, no other could be made.
fl_alone() {
  (
    fl_tries=0
    until ! command -v flock >/dev/null || flock -n 9; do
      [ $fl_tries -lt 150 ] || fl_die 'snapshots are being taken or removed still'
      fl_tries=$((fl_tries + 1))
      sleep 1
    done
    "$@"
  ) 9<"$fl_dir/agent.sh" || exit $?
}

# Takes what the spec on stdin names, in the place of all that are there. $1: seconds until they are removed.
fl_take_snapshots() {
  fl_snap=$fl_dir/snapshot
  fl_job_mark
  # Who is at it stops.
  rm -f "$fl_snap/wanted"
  fl_alone fl_take_alone "$1"
}

fl_take_alone() {
  fl_remove_snapshots </dev/null
  mkdir -p "$fl_snap" || fl_die "cannot make $fl_snap"
  fl_read_spec "$fl_snap"
  fl_process $$
  fl_token="$$ $fl_ticks"
  cat /proc/sys/kernel/random/boot_id >"$fl_snap/boot" && echo "$fl_token" >"$fl_snap/wanted" ||
    fl_die "cannot write $fl_snap"
  # Before the first is made: whoever dies from here on leaves them to the timer.
  fl_set_deadline "$fl_snap/deadline" "$1"
  fl_start_drop_timer
  fl_unshare_words
  # shellcheck disable=SC2086
  if ! $fl_unshare sh "$fl_dir/agent.sh" take-inside "$fl_token" </dev/null >&2; then
    rm -f "$fl_snap/wanted"
    fl_remove_snapshots
    fl_die 'no snapshots were taken'
  fi
  fl_snapshot_states
}

fl_start_drop_timer() {
  if ! fl_start_timer "fleetlift-drop-$fl_mark" drop-when-due "removes snapshots that fleetlift no longer asks for" 9<&-; then
    setsid sh "$fl_dir/agent.sh" drop-loop </dev/null >/dev/null 2>&1 9<&- &
  fi
}

# $1: by whose word.
fl_take_inside() {
  fl_snap=$fl_dir/snapshot
  fl_job_mark
  fl_process $$
  printf '%s %s\n' $$ "$fl_ticks" >"$fl_snap/taker" || fl_die "cannot write $fl_snap"
  fl_make_room || fl_die "cannot mount in a namespace of its own"
  fl_each_btrfs fl_open_btrfs "$1"
  fl_write_out
  fl_each_btrfs fl_list_subvolumes "$1"
  for fl_id in $(cat "$fl_snap/filesystems"); do
    fl_expect_wanted "$1"
    case $(cat "$fl_snap/$fl_id.kind") in
    lvm) fl_take_volume "$fl_id" ;;
    btrfs) fl_take_subvolumes "$fl_id" ;;
    *) fl_die "unknown kind of snapshot of $fl_id" ;;
    esac
  done
  fl_each_btrfs fl_expect_right "$1"
}

# $1: what to do with the id of each btrfs, $2: by whose word.
fl_each_btrfs() {
  for fl_id in $(cat "$fl_snap/filesystems"); do
    fl_expect_wanted "$2"
    [ "$(cat "$fl_snap/$fl_id.kind")" != btrfs ] || "$1" "$fl_id"
  done
}

# Prints MAJ:MIN, type and device of what is mounted at a place, the uppermost of several. $1: the place.
fl_mounted_at() {
  fl_tab=$(printf '\t')
  fl_escaped=$(printf '%s' "$1" | sed "s/\\\\/\\\\134/g; s/ /\\\\040/g; s/$fl_tab/\\\\011/g") awk '{
    for (i = 7; i <= NF && $i != "-"; i++);
    if ($5 == ENVIRON["fl_escaped"]) found = $3 " " $(i + 1) " " $(i + 2)
  }
  END { print found }' /proc/self/mountinfo
}

# So that little is left to be written while each filesystem stands still, and all are of nearly one moment. Only theirs:
# a server that is out of reach, whose files are mounted here, would hold up the rest.
fl_write_out() {
  sync --help 2>/dev/null | grep -q -- --file-system || return 0
  for fl_id in $(cat "$fl_snap/filesystems"); do
    sync --file-system "$(cat "$fl_snap/$fl_id.mountpoint")"
  done
}

# Who was given up meanwhile takes no more.
fl_expect_wanted() {
  [ "$(cat "$fl_snap/wanted" 2>/dev/null)" = "$1" ] || fl_die 'the snapshots are no longer wanted'
}

# Never a thin one, whose pool others share. Its metadata are not backed up below /etc/lvm: the server stays as it is. What
# lay in its extents before may look like a filesystem, and is no reason to ask. Larger chunks than LVM's own of 4 KiB
# take a quarter of the kernel's memory. What is mounted may be on another volume by now than when the facts were told.
fl_take_volume() {
  fl_group=$(cat "$fl_snap/$1.group")
  fl_volume=$(cat "$fl_snap/$1.volume")
  fl_point=$(cat "$fl_snap/$1.mountpoint")
  fl_numbers=$(fl_mounted_at "$fl_point")
  # Device-mapper doubles what stands between the two names.
  [ "$(cat "/sys/dev/block/${fl_numbers%% *}/dm/name" 2>/dev/null)" = \
    "$(printf %s "$fl_group" | sed 's/-/--/g')-$(printf %s "$fl_volume" | sed 's/-/--/g')" ] ||
    fl_die "$fl_point is no longer on volume $fl_group/$fl_volume"
  lvcreate -A n --config "allocation { wipe_signatures_when_zeroing_new_lvs = 0 } $FL_LVM" -s -c 16 \
    -l "$(cat "$fl_snap/$1.extents")" -n "fleetlift-$fl_mark-$1" "$fl_group/$fl_volume" </dev/null 9<&- ||
    fl_die "no snapshot of $fl_group/$fl_volume could be taken"
}

# Sets fl_top to where all of a btrfs is mounted, its top level included. $1: a name below mnt/, $2: the device.
fl_mount_top() {
  fl_top=$fl_dir/mnt/$1.top
  mkdir "$fl_top" && mount -t btrfs -o noatime,subvolid=5 "$2" "$fl_top"
}

# Sets fl_ours to the folder of our snapshots at fl_top, mounted where nobody can exchange it, and fl_inode to its inode;
# fails where it is not one that only root can make. $1: a name below mnt/, $2: the inode it must have, empty: any.
fl_mount_ours() {
  fl_ours=$fl_dir/mnt/$1.ours
  mkdir "$fl_ours" && mount --bind "$fl_top/.fleetlift-$fl_mark" "$fl_ours" || return 1
  fl_inode=$(stat -c %i "$fl_ours")
  case $(stat -c '%u %a %d' "$fl_ours") in
  "0 700 $(stat -c %d "$fl_top")" | "0 2700 $(stat -c %d "$fl_top")") [ "${2:-$fl_inode}" = "$fl_inode" ] ;;
  *) return 1 ;;
  esac
}

# Mounts a btrfs, and makes the folder for its snapshots. Only its time stamp tells that the top level has changed, so it
# is put back.
fl_open_btrfs() {
  fl_point=$(cat "$fl_snap/$1.mountpoint")
  # shellcheck disable=SC2046
  set -- "$1" $(fl_mounted_at "$fl_point")
  [ "${3-}" = btrfs ] || fl_die "$fl_point is no longer a btrfs"
  fl_device=${4-}
  # The kernel may tell a name of the root's that is none.
  [ -b "$fl_device" ] || fl_device=$(cat "$fl_snap/$1.device")
  ! fl_has_less "$fl_point" $FL_FREE_TO_BEGIN || fl_die "$fl_point has less than $FL_FREE_TO_BEGIN % of its room left"
  # Where it counts what each subvolume holds, the server stands still while they are removed.
  ! btrfs qgroup show "$fl_point" >/dev/null 2>&1 || fl_die "quotas are on on $fl_point"
  fl_mount_top "$1" "$fl_device" || fl_die "cannot mount $fl_device"
  btrfs filesystem show "$fl_top" | sed -n 's/.*uuid: *\([0-9a-f-]*\).*/\1/p' >"$fl_snap/$1.uuid" &&
    printf '%s\n' "$fl_device" >"$fl_snap/$1.opened" || fl_die "cannot write $fl_snap"
  fl_time=$(stat -c %y "$fl_top")
  # An empty one is all that may be left of a taker that died.
  rmdir "$fl_top/.fleetlift-$fl_mark" 2>/dev/null
  mkdir -m 700 "$fl_top/.fleetlift-$fl_mark" || fl_die "cannot make a folder on $fl_device"
  touch -m -d "$fl_time" "$fl_top" 2>/dev/null
  fl_mount_ours "$1" '' || fl_die "the folder of the snapshots on $fl_device was exchanged"
  echo "$fl_inode" >"$fl_snap/$1.folder" || fl_die "cannot write $fl_snap"
}

# Prints the subvolumes of a btrfs that are not ours, `PATH UUID`. Sorted, what lies in another one follows it.
fl_others() {
  printf '%s\n' "$1" |
    sed -n 's/^ID [0-9]* gen [0-9]* top level [0-9]* parent_uuid *[^ ]* *uuid *\([^ ]*\) *path \(.*\)/\2 \1/p' |
    sed '/^\.fleetlift-[0-9]*\//d' | sort
}

# What is to be taken: as late as can be, since what is made after it is missing.
fl_list_subvolumes() {
  fl_list=$(btrfs subvolume list -u -q "$fl_dir/mnt/$1.top") || fl_die "cannot list the subvolumes of $1"
  fl_others "$fl_list" >"$fl_snap/$1.listed" &&
    { echo && sed 's/ [^ ]*$//' "$fl_snap/$1.listed"; } >"$fl_snap/$1.paths" || fl_die "cannot write $fl_snap"
  [ "$(wc -l <"$fl_snap/$1.listed")" -le $FL_MOST_SUBVOLUMES ] ||
    fl_die "$(cat "$fl_snap/$1.mountpoint") has more than $FL_MOST_SUBVOLUMES subvolumes"
}

fl_take_subvolumes() {
  fl_number=0
  while IFS= read -r fl_path; do
    btrfs subvolume snapshot -r "$fl_dir/mnt/$1.top/$fl_path" "$fl_dir/mnt/$1.ours/$fl_number" </dev/null ||
      fl_die "no snapshot of subvolume /$fl_path could be taken"
    fl_number=$((fl_number + 1))
  done <"$fl_snap/$1.paths"
}

# Whether the snapshots are of what was listed, and nothing was made, moved or removed meanwhile: a subvolume that came too
# late would arrive as an empty folder.
fl_expect_right() {
  fl_point=$(cat "$fl_snap/$1.mountpoint")
  fl_list=$(btrfs subvolume list -u -q "$fl_dir/mnt/$1.top") || fl_die "cannot list the subvolumes of $fl_point"
  [ "$(fl_others "$fl_list")" = "$(cat "$fl_snap/$1.listed")" ] ||
    fl_die "the subvolumes of $fl_point changed while their snapshots were taken"
  printf '%s\n' "$fl_list" | sed -n "s/^ID [0-9]* gen [0-9]* top level [0-9]* parent_uuid *\([^ ]*\) *uuid *[^ ]* *path \.fleetlift-$fl_mark\/\([0-9]*\)\$/\2 \1/p" |
    while read -r fl_number fl_parent; do
      [ "$fl_number" = 0 ] || [ "$(sed -n "${fl_number}s/.* //p" "$fl_snap/$1.listed")" = "$fl_parent" ] || exit 1
    done || fl_die "a subvolume of $fl_point was exchanged while its snapshot was taken"
}

# Mounts the snapshot of a filesystem, read-only. $1: its id, $2: where. Their journals are played back, on the snapshot.
fl_mount_snapshot() {
  fl_snap=$fl_dir/snapshot
  fl_job_mark
  if [ ! -e "$fl_snap/wanted" ]; then
    echo "fleetlift-agent: the snapshot of $1 is gone" >&2
    return 1
  fi
  if [ "$(cat "$fl_snap/$1.kind")" = lvm ]; then
    fl_type=$(cat "$fl_snap/$1.type")
    case $fl_type in
    # The origin is mounted, with the same UUID.
    xfs) fl_options=ro,noatime,nouuid ;;
    # The server may be told to panic over an error of a filesystem; not over a snapshot that ran full.
    *) fl_options=ro,noatime,errors=continue ;;
    esac
    mount -t "$fl_type" -o "$fl_options" "/dev/$(cat "$fl_snap/$1.group")/fleetlift-$fl_mark-$1" "$2"
    return
  fi
  fl_mount_top "$1" "$(cat "$fl_snap/$1.opened")" && fl_mount_ours "$1" "$(cat "$fl_snap/$1.folder")" &&
    mount -o remount,bind,ro "$fl_top" && mount -o remount,bind,ro "$fl_ours" || return 1
  fl_root=$(cd -P "$2" && pwd -P)
  fl_number=0
  while IFS= read -r fl_path; do
    # A snapshot has an empty folder in the place of a subvolume that lay in it; a link there would lead anywhere.
    fl_place=$2${fl_path:+/$fl_path}
    if [ "$(cd -P "$fl_place" && pwd -P)" != "$fl_root${fl_path:+/$fl_path}" ]; then
      echo "fleetlift-agent: no folder of $1: /$fl_path" >&2
      return 1
    fi
    mount --bind "$fl_ours/$fl_number" "$fl_place" && mount -o remount,bind,ro "$fl_place" || return 1
    fl_number=$((fl_number + 1))
  done <"$fl_snap/$1.paths"
}

# Asks for more time, and tells how they are. $1: seconds.
fl_ask_snapshots() {
  fl_snap=$fl_dir/snapshot
  fl_job_mark
  # Not where they are being removed, which may begin at any time.
  [ ! -e "$fl_snap/wanted" ] || (fl_set_deadline "$fl_snap/deadline" "$1") || [ ! -e "$fl_snap/wanted" ] || exit 70
  fl_snapshot_states
}

# Prints `gone REASON`, or for each what LVM says of it, or how many of a btrfs are there and should be; at last `end`.
fl_snapshot_states() {
  if [ ! -e "$fl_snap/wanted" ]; then
    echo "gone $(cat "$fl_snap/gone" 2>/dev/null || echo 'there are none')"
  elif [ "$(cat "$fl_snap/boot")" != "$(cat /proc/sys/kernel/random/boot_id)" ]; then
    echo 'gone the server was rebooted'
  else
    for fl_id in $(cat "$fl_snap/filesystems"); do
      case $(cat "$fl_snap/$fl_id.kind") in
      lvm)
        echo "lvm $fl_id $(lvs --noheadings --separator '|' -o lv_attr,snap_percent \
          "$(cat "$fl_snap/$fl_id.group")/fleetlift-$fl_mark-$fl_id" 2>/dev/null)"
        ;;
      btrfs)
        fl_there=$(fl_count_ours "$(cat "$fl_snap/$fl_id.mountpoint")")
        echo "btrfs $fl_id $fl_there $(($(wc -l <"$fl_snap/$fl_id.paths")))"
        ;;
      esac
    done
  fi
  echo end
}

# What LVM tells of its volume groups; nothing where it tells nothing.
fl_volume_groups() {
  fl_facts_groups </dev/null
  :
}

# Prints how many snapshots of ours a btrfs has. $1: where any part of it is mounted.
fl_count_ours() {
  btrfs subvolume list "$1" </dev/null 2>/dev/null | grep -c "^ID [0-9]* gen [0-9]* top level [0-9]* path \.fleetlift-$fl_mark/[0-9]*\$"
}

# Removes all that are ours, by their names, with what reads from them. May be repeated; where it breaks off, the timer
# goes on with it. Who has taken new ones while it waited wants them. $1: why, where nobody has asked for it.
fl_drop_snapshots() {
  fl_snap=$fl_dir/snapshot
  fl_job_mark
  rm -f "$fl_snap/wanted"
  fl_alone fl_drop_alone "${1-}"
}

fl_drop_alone() {
  [ -e "$fl_snap/wanted" ] || fl_remove_snapshots "$1"
}

fl_remove_snapshots() {
  fl_await_taker
  fl_end_readers
  fl_drop_volumes
  fl_drop_subvolumes
  fl_end_drop_timer
  rm -rf "$fl_snap"
  [ -z "${1-}" ] || { mkdir "$fl_snap" && echo "$1" >"$fl_snap/gone"; }
}

# The timer is gone with the last start of this machine, and they are of no use any more: a new one removes them.
fl_mind_reboot() {
  fl_snap=$fl_dir/snapshot
  [ -e "$fl_snap/boot" ] || return 0
  fl_boot=$(cat /proc/sys/kernel/random/boot_id)
  [ "$(cat "$fl_snap/boot")" != "$fl_boot" ] && [ "$(cat "$fl_snap/minded" 2>/dev/null)" != "$fl_boot" ] || return 0
  fl_job_mark
  # Nobody's word gives them more time.
  rm -f "$fl_snap/wanted" "$fl_snap/tries"
  echo 'the server was rebooted' >"$fl_snap/gone"
  (fl_set_deadline "$fl_snap/deadline" 0) && echo "$fl_boot" >"$fl_snap/minded" && fl_start_drop_timer
  :
} >&2

# Nobody who makes a snapshot is ever killed: a filesystem stands still in the midst of that.
fl_await_taker() {
  fl_tries=0
  while fl_alive "$fl_snap/taker"; do
    [ $fl_tries -lt 120 ] || fl_die 'snapshots are being taken still'
    fl_tries=$((fl_tries + 1))
    sleep 1
  done
}

fl_end_readers() {
  for fl_pass in "$fl_dir"/pass/*; do
    grep -qsx snapshot "$fl_pass"/*.method || continue
    ! grep -qs '^end ' "$fl_pass/journal" || continue
    fl_stop "${fl_pass##*/}" >/dev/null
  done
}

# Whether device-mapper has a snapshot of ours: it is active as its origin is. LVM itself looks at every disk.
fl_has_volumes() {
  grep -qs -- "-fleetlift--$fl_mark--[a-z0-9]*\$" /sys/class/block/*/dm/name
}

fl_drop_volumes() {
  fl_has_volumes || grep -qsx lvm "$fl_snap"/*.kind || return 0
  fl_volumes=$(lvs --noheadings --separator '|' -o vg_name,lv_name,lv_attr 9<&-)
  for fl_volume in $(printf '%s\n' "$fl_volumes" |
    sed -n "s/^ *\([^|]*\)|\(fleetlift-$fl_mark-[a-z0-9]*\)|[sS].*/\1\/\2/p"); do
    fl_tries=0
    # Whoever has just read from it, udev among them, may hold it for a moment. Somebody else may be removing it too.
    until lvremove -A n --config "$FL_LVM" -f "$fl_volume" </dev/null >&2 9<&- ||
      ! lvs "$fl_volume" >/dev/null 2>&1 9<&-; do
      fl_tries=$((fl_tries + 1))
      [ $fl_tries -lt 10 ] || fl_die "the snapshot $fl_volume could not be removed"
      sleep 1
    done
  done
  ! fl_has_volumes || fl_die 'LVM does not tell its snapshots, and so they stay'
}

fl_drop_subvolumes() {
  command -v btrfs >/dev/null || return 0
  fl_devices=$( (fl_opened_devices && fl_mounted_with_ours) | sort -u)
  [ -n "$fl_devices" ] || return 0
  fl_unshare_words
  # shellcheck disable=SC2086
  printf '%s\n' "$fl_devices" | $fl_unshare sh "$fl_dir/agent.sh" drop-inside >&2 ||
    fl_die 'snapshots of btrfs could not be removed'
  [ -z "$(fl_mounted_with_ours)" ] || fl_die 'snapshots of btrfs are there still'
}

# Prints the devices on which something was made, by the names that they have now: after a reboot another one may have
# theirs.
fl_opened_devices() {
  for fl_file in "$fl_snap"/*.opened; do
    [ -e "$fl_file" ] || continue
    if [ "$(cat "$fl_snap/boot")" = "$(cat /proc/sys/kernel/random/boot_id)" ]; then
      cat "$fl_file"
    else
      fl_link=/dev/disk/by-uuid/$(cat "${fl_file%.opened}.uuid")
      [ ! -b "$fl_link" ] || readlink -f "$fl_link"
    fi
  done
  :
}

# Prints the device of each btrfs that is mounted and lists one of ours.
fl_mounted_with_ours() {
  awk '{
    for (i = 7; i <= NF && $i != "-"; i++);
    if ($(i + 1) == "btrfs" && !seen[$(i + 2)]++) print $(i + 2), $5
  }' /proc/self/mountinfo | while read -r fl_device fl_point; do
    [ "$(fl_count_ours "$(fl_facts_unescape "$fl_point")")" = 0 ] || printf '%s\n' "$(fl_facts_unescape "$fl_device")"
  done
}

fl_drop_inside() {
  fl_job_mark
  fl_make_room || fl_die "cannot mount in a namespace of its own"
  fl_count=0
  while IFS= read -r fl_device; do
    fl_count=$((fl_count + 1))
    # A device that is gone took them with it.
    [ -b "$fl_device" ] || continue
    fl_mount_top "$fl_count" "$fl_device" </dev/null || fl_die "cannot mount $fl_device"
    fl_folder=$fl_top/.fleetlift-$fl_mark
    [ -e "$fl_folder" ] || continue
    fl_mount_ours "$fl_count" '' || fl_die "what stands in the place of our snapshots on $fl_device is not ours"
    for fl_path in "$fl_ours"/[0-9]*; do
      [ ! -e "$fl_path" ] || btrfs subvolume delete "$fl_path" </dev/null || [ ! -e "$fl_path" ] ||
        fl_die "cannot remove snapshot ${fl_path##*/} from $fl_device"
    done
    fl_time=$(stat -c %y "$fl_top")
    umount "$fl_ours"
    rmdir "$fl_folder" || [ ! -e "$fl_folder" ] || fl_die "cannot remove ${fl_folder#"$fl_top/"} from $fl_device"
    touch -m -d "$fl_time" "$fl_top" 2>/dev/null
  done
  :
}

# What the timer does.
fl_drop_when_due() {
  fl_snap=$fl_dir/snapshot
  fl_due=$(cat "$fl_snap/deadline" 2>/dev/null)
  [ -n "$fl_due" ] || return 0
  fl_uptime
  if [ "$fl_now" -ge "$fl_due" ]; then
    fl_why='nobody has asked for them any longer'
  elif ! fl_lacks_room; then
    return 0
  fi
  echo "$fl_now" >>"$fl_snap/tries"
  # Not for ever.
  [ "$(wc -l <"$fl_snap/tries")" -lt $FL_MOST_TRIES ] || { rm -f "$fl_snap/deadline" && fl_end_drop_timer; }
  fl_drop_snapshots "$fl_why"
}

# Whether a btrfs is nearly full; sets fl_why. A snapshot of LVM that is full hurts nobody but who reads it.
fl_lacks_room() {
  for fl_file in "$fl_snap"/*.mountpoint; do
    [ -e "$fl_file" ] || continue
    fl_has_less "$(cat "$fl_file")" $FL_LEAST_FREE || continue
    fl_why="$(cat "$fl_file") has less than $FL_LEAST_FREE % of its room left"
    return 0
  done
  return 1
}

# Whether what is mounted at a place is a btrfs with less room left. $1: the place, $2: percent.
fl_has_less() {
  # shellcheck disable=SC2046
  set -- "$2" $(stat -f -c '%T %a %b' "$1" 2>/dev/null)
  [ "${2-}" = btrfs ] && [ $(($3 * 100)) -lt $(($4 * $1)) ]
}

# The timer where there is no systemd.
fl_drop_loop() {
  fl_snap=$fl_dir/snapshot
  fl_nap=
  trap '[ -z "$fl_nap" ] || kill $fl_nap 2>/dev/null; exit 0' TERM
  fl_process $$
  printf '%s %s\n' $$ "$fl_ticks" >"$fl_snap/loop" || exit 1
  while [ -e "$fl_snap/deadline" ]; do
    sleep $FL_LOOK &
    fl_nap=$!
    wait $fl_nap
    # Where it breaks off, it is tried again.
    (fl_drop_when_due)
  done
}

fl_end_drop_timer() {
  # In the loop's own subshell $$ is the loop, which ends by itself.
  ! fl_alive "$fl_snap/loop" || [ "$fl_pid" = $$ ] || kill "$fl_pid" 2>/dev/null
  [ ! -d /run/systemd/system ] || fl_end_timer "fleetlift-drop-$fl_mark"
}
