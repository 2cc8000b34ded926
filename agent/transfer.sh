# fleetlift agent, part 1: transfers. POSIX sh; runs under dash, busybox sh and bash.
#
# A pass is run by a supervisor that outlives the SSH connection, in a mount namespace of its own. Everything about it
# lies in pass/<number>/ of the agent's folder:
#   spec files   what to do, written by `start`
#   started      when the pass was first started, by this machine's clock
#   claim.N      who starts the pass for the Nth time, so that of two at once only one does
#   pid          the supervisor's pid and its start time, so that another process with that pid is not taken for it
#   journal      append-only: `fs ID EXIT` for each filesystem, at last `end STATE`
#   out.ID err   rsync's output, kept short
# The supervisor, rsync and ssh are one session and carry FLEETLIFT_PASS in their environment: so whatever outlives a
# killed supervisor is found.

fl_die() {
  echo "fleetlift-agent: $*" >&2
  exit 70
}

# Sets fl_ticks (start time) and fl_session of a process, fields 22 and 6 of its stat, counted after the command's name,
# which may hold spaces. Fails for one that is gone, and for a zombie: inside a container nobody may collect those.
fl_process() {
  fl_line=
  { read -r fl_line <"/proc/$1/stat"; } 2>/dev/null || return 1
  # shellcheck disable=SC2086
  set -- ${fl_line##*) }
  case ${1-} in
  '' | Z | X) return 1 ;;
  esac
  fl_session=$4
  fl_ticks=${20}
}

# Whether the process recorded in a file is alive.
fl_alive() {
  [ -s "$1" ] || return 1
  read -r fl_pid fl_since <"$1" || return 1
  [ -n "$fl_since" ] && fl_process "$fl_pid" && [ "$fl_ticks" = "$fl_since" ]
}

# Sets fl_members to the processes of this pass that are alive.
fl_find_members() {
  fl_members=
  [ -s "$fl_pass/pid" ] && read -r fl_leader fl_since <"$fl_pass/pid" || return 0
  for fl_proc in /proc/[0-9]*; do
    fl_pid=${fl_proc#/proc/}
    fl_process "$fl_pid" || continue
    [ "$fl_session" = "$fl_leader" ] || continue
    # The pid may be another session's by now: only what carries our mark is ours.
    tr '\0' '\n' <"$fl_proc/environ" 2>/dev/null | grep -Fxq "FLEETLIFT_PASS=$fl_pass" || continue
    fl_members="$fl_members $fl_pid"
  done
}

# Ends all processes of this pass: the supervisor first, so that it does not take the end of rsync for a failure.
fl_end_members() {
  ! fl_alive "$fl_pass/pid" || kill -KILL "$fl_pid" 2>/dev/null
  fl_tries=0
  fl_find_members
  while [ -n "$fl_members" ]; do
    # shellcheck disable=SC2086
    case $fl_tries in
    0) kill -TERM $fl_members 2>/dev/null ;;
    [3-6][0-9]) kill -KILL $fl_members 2>/dev/null ;;
    7?) fl_die "processes of the transfer do not end:$fl_members" ;;
    esac
    sleep 0.1 2>/dev/null || { sleep 1 && fl_tries=$((fl_tries + 9)); }
    fl_tries=$((fl_tries + 1))
    fl_find_members
  done
}

fl_pass_dir() {
  case $1 in
  '' | *[!0-9]*) fl_die "not the number of a pass: $1" ;;
  esac
  fl_pass=$fl_dir/pass/$1
}

# Reads `NAME BASE64` lines from stdin into files: nothing of a value is ever seen by a shell. A last line `end` tells
# that the connection did not break on the way: a spec without its excludes must not be followed.
fl_read_spec() {
  fl_complete=
  while read -r fl_name fl_value; do
    case $fl_name in
    '' | *[!a-z0-9.]*) fl_die "not the name of a spec file: $fl_name" ;;
    end) fl_complete=yes ;;
    *) printf '%s' "$fl_value" | base64 -d >"$1/$fl_name" || fl_die "cannot write $1/$fl_name" ;;
    esac
  done
  [ -n "$fl_complete" ] || fl_die "the pass arrived incomplete"
}

