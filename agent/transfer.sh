# fleetlift agent, part 1: transfers. POSIX sh; runs under dash, busybox sh and bash.
#
# A pass is run by a supervisor that outlives the SSH connection, in a mount namespace of its own. Everything about it
# lies in pass/<number>/ of the agent's folder:
#   spec files   what to do, written by `start`
#   started      when the pass was first started, by this machine's clock
#   pid          the supervisor's pid and its start time, so that another process with that pid is not taken for it
#   journal      append-only: `fs ID EXIT` for each filesystem, at last `end STATE`
#   out.ID err   rsync's output

fl_die() {
  echo "fleetlift-agent: $*" >&2
  exit 70
}

# Start time of a process: field 22 of its stat, counted after the command's name, which may hold spaces.
fl_starttime() {
  sed -n 's/.*) //p' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

# Whether the supervisor recorded in a file is alive.
fl_alive() {
  [ -s "$1" ] || return 1
  read -r fl_pid fl_since <"$1" || return 1
  [ -n "$fl_since" ] && [ "$(fl_starttime "$fl_pid")" = "$fl_since" ]
}

fl_pass_dir() {
  case $1 in
  '' | *[!0-9]*) fl_die "not the number of a pass: $1" ;;
  esac
  fl_pass=$fl_dir/pass/$1
}

# Reads `NAME BASE64` lines from stdin into files: nothing of a value is ever seen by a shell.
fl_read_spec() {
  while read -r fl_name fl_value; do
    case $fl_name in
    '' | *[!a-z0-9.]*) fl_die "not the name of a spec file: $fl_name" ;;
    esac
    printf '%s' "$fl_value" | base64 -d >"$1/$fl_name" || fl_die "cannot write $1/$fl_name"
  done
}

fl_start() {
  fl_pass_dir "$1"
  mkdir -p "$fl_pass" || fl_die "cannot make $fl_pass"
  if fl_alive "$fl_pass/pid"; then
    cat >/dev/null
    echo running
    return
  fi
  fl_read_spec "$fl_pass"
  if [ -f "$fl_pass/journal" ] && grep -q '^end done$' "$fl_pass/journal"; then
    echo done
    return
  fi
  [ -s "$fl_pass/started" ] || date +%s >"$fl_pass/started" || fl_die "cannot write $fl_pass/started"
  # What a failed run left as its end is history: only what is done counts for this one.
  if [ -f "$fl_pass/journal" ]; then
    grep -E '^fs [a-z0-9]+ (0|24)$' "$fl_pass/journal" >"$fl_pass/journal.new"
    mv -f "$fl_pass/journal.new" "$fl_pass/journal" || fl_die "cannot write $fl_pass/journal"
  fi
  : >"$fl_pass/err"
  : >"$fl_pass/pid"
  setsid unshare -m sh "$fl_dir/agent.sh" supervise "$1" </dev/null >/dev/null 2>>"$fl_pass/err" &
  # `start` answers when the supervisor has told its pid, so that `status` never looks too early.
  fl_tries=0
  while [ ! -s "$fl_pass/pid" ] && [ $fl_tries -lt 100 ]; do
    fl_tries=$((fl_tries + 1))
    sleep 0.1 2>/dev/null || sleep 1
  done
  [ -s "$fl_pass/pid" ] || fl_die "the transfer did not start: $(tail -c 500 "$fl_pass/err")"
  echo started
}

# Makes each filesystem reachable below mnt/, in this process's namespace only.
fl_mount_sources() {
  mount --make-rprivate / || return 1
  mkdir -p "$fl_dir/mnt" && mount -t tmpfs -o size=1m,mode=0700 fleetlift "$fl_dir/mnt" || return 1
  for fl_id in $(cat "$fl_pass/filesystems"); do
    fl_method=$(cat "$fl_pass/$fl_id.method")
    fl_where=$(cat "$fl_pass/$fl_id.where")
    fl_target=$fl_dir/mnt/$fl_id
    mkdir "$fl_target" || return 1
    case $fl_method in
    bind) mount --bind "$fl_where" "$fl_target" || return 1 ;;
    device)
      fl_type=$(cat "$fl_pass/$fl_id.type")
      fl_options=noatime
      [ "$fl_type" = btrfs ] && fl_options=noatime,subvolid=5
      mount -t "$fl_type" -o "$fl_options" "$fl_where" "$fl_target" || return 1
      ;;
    *) fl_die "unknown way to read: $fl_method" ;;
    esac
    # Read-only for us alone: the filesystem itself stays as it is mounted elsewhere.
    mount -o remount,bind,ro "$fl_target" || return 1
  done
}

fl_supervise() {
  fl_pass_dir "$1"
  trap '' HUP
  printf '%s %s\n' $$ "$(fl_starttime $$)" >"$fl_pass/pid.new" && mv -f "$fl_pass/pid.new" "$fl_pass/pid"
  if ! fl_mount_sources; then
    echo 'end failed' >>"$fl_pass/journal"
    exit 1
  fi
  fl_state=done
  for fl_id in $(cat "$fl_pass/filesystems"); do
    grep -q "^fs $fl_id " "$fl_pass/journal" 2>/dev/null && continue
    echo "$fl_id" >"$fl_pass/current"
    fl_rsync "$fl_id"
    echo "fs $fl_id $fl_exit" >>"$fl_pass/journal" || exit 1
    case $fl_exit in
    0 | 24) ;;
    *)
      fl_state=failed
      break
      ;;
    esac
  done
  echo "end $fl_state" >>"$fl_pass/journal"
}

