# fleetlift agent, part 6: snapshots, from which a pass reads filesystems as they were at one moment. LVM keeps them in
# free extents of the volume group, btrfs beside the subvolumes that they are of. What is ours is told by its name alone:
# `fleetlift-MARK-ID` in a volume group, `.fleetlift-MARK/NUMBER` at the top of a btrfs. Nothing else is ever removed.
# Everything about them lies in snapshot/:
#   spec files   what to take, written by `snapshot-take`
#   wanted       by whose word they are taken; without it they are being removed
#   taker        who is at it, and its start time
#   boot         of which start of this machine they are
#   deadline     by this machine's uptime, in seconds: when they are removed unless somebody asks for more time
#   ID.paths     the subvolumes of a btrfs, its top level first; the lines' numbers, from 0, are those of the snapshots
#   loop         who looks at the deadline, where there is no systemd that does
#   gone         why they were removed before anybody asked for it
# The timer that looks at the deadline is on this machine, so that they go whatever else dies. It ends with a reboot: what
# was left then is removed by the next word of anybody.

# In percent of a btrfs: with less room left its snapshots are removed, since they hold what the server frees.
FL_LEAST_FREE=5
# Looks of the timer at snapshots that cannot be removed.
FL_MOST_TRIES=100

# Takes what the spec on stdin names, in the place of all that are there. $1: seconds until they are removed.
fl_take_snapshots() {
  fl_drop_snapshots </dev/null
  mkdir -p "$fl_snap" || fl_die "cannot make $fl_snap"
  fl_read_spec "$fl_snap"
  fl_process $$
  fl_token="$$ $fl_ticks"
  cat /proc/sys/kernel/random/boot_id >"$fl_snap/boot" && echo "$fl_token" >"$fl_snap/wanted" ||
    fl_die "cannot write $fl_snap"
  # Before the first is made: whoever dies from here on leaves them to the timer.
  fl_set_deadline "$fl_snap/deadline" "$1"
  if ! fl_start_timer "fleetlift-drop-$fl_mark" drop-when-due "removes snapshots that fleetlift no longer asks for"; then
    setsid sh "$fl_dir/agent.sh" drop-loop </dev/null >/dev/null 2>&1 &
  fi
  if ! unshare -m sh "$fl_dir/agent.sh" take-inside "$fl_token" </dev/null >&2; then
    fl_drop_snapshots
    fl_die 'no snapshots were taken'
  fi
  fl_snapshot_states
}

# $1: by whose word.
fl_take_inside() {
  fl_snap=$fl_dir/snapshot
  fl_job_mark
  fl_process $$
  printf '%s %s\n' $$ "$fl_ticks" >"$fl_snap/taker" || fl_die "cannot write $fl_snap"
  fl_make_room || fl_die "cannot mount in a namespace of its own"
  for fl_id in $(cat "$fl_snap/filesystems"); do
    fl_expect_wanted "$1"
    [ "$(cat "$fl_snap/$fl_id.kind")" != btrfs ] || fl_list_subvolumes "$fl_id"
  done
  fl_write_out
  for fl_id in $(cat "$fl_snap/filesystems"); do
    fl_expect_wanted "$1"
    case $(cat "$fl_snap/$fl_id.kind") in
    lvm) fl_take_volume "$fl_id" ;;
    btrfs) fl_take_subvolumes "$fl_id" ;;
    *) fl_die "unknown kind of snapshot of $fl_id" ;;
    esac
  done
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
# take a quarter of the kernel's memory.
fl_take_volume() {
  lvcreate -A n --config 'allocation { wipe_signatures_when_zeroing_new_lvs = 0 }' -s -c 16 \
    -l "$(cat "$fl_snap/$1.extents")" -n "fleetlift-$fl_mark-$1" \
    "$(cat "$fl_snap/$1.group")/$(cat "$fl_snap/$1.volume")" </dev/null ||
    fl_die "no snapshot of $(cat "$fl_snap/$1.group")/$(cat "$fl_snap/$1.volume") could be taken"
}

# Sets fl_top to where all of a btrfs is mounted, its top level included. $1: a name below mnt/, $2: the device.
fl_mount_top() {
  fl_top=$fl_dir/mnt/$1.top
  mkdir "$fl_top" && mount -t btrfs -o noatime,subvolid=5 "$2" "$fl_top"
}

# Makes the folder for the snapshots of a btrfs, and the list of what is to be taken. Only its time stamp tells that the
# top level has changed, so it is put back.
fl_list_subvolumes() {
  fl_mount_top "$1" "$(cat "$fl_snap/$1.device")" || fl_die "cannot mount $(cat "$fl_snap/$1.device")"
  fl_time=$(stat -c %y "$fl_top")
  # An empty one is all that may be left of a taker that died.
  rmdir "$fl_top/.fleetlift-$fl_mark" 2>/dev/null
  mkdir "$fl_top/.fleetlift-$fl_mark" || fl_die "cannot make a folder on $(cat "$fl_snap/$1.device")"
  touch -m -d "$fl_time" "$fl_top" 2>/dev/null
  fl_list=$(btrfs subvolume list "$fl_top") || fl_die "cannot list the subvolumes of $(cat "$fl_snap/$1.device")"
  {
    # The top level itself. Sorted, what lies in another one follows it.
    echo
    printf '%s\n' "$fl_list" | sed -n 's/^ID [0-9]* gen [0-9]* top level [0-9]* path //p' | sed '/^\.fleetlift-[0-9]*\//d'
  } | sort >"$fl_snap/$1.paths" && [ -s "$fl_snap/$1.paths" ] || fl_die "cannot write $fl_snap/$1.paths"
}