# Whether another `start` is at work: sets fl_next to the number of the next claim on the way.
fl_starting() {
  fl_next=1
  while [ -e "$fl_pass/claim.$fl_next" ]; do fl_next=$((fl_next + 1)); done
  fl_alive "$fl_pass/claim.$((fl_next - 1))"
}

fl_start() {
  fl_pass_dir "$1"
  mkdir -p "$fl_pass" || fl_die "cannot make $fl_pass"
  # The number of the claim is taken before the look at who is alive: of two at once, one gets it.
  if fl_starting || fl_alive "$fl_pass/pid"; then
    cat >/dev/null
    echo running
    return
  fi
  if [ -f "$fl_pass/journal" ] && grep -q '^end done$' "$fl_pass/journal"; then
    cat >/dev/null
    echo done
    return
  fi
  rm -rf "$fl_pass/spec.$$"
  mkdir "$fl_pass/spec.$$" || fl_die "cannot make $fl_pass/spec.$$"
  fl_read_spec "$fl_pass/spec.$$"
  fl_process $$
  printf '%s %s\n' $$ "$fl_ticks" >"$fl_pass/claim.new.$$" || fl_die "cannot write $fl_pass"
  if ! ln "$fl_pass/claim.new.$$" "$fl_pass/claim.$fl_next" 2>/dev/null; then
    rm -rf "$fl_pass/claim.new.$$" "$fl_pass/spec.$$"
    echo running
    return
  fi
  rm -f "$fl_pass/claim.new.$$"
  # A killed supervisor leaves its rsync behind: two at once would write the same files.
  fl_end_members
  mv -f "$fl_pass/spec.$$"/* "$fl_pass/" && rmdir "$fl_pass/spec.$$" || fl_die "cannot write $fl_pass"
  [ -s "$fl_pass/started" ] || date +%s >"$fl_pass/started" || fl_die "cannot write $fl_pass/started"
  # What a failed run left as its end is history: only what is done counts for this one.
  if [ -f "$fl_pass/journal" ]; then
    grep -E '^fs [a-z0-9]+ (0|24)$' "$fl_pass/journal" >"$fl_pass/journal.new"
    mv -f "$fl_pass/journal.new" "$fl_pass/journal" || fl_die "cannot write $fl_pass/journal"
  fi
  fl_forget_passes "$1"
  : >"$fl_pass/err"
  : >"$fl_pass/pid"
  fl_unshare_words
  # shellcheck disable=SC2086
  FLEETLIFT_PASS=$fl_pass setsid $fl_unshare sh "$fl_dir/agent.sh" supervise "$1" </dev/null >/dev/null 2>>"$fl_pass/err" &
  # `start` answers when the supervisor has told its pid, so that `status` never looks too early.
  fl_tries=0
  fl_nap=0.02
  while [ ! -s "$fl_pass/pid" ] && [ $fl_tries -lt 120 ]; do
    fl_tries=$((fl_tries + 1))
    [ $fl_tries -le 20 ] || fl_nap=0.1
    sleep $fl_nap 2>/dev/null || sleep 1
  done
  [ -s "$fl_pass/pid" ] || fl_die "the transfer did not start: $(tail -c 500 "$fl_pass/err")"
  echo started
}

# Deltas go on for weeks: of what passes left, the last ones' is kept.
fl_forget_passes() {
  for fl_old in "$fl_dir"/pass/*; do
    [ $((${fl_old##*/} + 10)) -ge "$1" ] || rm -rf "$fl_old"
  done
}

# Sets fl_unshare to what runs a command in a mount namespace of its own, in which the server's unmounts are seen: else
# what it unmounts during a pass would stay in use. Old versions leave that to fl_make_room.
fl_unshare_words() {
  fl_unshare='unshare -m'
  ! unshare -m --propagation slave true 2>/dev/null || fl_unshare='unshare -m --propagation slave'
}