# One filesystem by the server's own rsync, outbound to the relay's receiver; leaves its exit code in fl_exit.
fl_rsync() {
  fl_kind=$(cat "$fl_pass/kind")
  fl_relay=$(cat "$fl_pass/address")
  fl_port=$(cat "$fl_pass/port")
  fl_user=$(cat "$fl_pass/user")
  fl_module=$(cat "$fl_pass/module")
  printf 'fleetlift %s\n' "$(cat "$fl_pass/hostkey")" >"$fl_pass/known_hosts"
  case $fl_relay in
  *:*) fl_host="[$fl_relay]" ;;
  *) fl_host=$fl_relay ;;
  esac
  fl_ssh="ssh -F none -i $fl_dir/key -p $fl_port -o BatchMode=yes -o IdentitiesOnly=yes -o HostKeyAlias=fleetlift"
  fl_ssh="$fl_ssh -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$fl_pass/known_hosts"
  fl_ssh="$fl_ssh -o GlobalKnownHostsFile=/dev/null -o Compression=no -o ConnectTimeout=15"
  fl_ssh="$fl_ssh -o ServerAliveInterval=15 -o ServerAliveCountMax=4 -o CheckHostIP=no"
  set -- -aHS --numeric-ids --delete --stats --no-human-readable "--exclude-from=$fl_pass/$fl_id.excludes"
  rsync --version 2>/dev/null | grep -qE '[ ,]ACLs' && set -- "$@" -A
  rsync --version 2>/dev/null | grep -qE '[ ,]xattrs' && set -- "$@" -X
  case $fl_kind in
  verify) set -- "$@" -n -c --timeout=900 '--out-format=%i %n' ;;
  correct) set -- "$@" -c --timeout=900 --info=progress2 ;;
  *) set -- "$@" --timeout=180 --info=progress2 ;;
  esac
  # In place, a large file goes on where it stopped. Together with -S only since 3.1.3.
  if fl_rsync_at_least 3 1 3; then set -- "$@" --inplace; else set -- "$@" --partial; fi
  case $(cat "$fl_pass/compression") in
  zstd) set -- "$@" --compress --compress-choice=zstd --compress-level=3 ;;
  zlib) set -- "$@" --compress ;;
  esac
  fl_out=$fl_pass/out.$fl_id
  : >"$fl_out"
  LC_ALL=C rsync "$@" -e "$fl_ssh" "$fl_dir/mnt/$fl_id/" "$fl_user@$fl_host::$fl_module/$fl_id/" \
    </dev/null >>"$fl_out" 2>>"$fl_pass/err" &
  fl_child=$!
  echo $fl_child >"$fl_pass/rsync"
  fl_trimmer=
  if [ "$fl_kind" != verify ]; then
    # The progress of a long transfer would grow without bound.
    while sleep 20; do [ "$(wc -c <"$fl_out")" -lt 1000000 ] || : >"$fl_out"; done &
    fl_trimmer=$!
  fi
  fl_exit=0
  wait $fl_child || fl_exit=$?
  [ -z "$fl_trimmer" ] || kill $fl_trimmer 2>/dev/null
  rm -f "$fl_pass/rsync"
}