fl_take_subvolumes() {
  fl_top=$fl_dir/mnt/$1.top
  fl_number=0
  while IFS= read -r fl_path; do
    btrfs subvolume snapshot -r "$fl_top/$fl_path" "$fl_top/.fleetlift-$fl_mark/$fl_number" </dev/null ||
      fl_die "no snapshot of subvolume /$fl_path could be taken"
    fl_number=$((fl_number + 1))
  done <"$fl_snap/$1.paths"
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
  fl_mount_top "$1" "$(cat "$fl_snap/$1.device")" && mount -o remount,bind,ro "$fl_top" || return 1
  fl_number=0
  while IFS= read -r fl_path; do
    # A snapshot has an empty folder in the place of a subvolume that lay in it.
    fl_place=$2${fl_path:+/$fl_path}
    mount --bind "$fl_top/.fleetlift-$fl_mark/$fl_number" "$fl_place" && mount -o remount,bind,ro "$fl_place" || return 1
    fl_number=$((fl_number + 1))
  done <"$fl_snap/$1.paths"
}

# Asks for more time, and tells how they are. $1: seconds.
fl_ask_snapshots() {
  fl_snap=$fl_dir/snapshot
  fl_job_mark
  # Not where they are being removed.
  [ ! -e "$fl_snap/wanted" ] || (fl_set_deadline "$fl_snap/deadline" "$1")
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
  btrfs subvolume list "$1" </dev/null 2>/dev/null | grep -c " path \.fleetlift-$fl_mark/[0-9]*\$"
}

# Removes all that are ours, by their names, with what reads from them. May be repeated; where it breaks off, the timer
# goes on with it. $1: why, where nobody has asked for it.
fl_drop_snapshots() {
  fl_snap=$fl_dir/snapshot
  fl_job_mark
  rm -f "$fl_snap/wanted"
  fl_await_taker
  fl_end_readers
  fl_drop_volumes
  fl_drop_subvolumes
  fl_end_drop_timer
  rm -rf "$fl_snap"
  [ -z "${1-}" ] || { mkdir "$fl_snap" && echo "$1" >"$fl_snap/gone"; }
}

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
  fl_volumes=$(lvs --noheadings --separator '|' -o vg_name,lv_name,lv_attr)
  for fl_volume in $(printf '%s\n' "$fl_volumes" |
    sed -n "s/^ *\([^|]*\)|\(fleetlift-$fl_mark-[a-z0-9]*\)|[sS].*/\1\/\2/p"); do
    fl_tries=0
    # Whoever has just read from it, udev among them, may hold it for a moment. Somebody else may be removing it too.
    until lvremove -A n -f "$fl_volume" </dev/null >&2 || ! lvs "$fl_volume" >/dev/null 2>&1; do
      fl_tries=$((fl_tries + 1))
      [ $fl_tries -lt 10 ] || fl_die "the snapshot $fl_volume could not be removed"
      sleep 1
    done
  done
  ! fl_has_volumes || fl_die 'LVM does not tell its snapshots, and so they stay'
}

fl_drop_subvolumes() {
  command -v btrfs >/dev/null || return 0
  fl_devices=$(fl_devices_with_ours)
  [ -n "$fl_devices" ] || return 0
  printf '%s\n' "$fl_devices" | unshare -m sh "$fl_dir/agent.sh" drop-inside >&2 ||
    fl_die 'snapshots of btrfs could not be removed'
}

# Prints the devices of each btrfs that may have snapshots of ours: those that the spec names; where it was lost, any
# that is mounted and lists one.
fl_devices_with_ours() {
  if [ -s "$fl_snap/filesystems" ]; then
    for fl_file in "$fl_snap"/*.device; do
      [ ! -e "$fl_file" ] || printf '%s\n' "$(cat "$fl_file")"
    done
    return
  fi
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
  fl_number=0
  while IFS= read -r fl_device; do
    fl_number=$((fl_number + 1))
    # A device that is gone took them with it.
    [ -b "$fl_device" ] || continue
    fl_mount_top "$fl_number" "$fl_device" </dev/null || fl_die "cannot mount $fl_device"
    fl_folder=$fl_top/.fleetlift-$fl_mark
    [ -d "$fl_folder" ] || continue
    for fl_path in "$fl_folder"/[0-9]*; do
      [ ! -e "$fl_path" ] || btrfs subvolume delete "$fl_path" </dev/null || [ ! -e "$fl_path" ] ||
        fl_die "cannot remove ${fl_path#"$fl_top/"} from $fl_device"
    done
    fl_time=$(stat -c %y "$fl_top")
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
    # shellcheck disable=SC2046
    set -- $(stat -f -c '%T %a %b' "$(cat "$fl_file")" 2>/dev/null)
    [ "${1-}" = btrfs ] && [ $(($2 * 100)) -lt $(($3 * FL_LEAST_FREE)) ] || continue
    fl_why="$(cat "$fl_file") has less than $FL_LEAST_FREE % of its room left"
    return 0
  done
  return 1
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
