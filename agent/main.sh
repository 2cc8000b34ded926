# fleetlift agent, part 7: what it can be asked. Called as `sh …/agent.sh VERB [ARGUMENT…]`.
umask 077
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
export PATH
fl_dir=$(cd "$(dirname "$0")" && pwd) || exit 70

case ${1-} in
facts) fl_mind_reboot && fl_facts ;;
key) fl_make_key ;;
reach) fl_reach "$2" "$3" ;;
start) fl_mind_reboot && fl_start "$2" ;;
supervise) fl_supervise "$2" ;;
status) fl_status "$2" "${3-}" ;;
stop) fl_stop "$2" ;;
items) fl_items "$2" ;;
ctimes) fl_ctimes "$2" ;;
ctimes-inside) fl_ctimes_inside "$2" ;;
initramfs) fl_initramfs "$2" ;;
build-initramfs) fl_build_initramfs "$2" ;;
forget-initramfs) rm -rf "$fl_dir/build" "$fl_dir/initramfs" ;;
quiesce) shift && fl_quiesce "$@" ;;
hold-still) fl_hold_still "$2" ;;
keep-still) fl_keep_still ;;
wake) fl_wake ;;
wake-when-due) fl_wake_when_due ;;
volume-groups) fl_volume_groups ;;
snapshot-take) fl_take_snapshots "$2" ;;
take-inside) fl_take_inside "$2" ;;
snapshot-status) fl_mind_reboot && fl_ask_snapshots "$2" ;;
snapshot-drop) fl_drop_snapshots ;;
drop-inside) fl_drop_inside ;;
drop-when-due) fl_drop_when_due ;;
drop-loop) fl_drop_loop ;;
halt) fl_halt ;;
*) fl_die "unknown verb: ${1-}" ;;
esac
