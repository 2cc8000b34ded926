#!/bin/sh
# First process of the guest in which the lab installs and reads machines. Its disks: vda its system, vdb an archive
# of the system to install, vdc an archive with `job` and what that needs, vdd for the answer, vde and on the machine's.
# It does the job, keeps its exit status and what it left in /tmp/answer, and powers off.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root
exec </dev/null >/dev/ttyS0 2>&1
mount -t tmpfs tmp /tmp
/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add
udevadm settle
mkdir /tmp/desk /tmp/answer
tar -xf /dev/vdc -C /tmp/desk
status=0
(cd /tmp/desk && sh -eu ./job) || status=$?
echo "$status" >/tmp/answer/status
tar -cf /dev/vdd -C /tmp/answer .
sync
echo o >/proc/sysrq-trigger
sleep 60