fl_rsync_at_least() {
  # shellcheck disable=SC2046
  set -- "$1" "$2" "$3" $(rsync --version | sed -n '1s/.*version v*\([0-9]*\)\.\([0-9]*\)\.\([0-9]*\).*/\1 \2 \3/p')
  [ $# -eq 6 ] && [ $(($4 * 10000 + $5 * 100 + $6)) -ge $(($1 * 10000 + $2 * 100 + $3)) ]
}

# Prints the state of a pass as `NAME VALUE…` lines; texts as base64.
fl_status() {
  fl_pass_dir "$1"
  if [ ! -s "$fl_pass/started" ]; then
    echo 'state none'
    return
  fi
  # Whether it lives is asked before the journal is read: one that ends in between is still seen as ended.
  if fl_alive "$fl_pass/pid"; then fl_state=running; else fl_state=failed; fi
  fl_end=$(sed -n 's/^end //p' "$fl_pass/journal" 2>/dev/null | tail -n 1)
  echo "state ${fl_end:-$fl_state}"
  echo "started $(cat "$fl_pass/started")"
  echo "kind $(cat "$fl_pass/kind")"
  sed -n 's/^fs //p' "$fl_pass/journal" 2>/dev/null | while read -r fl_id fl_exit; do
    echo "fs $fl_id $fl_exit $(tail -c 2000 "$fl_pass/out.$fl_id" | base64 | tr -d '\n')"
  done
  if [ -z "$fl_end" ] && [ -s "$fl_pass/current" ]; then
    fl_id=$(cat "$fl_pass/current")
    echo "progress $(tail -c 300 "$fl_pass/out.$fl_id" 2>/dev/null | base64 | tr -d '\n')"
    fl_child=$(cat "$fl_pass/rsync" 2>/dev/null) && [ -n "$fl_child" ] &&
      echo "read $(sed -n 's/^rchar: //p' "/proc/$fl_child/io" 2>/dev/null)"
  fi
  echo "err $(tail -c 4096 "$fl_pass/err" 2>/dev/null | base64 | tr -d '\n')"
  if (printf x >"$fl_pass/probe") 2>/dev/null && [ -s "$fl_pass/probe" ]; then echo 'full no'; else echo 'full yes'; fi
  echo 'end'
}

# Ends a pass: rsync, ssh and the supervisor are one process group.
fl_stop() {
  fl_pass_dir "$1"
  if fl_alive "$fl_pass/pid"; then
    kill -TERM "-$fl_pid" 2>/dev/null
    fl_tries=0
    while fl_alive "$fl_pass/pid" && [ $fl_tries -lt 30 ]; do
      fl_tries=$((fl_tries + 1))
      sleep 0.1 2>/dev/null || sleep 1
    done
    kill -KILL "-$fl_pid" 2>/dev/null
    while fl_alive "$fl_pass/pid" && [ $fl_tries -lt 60 ]; do
      fl_tries=$((fl_tries + 1))
      sleep 0.1 2>/dev/null || sleep 1
    done
    [ -f "$fl_pass/journal" ] && grep -q '^end ' "$fl_pass/journal" || echo 'end stopped' >>"$fl_pass/journal"
  fi
  echo stopped
}

# The itemized lines of a verify pass, one filesystem after the other.
fl_items() {
  fl_pass_dir "$1"
  for fl_id in $(cat "$fl_pass/filesystems"); do
    echo "= $fl_id"
    cat "$fl_pass/out.$fl_id"
  done
}

# Reads NUL-separated paths (`ID/path`) from stdin, prints for each its change time by this machine's clock: that of
# the nearest folder that is there where the path itself has vanished.
fl_ctimes() {
  fl_pass_dir "$1"
  cat >"$fl_pass/paths"
  unshare -m sh "$fl_dir/agent.sh" ctimes-inside "$1"
}

fl_ctimes_inside() {
  fl_pass_dir "$1"
  fl_mount_sources || fl_die "cannot mount the filesystems to look at them"
  cd "$fl_dir/mnt" || exit 70
  xargs -0 sh -c 'for path; do
      while ! time=$(stat -c %Z -- "$path" 2>/dev/null); do
        case $path in */*) path=${path%/*} ;; *) time=-; break ;; esac
      done
      echo "$time"
    done' sh <"$fl_pass/paths"
}

fl_make_key() {
  if [ ! -s "$fl_dir/key.pub" ]; then
    rm -f "$fl_dir/key"
    ssh-keygen -q -t ed25519 -N '' -C fleetlift -f "$fl_dir/key" >&2 || fl_die "ssh-keygen failed"
  fi
  cat "$fl_dir/key.pub"
}

# Tries the relay's port as the transfer will, and prints what ssh says.
fl_reach() {
  LC_ALL=C ssh -F none -p "$2" -o BatchMode=yes -o ConnectTimeout=8 -o StrictHostKeyChecking=yes \
    -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null -o LogLevel=ERROR "root@$1" true </dev/null 2>&1
  echo "exit $?"
}

# An initramfs with virtio, in the agent's folder; /boot is not touched.
fl_initramfs() {
  case $1 in
  '' | */* | -*) fl_die "not a kernel release: $1" ;;
  esac
  mkdir -p "$fl_dir/initramfs"
  if command -v mkinitramfs >/dev/null; then
    rm -rf "$fl_dir/initramfs-tools"
    cp -r /etc/initramfs-tools "$fl_dir/initramfs-tools" || exit 70
    echo 'MODULES=most' >"$fl_dir/initramfs-tools/conf.d/zz-fleetlift"
    mkinitramfs -d "$fl_dir/initramfs-tools" -o "$fl_dir/initramfs/initrd.new" "$1" >&2 || fl_die "mkinitramfs failed"
  elif command -v dracut >/dev/null; then
    dracut --force --no-hostonly --add-drivers 'virtio_pci virtio_blk virtio_scsi virtio_net' \
      "$fl_dir/initramfs/initrd.new" "$1" >&2 || fl_die "dracut failed"
  else
    fl_die "neither mkinitramfs nor dracut is installed"
  fi
  mv -f "$fl_dir/initramfs/initrd.new" "$fl_dir/initramfs/initrd.img" && echo "$fl_dir/initramfs/initrd.img"
}

fl_halt() {
  for fl_pass in "$fl_dir"/pass/*; do
    [ -d "$fl_pass" ] && fl_stop "${fl_pass##*/}" >/dev/null
  done
  echo halted
}

fl_log() {
  fl_pass_dir "$1"
  for fl_file in started kind journal err; do
    echo "== $fl_file"
    tail -c 65536 "$fl_pass/$fl_file" 2>/dev/null
  done
}
