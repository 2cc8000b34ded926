#!/bin/sh
# Runs one lab server until it powers off: mounts its disks and boots it, again after a reboot. One with a `profile` is
# a QEMU machine: vm/run.sh.
# Usage: supervise.sh FOLDER NAME NETNS CONTROL_GROUP, as the first process of a pid and a mount namespace.
# When this process ends, in whatever way, all others of the server end, its mounts go, and its loop devices with the
# last mount.
set -eu
stopping="" server=""
# Passes the wish on to the server's init as SIGRTMIN+4, which means power-off to systemd. It comes again and again,
# since an init that has only just begun does not hear it; nspawn itself would kill the server on a second SIGTERM.
stop() {
  stopping=yes
  [ -n "$server" ] || return 0
  for init in $(pgrep -P "$server"); do kill -38 "$init" || :; done
}
trap stop TERM
folder=$1 name=$2 netns=$3 control_group=$4
here=$(dirname "$(readlink -f "$0")")
if [ -e "$folder/profile" ]; then
  . "$here/vm/run.sh"
  exit
fi
. "$here/disks.sh"
root=$folder/root

# This namespace began with copies of all mounts; a copy of somebody's disk would keep it busy after they let go of it.
while read -r _ _ _ _ mountpoint _; do
  case $folder/ in "$mountpoint"/*) continue ;; esac
  case $mountpoint in /tmp/* | /var/tmp/* | /mnt/* | /media/*) umount -l "$(printf '%b' "$mountpoint")" || : ;; esac
done </proc/self/mountinfo 2>/dev/null

# nspawn shows a little of this machine inside the server; what would be a foreign disk's filesystem there is kept
# on a tmpfs, so that every disk-backed mount the server sees is its own.
mkdir -p /run/systemd/nspawn
mount -t tmpfs -o mode=755 lab /run/systemd/nspawn
cp /usr/lib/os-release /run/systemd/nspawn/os-release
mount --bind /run/systemd/nspawn/os-release /usr/lib/os-release

attach_disks
binds=""
while read -r device type uuid label mountpoint options subvolume; do
  binds="$binds --bind=$device"
  case $mountpoint in
  -) ;;
  /) mount -t "$type" -o "$options" "$device" "$root" ;;
  *) mount -t "$type" -o "$options" "$device" "$root$mountpoint" ;;
  esac
done <"$folder/partitions"
for loop in $loops; do binds="$binds --bind=$loop"; done
release_disks_with_last_user

# Control groups of its own, else the systemds of all servers would share one tree.
groups=""
for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
  [ -e "$hierarchy/cgroup.procs" ] || continue
  mkdir -p "$hierarchy/$control_group"
  groups="$groups $hierarchy/$control_group"
done
remove_groups() {
  for group in $groups; do find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || :; done
}
run_server() {
  # In a subshell $$ is not its own id.
  exec sh -c '
    groups=$1
    shift
    for group in $groups; do echo $$ >"$group/cgroup.procs"; done
    exec systemd-nspawn "$@"' sh "$groups" "$@"
}

while [ -z "$stopping" ]; do
  # A namespace keeps addresses over a power cut; a network card does not.
  ip -n "$netns" address flush dev eth0
  ip -n "$netns" link set eth0 down
  # A container ignores the devices in its fstab, so they are mounted above; the rest of fstab the server does itself.
  # shellcheck disable=SC2086
  run_server --quiet --register=no --keep-unit --boot --directory="$root" \
    --machine="$name" --network-namespace-path="/run/netns/$netns" --capability=CAP_NET_ADMIN \
    --settings=no --link-journal=no --timezone=off --resolv-conf=off --console=read-only $binds </dev/null &
  server=$!
  status=0
  wait "$server" || status=$?
  while kill -0 "$server" 2>/dev/null; do
    status=0
    wait "$server" || status=$?
  done
  # 133: the server rebooted itself.
  [ "$status" = 133 ] || break
done
remove_groups