# Makes mnt/ a place for mounts that only this process and those it starts see.
fl_make_room() {
  mount --make-rslave / || return 1
  mkdir -p "$fl_dir/mnt" && mount -t tmpfs -o size=1m,mode=0700 fleetlift "$fl_dir/mnt" &&
    mount --make-private "$fl_dir/mnt"
}

# Makes each filesystem reachable below mnt/, in this process's namespace only.
fl_mount_sources() {
  fl_make_room || return 1
  for fl_id in $(cat "$fl_pass/filesystems"); do
    fl_method=$(cat "$fl_pass/$fl_id.method")
    fl_target=$fl_dir/mnt/$fl_id
    mkdir "$fl_target" || return 1
    case $fl_method in
    # Private, so that nothing which is mounted below it later shows in it.
    bind)
      mount --bind "$(cat "$fl_pass/$fl_id.where")" "$fl_target" && mount --make-private "$fl_target" || return 1
      ;;
    device)
      fl_type=$(cat "$fl_pass/$fl_id.type")
      fl_options=noatime
      [ "$fl_type" = btrfs ] && fl_options=noatime,subvolid=5
      mount -t "$fl_type" -o "$fl_options" "$(cat "$fl_pass/$fl_id.where")" "$fl_target" || return 1
      ;;
    snapshot) fl_mount_snapshot "$fl_id" "$fl_target" || return 1 ;;
    *) fl_die "unknown way to read: $fl_method" ;;
    esac
    # Read-only for us alone: the filesystem itself stays as it is mounted elsewhere.
    mount -o remount,bind,ro "$fl_target" || return 1
  done
}

fl_supervise() {
  fl_pass_dir "$1"
  trap '' HUP
  fl_process $$
  printf '%s %s\n' $$ "$fl_ticks" >"$fl_pass/pid.new" && mv -f "$fl_pass/pid.new" "$fl_pass/pid" || exit 1
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
    # Some files could not be read: the other filesystems are to arrive all the same.
    23) fl_state=failed ;;
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
  # What is reported where not even the preparation could be written: error in file I/O.
  fl_exit=11
  fl_kind=$(cat "$fl_pass/kind")
  fl_relay=$(cat "$fl_pass/address")
  fl_user=$(cat "$fl_pass/user")
  fl_module=$(cat "$fl_pass/module")
  case $fl_relay in
  *:*) fl_relay="[$fl_relay]" ;;
  esac
  fl_ssh_words
  fl_own_excludes "$1" >"$fl_pass/$1.own" || return
  set -- -aHS --numeric-ids --delete --stats --no-human-readable "--exclude-from=$fl_pass/$1.own" \
    "--exclude-from=$fl_pass/$1.excludes"
  fl_about=$(rsync --version 2>/dev/null)
  case $fl_about in *'no ACLs'*) ;; *ACLs*) set -- "$@" -A ;; esac
  case $fl_about in *'no xattrs'*) ;; *xattrs*) set -- "$@" -X ;; esac
  # Checksums are made in silence, for long where a file is large.
  case $fl_kind in
  verify) set -- "$@" -n -c --timeout=3600 '--out-format=%i %n' ;;
  # Not in place: two names whose hard link the source has broken would overwrite each other for ever.
  correct) set -- "$@" -c --timeout=3600 --partial ;;
  *)
    # In place, a large file goes on where it stopped. Together with -S only since 3.1.3.
    if fl_rsync_at_least 3 1 3; then set -- "$@" --inplace; else set -- "$@" --partial; fi
    set -- "$@" --timeout=180
    ;;
  esac
  if fl_shows_progress; then set -- "$@" --info=progress2; fi
  case $(cat "$fl_pass/compression") in
  zstd) set -- "$@" --compress --compress-choice=zstd --compress-level=3 ;;
  zlib) set -- "$@" --compress ;;
  esac
  fl_out=$fl_pass/out.$fl_id
  : >"$fl_out"
  fl_into=$fl_out
  fl_filter=
  if [ "$fl_kind" = verify ]; then
    fl_into=$fl_pass/pipe
    rm -f "$fl_into"
    mkfifo "$fl_into" || return
    # More differences than are ever looked at would only fill the disk; the statistics after them are kept.
    sed -e '30001,$ {' -e '/^[<>ch.*]/d' -e '}' <"$fl_into" >>"$fl_out" &
    fl_filter=$!
  fi
  rsync "$@" -e "$fl_ssh" "$fl_dir/mnt/$fl_id/" "$fl_user@$fl_relay::$fl_module/$fl_id/" \
    </dev/null >>"$fl_into" 2>>"$fl_pass/err" &
  fl_child=$!
  echo $fl_child >"$fl_pass/rsync"
  fl_trim "$fl_child" &
  fl_trimmer=$!
  fl_exit=0
  wait $fl_child || fl_exit=$?
  [ -z "$fl_filter" ] || wait $fl_filter
  kill $fl_trimmer 2>/dev/null
  wait $fl_trimmer
  rm -f "$fl_pass/rsync" "$fl_pass/pipe"
}

