# The disks of a machine inside a guest; read by the jobs, after `profile` and before anything else.
# A layout (layouts/NAME.sh) gives:
#   partition      partition tables
#   create         volumes, arrays, subvolumes' filesystems: what lies between partitions and filesystems
#   open, close    their activation, for a guest that comes later
#   filesystems    a line each, in the order of mounting: DEVICE TYPE LABEL MOUNTPOINT OPTIONS FSTAB
#                  FSTAB: uuid | label | device | none (not in fstab). OPTIONS: as in fstab.
#   mkfs_options TYPE LABEL   options of mkfs
#   subvolumes FOLDER LABEL   what a new btrfs gets below its top level
#   finish ROOT    what is left to do in the installed system
create() { :; }
open() { :; }
close() { :; }
finish() { :; }
mkfs_options() { :; }
subvolumes() { :; }

number=1
for letter in e f g h i j k l m; do
  eval "disk$number=/dev/vd$letter"
  number=$((number + 1))
done

gpt() { # DISK, sfdisk's lines on standard input
  { echo 'label: gpt'; cat; } | sfdisk -q "$1"
  udevadm settle
}
BIOS_BOOT=21686148-6449-6E6F-744E-656564454649
ESP=C12A7328-F81F-11D2-BA4B-00A0C93EC93B

uuid_of() { blkid -p -s UUID -o value "$1"; }

# Debian's initramfs notes a volume group as activated before it is, and may end in between; then nobody activates it.
# So the installed system asks for all groups once more.
activate_volumes() { # ROOT
  cat >"$1/etc/systemd/system/volumes.service" <<'UNIT'
[Unit]
Description=Activation of all volume groups
DefaultDependencies=no
After=systemd-udevd.service
Before=local-fs-pre.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/sbin/vgchange -aay

[Install]
WantedBy=sysinit.target
UNIT
  systemctl -q --root="$1" enable volumes.service
}

make_filesystems() {
  made=" "
  filesystems | while read -r device type label _; do
    case $made in *" $device "*) continue ;; esac
    made="$made$device "
    options=$(mkfs_options "$type" "$label")
    # shellcheck disable=SC2086
    case $type in
    ext2 | ext3 | ext4) mkfs."$type" -q -F -L "$label" $options "$device" ;;
    xfs) mkfs.xfs -q -f -L "$label" $options "$device" ;;
    vfat) mkfs.vfat -F 32 -n "$label" "$device" >/dev/null ;;
    swap) mkswap -q -L "$label" "$device" ;;
    btrfs)
      mkfs.btrfs -q -f -L "$label" $options "$device"
      mkdir -p /tmp/top
      mount -t btrfs -o subvolid=5 "$device" /tmp/top
      subvolumes /tmp/top "$label"
      umount /tmp/top
      ;;
    esac
  done
  udevadm trigger --subsystem-match=block
  udevadm settle
}

mount_filesystems() { # ROOT [OPTIONS]: with options, what has been made before
  filesystems | while read -r device type _ mountpoint options _; do
    case $mountpoint in
    /*)
      mkdir -p "$1$mountpoint"
      # What lies below a mount point is part of the server too.
      [ -n "${2:-}" ] || [ "$mountpoint" = / ] || echo "below the mount at $mountpoint" >"$1$mountpoint/below-the-mount.txt"
      mount -t "$type" -o "$options${2:+,$2}" "$device" "$1$mountpoint"
      ;;
    esac
  done
}

fstab_lines() {
  echo '# <file system> <mount point> <type> <options> <dump> <pass>'
  filesystems | while read -r device type label mountpoint options how; do
    case $how in
    uuid) first=UUID=$(uuid_of "$device") ;;
    label) first=LABEL=$label ;;
    device) first=$(device_name "$device") ;;
    *) continue ;;
    esac
    pass=2
    case $mountpoint:$type in /:*) pass=1 ;; *:swap | *:xfs | *:btrfs) pass=0 ;; esac
    echo "$first $mountpoint $type $options 0 $pass"
  done
}

# The name that an installer writes: that of volumes is the mapper's.
device_name() {
  case $1 in
  /dev/mapper/* | /dev/md/*) echo "$1" ;;
  /dev/system/*) echo "/dev/mapper/system-${1#/dev/system/}" ;;
  /dev/data/*) echo "/dev/mapper/data-${1#/dev/data/}" ;;
  *) echo "$1" ;;
  esac
}
