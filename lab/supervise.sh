#!/bin/sh
# Runs one lab server until it powers off: mounts its disks and boots it, again after a reboot.
# Usage: unshare --mount --propagation private supervise.sh FOLDER NAME NETNS CONTROL_GROUP
# All mounts live in the mount namespace of this process, and the loop devices go with the last mount: when this
# process ends in whatever way, everything is free again.
set -eu
folder=$1 name=$2 netns=$3 control_group=$4
. "$(dirname "$(readlink -f "$0")")/disks.sh"
root=$folder/root

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
  exec setpriv --pdeathsig KILL sh -c '
    groups=$1
    shift
    for group in $groups; do echo $$ >"$group/cgroup.procs"; done
    exec systemd-nspawn "$@"' sh "$groups" "$@"
}

stopping=""
server=""
trap 'stopping=yes; [ -z "$server" ] || kill -TERM "$server"' TERM
while [ -z "$stopping" ]; do
  # The server dies with this process. Its fstab entries of devices are ignored in a container, so they are mounted
  # above; everything else of fstab is done by the server itself.
  # shellcheck disable=SC2086
  run_server --quiet --register=no --keep-unit --boot --directory="$root" \
    --machine="$name" \
    --network-namespace-path="/run/netns/$netns" --capability=CAP_NET_ADMIN --settings=no --link-journal=no \
    --timezone=off --resolv-conf=off --console=read-only $binds </dev/null &
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