# Sets fl_ssh: how rsync reaches the receiver. No blank may stand inside a word.
fl_ssh_words() {
  printf 'fleetlift %s\n' "$(cat "$fl_pass/hostkey")" >"$fl_pass/known_hosts"
  # Not `none`, which old clients take for a file's name.
  fl_ssh="ssh -F /dev/null -i $fl_dir/key -p $(cat "$fl_pass/port") -o BatchMode=yes -o IdentitiesOnly=yes"
  fl_ssh="$fl_ssh -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$fl_pass/known_hosts -o HostKeyAlias=fleetlift"
  fl_ssh="$fl_ssh -o GlobalKnownHostsFile=/dev/null -o Compression=no -o ConnectTimeout=15"
  fl_ssh="$fl_ssh -o ServerAliveInterval=15 -o ServerAliveCountMax=4 -o CheckHostIP=no"
  # The quickest where the processor knows AES. A name that the client does not know would end it, so it is asked.
  if ssh -Q cipher 2>/dev/null | grep -q '^aes128-gcm@'; then
    fl_ssh="$fl_ssh -o Ciphers=aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes128-ctr,aes256-ctr"
  fi
}

# Progress of a whole transfer: since 3.1.0. A verify pass has none in any version.
fl_shows_progress() {
  [ "$(cat "$fl_pass/kind")" != verify ] && fl_rsync_at_least 3 1 0
}

