# fleetlift agent, part 4: times that this machine keeps by itself, so that what was done to it is undone whatever else
# dies. A deadline is a file with this machine's uptime, in seconds, at which that is due.

# How often a timer looks at its deadline, seconds.
FL_LOOK=10

fl_uptime() {
  read -r fl_now fl_rest </proc/uptime && fl_now=${fl_now%.*}
}

# Sets fl_mark to digits that tell this job's things on this machine from all others'.
fl_job_mark() {
  fl_mark=$(printf '%s' "$fl_dir" | cksum | tr -d ' ')
}

# $1: the file, $2: seconds from now. Two may set it at once, who holds snapshots and who has just read from them.
fl_set_deadline() {
  fl_uptime
  echo $((fl_now + $2)) >"$1.new.$$" && mv -f "$1.new.$$" "$1" || fl_die "cannot write $1"
}

# Has systemd ask the agent for a verb again and again; fails where it cannot. $1: the timer's name, $2: the verb,
# $3: what for.
fl_start_timer() {
  [ -d /run/systemd/system ] && systemd-run --quiet --unit="$1" --on-active=$FL_LOOK --on-unit-inactive=$FL_LOOK \
    --timer-property=AccuracySec=1s --description="$3" /bin/sh "$fl_dir/agent.sh" "$2" >&2
}

fl_end_timer() {
  systemctl stop "$1.timer" 2>/dev/null
  systemctl reset-failed "$1.service" 2>/dev/null
  :
}
