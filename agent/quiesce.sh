# fleetlift agent, part 5: services that stand still for a cutover. Everything about it lies in quiesce/:
#   deadline   by this machine's uptime, in seconds: when the services are started again unless somebody asks for more
#              time. Who renames it to `waking` starts them; who renames it to `kept` leaves them stopped.
#   units      what was stopped, one a line; written before anything is
#   stamp      when the last of them changed, by systemd's clock, and `boot` of which start of this machine
#   stopped    when the first was stopped, by this machine's clock
# A timer of systemd looks at the deadline. It is on this machine, so that the services come back whatever else dies;
# after a reboot of this machine they start by themselves, since nothing is disabled.

# Prints the values of some properties of a unit. Old versions of systemctl do not know --value.
fl_show() {
  systemctl show "--property=$1" -- "$2" | sed 's/^[^=]*=//'
}

# Adds a unit to fl_units, and whatever starts it, is a part of it, or cannot be without it: all that stops with it or
# would start it again.
fl_add_unit() {
  case " $fl_units " in *" $1 "*) return ;; esac
  case $1 in *.service | *.socket | *.timer | *.path) ;; *) return ;; esac
  fl_units="$fl_units $1"
  for fl_other in $(fl_show TriggeredBy,ConsistsOf,RequiredBy,BoundBy "$1"); do
    fl_add_unit "$fl_other"
  done
}

# Stops services and what would start them; those that stand still already keep doing so.
# $1: seconds until they are started again, the rest: names of services.
fl_quiesce() {
  fl_seconds=$1
  shift
  fl_still=$fl_dir/quiesce
  command -v systemctl >/dev/null && [ -d /run/systemd/system ] ||
    fl_die "services are stopped through systemd, which does not run here"
  if [ -e "$fl_still/deadline" ]; then
    fl_set_deadline "$fl_still/deadline" "$fl_seconds"
    if fl_still_state >/dev/null; then
      fl_still_state
      return
    fi
  fi
  # What an earlier attempt left stopped is to run for a moment, or it would not be known to be started later.
  mv "$fl_still/kept" "$fl_still/deadline" 2>/dev/null
  fl_wake
  mkdir -p "$fl_still" || fl_die "cannot make $fl_still"
  fl_units=
  for fl_name; do
    case $fl_name in *.*) ;; *) fl_name=$fl_name.service ;; esac
    [ "$(fl_show LoadState "$fl_name")" = loaded ] || fl_die "there is no unit $fl_name"
    fl_add_unit "$fl_name"
  done
  for fl_name in $fl_units; do
    # What did not run is not started later.
    ! systemctl --quiet is-active -- "$fl_name" || printf '%s\n' "$fl_name"
  done >"$fl_still/units.new" && mv "$fl_still/units.new" "$fl_still/units" || fl_die "cannot write $fl_still/units"
  fl_set_deadline "$fl_still/deadline" "$fl_seconds"
  fl_job_mark
  fl_start_timer "fleetlift-wake-$fl_mark" wake-when-due "starts services again after a cutover of fleetlift" ||
    fl_die "the timer that starts the services again could not be set"
  date +%s >"$fl_still/stopping" || fl_die "cannot write $fl_still/stopping"
  # What would start the others first.
  fl_stop_units "$(grep -v '\.service$' "$fl_still/units")"
  fl_stop_units "$(grep '\.service$' "$fl_still/units")"
  fl_stamps | sort -n | tail -n 1 >"$fl_still/stamp" || fl_die "cannot write $fl_still/stamp"
  cat /proc/sys/kernel/random/boot_id >"$fl_still/boot" || fl_die "cannot write $fl_still/boot"
  mv "$fl_still/stopping" "$fl_still/stopped" || fl_die "cannot write $fl_still/stopped"
  fl_still_state || fl_die "the services did not stop"
}

fl_stop_units() {
  [ -n "$1" ] || return 0
  # shellcheck disable=SC2086
  systemctl stop -- $1 >&2 || fl_die "the services could not be stopped"
}

# Prints for each unit when it last changed, by systemd's own clock; 0 for one that it has forgotten meanwhile.
fl_stamps() {
  while read -r fl_name; do
    fl_show StateChangeTimestampMonotonic "$fl_name"
  done <"$fl_still/units"
}

# Prints `still EPOCH` where the services have not run since they were stopped; else tells why not, and fails.
fl_still_state() {
  if [ -e "$fl_still/waking" ] || ! fl_stopped=$(cat "$fl_still/stopped" 2>/dev/null); then
    echo 'moved their time was over, and they were started again'
    return 1
  fi
  if [ "$(cat "$fl_still/boot")" != "$(cat /proc/sys/kernel/random/boot_id)" ]; then
    echo 'moved the server was rebooted, which starts them'
    return 1
  fi
  fl_stamp=$(cat "$fl_still/stamp")
  while read -r fl_name; do
    case $(fl_show ActiveState "$fl_name") in inactive | failed) ;; *) echo "moved $fl_name runs again" && return 1 ;; esac
    # Started and stopped meanwhile, or whatever else happened to it.
    [ "$(fl_show StateChangeTimestampMonotonic "$fl_name")" -le "${fl_stamp:-0}" ] || {
      echo "moved $fl_name did not stand still"
      return 1
    }
  done <"$fl_still/units"
  echo "still $fl_stopped"
}

# Asks for more time, and tells whether they stand still. $1: seconds.
fl_hold_still() {
  fl_still=$fl_dir/quiesce
  # Not where they are being started, or were: the deadline has gone then.
  [ ! -e "$fl_still/deadline" ] || fl_set_deadline "$fl_still/deadline" "$1"
  fl_still_state || return 0
}

# From now on nothing starts them but the operator. Tells whether they stood still to this moment.
fl_keep_still() {
  fl_still=$fl_dir/quiesce
  [ -e "$fl_still/kept" ] || mv "$fl_still/deadline" "$fl_still/kept" 2>/dev/null
  fl_still_state || return 0
  fl_end_wake_timer
}

# Starts them again, where they were stopped and are not to stay so. May be repeated.
fl_wake() {
  fl_still=$fl_dir/quiesce
  [ -d "$fl_still" ] || return 0
  if [ -e "$fl_still/kept" ]; then
    fl_end_wake_timer
    return 0
  fi
  mv "$fl_still/deadline" "$fl_still/waking" 2>/dev/null
  fl_failed=
  if [ -e "$fl_still/units" ]; then
    while read -r fl_name; do
      systemctl start -- "$fl_name" </dev/null >&2 || fl_failed="$fl_failed $fl_name"
    done <"$fl_still/units"
  fi
  [ -z "$fl_failed" ] || fl_die "could not be started again:$fl_failed"
  fl_end_wake_timer
  rm -rf "$fl_still"
}

# What the timer does. Services that do not start are tried again, but not for ever.
fl_wake_when_due() {
  fl_still=$fl_dir/quiesce
  fl_uptime
  if [ ! -e "$fl_still/waking" ]; then
    fl_due=$(cat "$fl_still/deadline" 2>/dev/null)
    [ -n "$fl_due" ] && [ "$fl_now" -ge "$fl_due" ] || return 0
    # Somebody else may have been quicker.
    mv "$fl_still/deadline" "$fl_still/waking" || return 0
  fi
  echo "$fl_now" >>"$fl_still/tries"
  [ "$(wc -l <"$fl_still/tries")" -lt 30 ] || fl_end_wake_timer
  fl_wake
}

fl_end_wake_timer() {
  fl_job_mark
  fl_end_timer "fleetlift-wake-$fl_mark"
}