# Prints the rules that keep the agents' folder (with keys in it), their snapshots and swap files out of a filesystem's
# copy.
fl_own_excludes() {
  fl_tree=$fl_dir/mnt/$1
  fl_inside "$fl_dir"
  if [ -e "$fl_tree$fl_inner/agent.sh" ]; then
    # Without a folder above it the filesystem is the agents' own.
    case $fl_inner in
    /*/*) fl_literal_rule "${fl_inner%/*}/" ;;
    *) fl_literal_rule "$fl_inner/" ;;
    esac
  fi
  for fl_path in "$fl_tree"/.fleetlift-[0-9]*; do
    case ${fl_path##*/.fleetlift-} in *[!0-9]*) continue ;; esac
    [ ! -d "$fl_path" ] || fl_literal_rule "/${fl_path##*/}/"
  done
  {
    while read -r fl_path fl_what fl_rest; do
      [ "$fl_what" != file ] || printf '%s\n' "$fl_path"
    done </proc/swaps
    while read -r fl_path fl_point fl_what fl_rest; do
      [ "$fl_what" != swap ] || printf '%s\n' "$fl_path"
    done </etc/fstab
  } 2>/dev/null | sort -u | while read -r fl_path; do
    case $fl_path in
    /dev/* | *\\012*) continue ;;
    /*) ;;
    *) continue ;;
    esac
    fl_inside "$fl_path"
    # The kernel and fstab write a space as \040.
    fl_inner=$(printf '%b' "$(printf '%s' "$fl_inner" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')")
    [ ! -f "$fl_tree$fl_inner" ] || fl_literal_rule "$fl_inner"
  done
}

# rsync reads a backslash as an escape only where the pattern has a wildcard.
fl_literal_rule() {
  case $1 in
  *[][*?]*) printf '%s' "- $1" | sed 's/[][*?\\]/\\&/g' && echo ;;
  *) printf '%s\n' "- $1" ;;
  esac
}

# Sets fl_inner to where a path lies inside its filesystem: below the root of the deepest mount that holds it.
fl_inside() {
  fl_longest=-1
  fl_inner=$1
  while read -r fl_skip fl_skip fl_skip fl_root fl_point fl_skip; do
    fl_point=${fl_point%/}
    case $1 in
    "$fl_point"/*) ;;
    *) continue ;;
    esac
    [ ${#fl_point} -ge $fl_longest ] || continue
    fl_longest=${#fl_point}
    fl_inner=${fl_root%/}${1#"$fl_point"}
  done </proc/self/mountinfo
}

# Keeps the output of a long transfer short, as long as that rsync lives.
fl_trim() {
  fl_nap=
  trap '[ -z "$fl_nap" ] || kill $fl_nap 2>/dev/null; exit 0' TERM
  while kill -0 "$1" 2>/dev/null; do
    sleep 20 &
    fl_nap=$!
    wait $fl_nap
    for fl_file in "$fl_out" "$fl_pass/err"; do
      [ "$fl_kind" = verify ] && [ "$fl_file" = "$fl_out" ] && continue
      [ "$(wc -c <"$fl_file")" -lt 1000000 ] && continue
      # Both are open for appending, so what is written next follows what is kept.
      fl_kept=$(tail -c 60000 "$fl_file")
      printf '%s\n' "$fl_kept" >"$fl_file"
    done
  done
}

fl_rsync_at_least() {
  # shellcheck disable=SC2046
  set -- "$1" "$2" "$3" $(rsync --version | sed -n '1s/.*version v*\([0-9]*\)\.\([0-9]*\)\.\([0-9]*\).*/\1 \2 \3/p')
  [ $# -eq 6 ] && [ $(($4 * 10000 + $5 * 100 + $6)) -ge $(($1 * 10000 + $2 * 100 + $3)) ]
}

# Prints the state of a pass as `NAME VALUE…` lines; texts as base64. Of one that runs only at its end or after so many
# seconds, one where none are named: to wait here takes a process now and then, and to be asked some twenty.
fl_status() { # NUMBER [SECONDS]
  fl_pass_dir "$1"
  fl_most=${2:-1}
  if [ ! -s "$fl_pass/started" ]; then
    echo 'state none'
    return
  fi
  fl_tenths=0
  while [ $fl_tenths -lt $((fl_most * 10)) ] && { fl_alive "$fl_pass/pid" || fl_starting; }; do
    # Who waits for long has a pass that takes long, and each look is a process.
    if [ $fl_tenths -lt 10 ]; then fl_nap=1; else fl_nap=5; fi
    sleep 0.$fl_nap 2>/dev/null || { sleep 1 && fl_nap=10; }
    fl_tenths=$((fl_tenths + fl_nap))
  done
  # Whether it lives is asked before the journal is read: one that ends in between is still seen as ended.
  if fl_alive "$fl_pass/pid" || fl_starting; then fl_state=running; else fl_state=failed; fi
  fl_end=$(sed -n 's/^end //p' "$fl_pass/journal" 2>/dev/null | tail -n 1)
  echo "state ${fl_end:-$fl_state}"
  echo "started $(cat "$fl_pass/started")"
  echo "kind $(cat "$fl_pass/kind")"
  sed -n 's/^fs //p' "$fl_pass/journal" 2>/dev/null | while read -r fl_id fl_exit; do
    echo "fs $fl_id $fl_exit $(tail -c 1200 "$fl_pass/out.$fl_id" | base64 | tr -d '\n')"
  done
  if [ -z "$fl_end" ] && [ -s "$fl_pass/current" ]; then
    fl_id=$(cat "$fl_pass/current")
    echo "progress $(tail -c 300 "$fl_pass/out.$fl_id" 2>/dev/null | base64 | tr -d '\n')"
    # What rsync has read so far stands for progress where that says little (checksums) or nothing (old versions); else
    # it is a sign of life, as while the relay reads a large file of its own.
    fl_child=$(cat "$fl_pass/rsync" 2>/dev/null) || fl_child=
    if [ -n "$fl_child" ]; then
      if [ "$(cat "$fl_pass/kind")" = sync ] && fl_shows_progress; then fl_word=life; else fl_word=read; fi
      echo "$fl_word $(sed -n 's/^rchar: //p' "/proc/$fl_child/io" 2>/dev/null)"
    fi
  fi
  echo "err $(tail -c 4096 "$fl_pass/err" 2>/dev/null | base64 | tr -d '\n')"
  if (printf x >"$fl_pass/probe") 2>/dev/null && [ -s "$fl_pass/probe" ]; then echo 'full no'; else echo 'full yes'; fi
  echo 'end'
}

# Ends a pass. One that has ended before keeps its state.
fl_stop() {
  fl_pass_dir "$1"
  if [ -s "$fl_pass/started" ]; then
    fl_end_members
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
# the nearest folder that is there where the path itself has vanished. Behind it a word where it is the folder that a
# snapshot of btrfs has in the place of a subvolume: inode 2, whose times the kernel makes up at each look.
fl_ctimes() {
  fl_pass_dir "$1"
  cat >"$fl_pass/paths"
  fl_unshare_words
  # shellcheck disable=SC2086
  $fl_unshare sh "$fl_dir/agent.sh" ctimes-inside "$1"
}

fl_ctimes_inside() {
  fl_pass_dir "$1"
  fl_mount_sources || fl_die "cannot mount the filesystems to look at them"
  cd "$fl_dir/mnt" || exit 70
  xargs -0 sh -c 'for path; do
      word=
      if [ "$(stat -c %i -- "$path" 2>/dev/null)" = 2 ] && [ "$(stat -f -c %t -- "$path")" = 9123683e ]; then
        word=" placeholder"
      fi
      while ! time=$(stat -c %Z -- "$path" 2>/dev/null); do
        case $path in */*) path=${path%/*} ;; *) time=-; break ;; esac
      done
      echo "$time$word"
    done' sh <"$fl_pass/paths"
}

fl_make_key() {
  if [ ! -s "$fl_dir/key.pub" ]; then
    rm -f "$fl_dir/key"
    ssh-keygen -q -t ed25519 -N '' -C fleetlift -f "$fl_dir/key" >&2 || fl_die "ssh-keygen failed"
  fi
  cat "$fl_dir/key.pub"
}

# Tries the relay's port with the client that the transfer will use; with -v it tells when the connection stands,
# whoever answers there, and when an SSH server has greeted.
fl_reach() {
  if ! command -v ssh >/dev/null 2>&1; then
    echo 'no ssh client'
    return
  fi
  fl_limit=
  # Old clients wait for ever for a server that accepts and says nothing.
  if timeout 1 true 2>/dev/null; then fl_limit='timeout 10'; fi
  $fl_limit ssh -v -F /dev/null -p "$2" -o BatchMode=yes -o ConnectTimeout=8 -o StrictHostKeyChecking=yes \
    -o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null -o PreferredAuthentications=none \
    "fleetlift@$1" true </dev/null 2>&1 | grep -iE 'connection established|connect to |resolve hostname|remote protocol version' | head -c 4096
  echo
}

# Stops all that runs, starts what was stopped for a cutover that did not come to its end, and removes snapshots.
fl_halt() {
  for fl_pass in "$fl_dir"/pass/*; do
    [ -d "$fl_pass" ] && fl_stop "${fl_pass##*/}" >/dev/null
  done
  fl_pass=$fl_dir/build
  fl_end_members
  # Our mounts are seen in namespaces of their own only; should one be seen here, nothing is to be removed through it.
  ! grep -qF " $fl_dir/" /proc/self/mountinfo || fl_die "something is mounted below $fl_dir"
  fl_wake
  # Again where somebody has taken new ones meanwhile.
  until fl_drop_snapshots && [ ! -e "$fl_snap/wanted" ]; do :; done
  echo halted
}
