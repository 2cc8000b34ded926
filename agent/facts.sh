# fleetlift agent, part 2: facts. POSIX sh; runs under dash, busybox sh and bash.
#
# fl_facts prints one JSON object: {"protocol":1,"files":{PATH:BASE64},"commands":{NAME:{"exit":N,"out":BASE64}}}.
# It holds raw evidence only; what it means is decided on our side. A file that cannot be read is left out, a tool that
# is missing has exit 127, one whose output was cut 141. Nothing on the source is changed. Since all values are base64
# and all names are made here of [A-Za-z0-9 ._:!/-], nothing needs to be escaped.

FL_FACTS_PIECE=262144
# The same in base64.
FL_FACTS_ENCODED=349528
# Of base64, all pieces together; what comes after has exit 141 and no output.
FL_FACTS_TOTAL=2000000

fl_facts() {
  # Tools of administrators are not on the PATH of every login.
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin
  LC_ALL=C
  export PATH LC_ALL
  fl_facts_left=$FL_FACTS_TOTAL
  fl_facts_comma=
  fl_facts_limit=
  # Old versions of busybox have another syntax; there nothing is limited.
  if timeout 5 true 2>/dev/null; then fl_facts_limit='timeout 5'; fi

  printf '{"protocol":1,"files":{'
  for fl_facts_path in /proc/self/mountinfo /etc/fstab /etc/os-release /usr/lib/os-release /etc/machine-id /etc/timezone \
    /proc/swaps /proc/cmdline /proc/meminfo /sys/fs/selinux/enforce \
    /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c; do
    fl_facts_file "$fl_facts_path"
  done
  printf '},"commands":{'
  fl_facts_comma=
  fl_facts_run date-start date '+%s.%N'
  fl_facts_system
  fl_facts_storage
  fl_facts_filesystems
  fl_facts_boot
  fl_facts_services
  fl_facts_network
  fl_facts_run date-end date '+%s.%N'
  printf '}}\n'
}

# fl_facts_run NAME COMMAND…: one entry of "commands". The exit is put behind the output and a colon, which base64 doesn't
# have, and looked for from the end only: some shells take seconds for a search through a large variable. What the
# encoder prints is cut as well, should it be as broken as the command.
fl_facts_run() {
  fl_facts_name=$1
  shift
  fl_facts_all=$(
    {
      fl_facts_exit=$(
        {
          {
            "$@" </dev/null 2>/dev/null 3>&- 4>&-
            printf %s "$?" >&3
          } | head -c "$FL_FACTS_PIECE" | base64 | tr -d '\n' | head -c "$FL_FACTS_ENCODED" >&4
        } 3>&1
      )
      # Empty: the command was ended by the cut at the largest size, before it could tell.
      printf ':%s' "${fl_facts_exit:-141}"
    } 4>&1
  )
  fl_facts_exit=${fl_facts_all##*:}
  fl_facts_out=${fl_facts_all%:*}
  # What does not fit is told as cut, since nothing at all would read as a tool that is not there.
  fl_facts_fits "$fl_facts_out" || { fl_facts_exit=141 fl_facts_out=; }
  printf '%s"%s":{"exit":%s,"out":"%s"}' "$fl_facts_comma" "$fl_facts_name" "$fl_facts_exit" "$fl_facts_out"
  fl_facts_comma=,
}

fl_facts_file() { # PATH
  [ -f "$1" ] && [ -r "$1" ] || return 0
  fl_facts_out=$(head -c "$FL_FACTS_PIECE" "$1" 2>/dev/null | base64 | tr -d '\n' | head -c "$FL_FACTS_ENCODED")
  fl_facts_fits "$fl_facts_out" || return 0
  printf '%s"%s":"%s"' "$fl_facts_comma" "$1" "$fl_facts_out"
  fl_facts_comma=,
}

fl_facts_fits() { # BASE64
  [ "${#1}" -le "$fl_facts_left" ] || return 1
  fl_facts_left=$((fl_facts_left - ${#1}))
}

# A tool that hangs (a dead disk, a broken service) must not hang the facts.
fl_facts_limited() {
  command -v "$1" >/dev/null 2>&1 || return 127
  # shellcheck disable=SC2086
  $fl_facts_limit "$@"
}

fl_facts_tool() { # NAME COMMAND…
  fl_facts_tool_name=$1
  shift
  fl_facts_run "$fl_facts_tool_name" fl_facts_limited "$@"
}

fl_facts_both() { # COMMAND…, with its messages as output
  fl_facts_limited "$@" 2>&1
}

fl_facts_system() {
  fl_facts_run uid id -u
  fl_facts_run release uname -r
  fl_facts_run machine uname -m
  fl_facts_run hostname uname -n
  fl_facts_run localtime readlink -f /etc/localtime
  fl_facts_run tools fl_facts_installed
  fl_facts_tool rsync rsync --version
  fl_facts_run ssh fl_facts_both ssh -V
  fl_facts_tool getenforce getenforce
  # The nearest folder that exists: the agent's own folder is made below it.
  fl_facts_run 'statfs agent' fl_facts_statfs /var/lib
}

fl_facts_installed() {
  for fl_tool in unshare setsid mkinitramfs dracut cloud-init netplan ifup; do
    command -v "$fl_tool" >/dev/null 2>&1 && echo "$fl_tool"
  done
  [ ! -e /etc/cloud/cloud.cfg ] || echo cloud-init
}

# Block size, blocks, free blocks, blocks free to users, inodes, free inodes.
fl_facts_statfs() {
  fl_facts_limited stat -f -c '%S %b %f %a %c %d' "$1"
}

fl_facts_storage() {
  fl_facts_run blocks fl_facts_blocks
  for fl_block in /sys/class/block/*; do
    fl_block=${fl_block##*/}
    fl_facts_plain "$fl_block" || continue
    fl_facts_node "$fl_block" || continue
    # Not a loop device without a file, nor a drive without a disc.
    fl_facts_line "/sys/class/block/$fl_block/size"
    [ "$fl_line" != 0 ] || continue
    fl_facts_tool "blkid $fl_block" blkid -p -o export "$fl_node"
  done
  fl_facts_run swaps fl_facts_swaps
  # Only where a volume is active: LVM looks at every disk.
  grep -qs '^LVM-' /sys/class/block/*/dm/uuid || return 0
  fl_facts_run vgs fl_facts_groups
  fl_facts_run lvs fl_facts_volumes
}

# Name, attributes, bytes of an extent, free extents.
fl_facts_groups() {
  fl_facts_limited vgs --noheadings --nosuffix --units b --separator '|' -o vg_name,vg_attr,vg_extent_size,vg_free_count
}

# Volume group, name, attributes.
fl_facts_volumes() {
  fl_facts_limited lvs --noheadings --separator '|' -o vg_name,lv_name,lv_attr
}

# A name that needs no escape in JSON.
fl_facts_plain() {
  case $1 in
  '' | *[!A-Za-z0-9._:!-]*) return 1 ;;
  esac
}

# Sets fl_line to the first line of a file; to nothing where there is none. Without a process: a server has hundreds of
# such files, and on one that is under load each process takes its time.
fl_facts_line() { # FILE
  fl_line=
  { IFS= read -r fl_line <"$1"; } 2>/dev/null || :
}

# Adds the first line of a file to fl_row, as one more column.
fl_facts_add() { # FILE
  fl_facts_line "$1"
  fl_row="$fl_row|$fl_line"
}

# Sets fl_node to the node of a block device by the name it has in /sys, where there is one.
fl_facts_node() {
  case $1 in
  *!*) fl_node=/dev/$(printf %s "$1" | tr '!' /) ;;
  *) fl_node=/dev/$1 ;;
  esac
  [ -b "$fl_node" ] && return 0
  fl_facts_line "/sys/class/block/$1/dm/name"
  [ -n "$fl_line" ] || return 1
  fl_node=/dev/mapper/$fl_line
  [ -b "$fl_node" ]
}

# Sets fl_transport to iscsi for the path in /sys of such a device: it goes through a session of an iSCSI host.
fl_facts_transport() { # PATH
  case $1 in
  */session[0-9]*/*) fl_transport=iscsi ;;
  *) fl_transport= ;;
  esac
}

# One line a block device: name, maj:min, sectors of 512 bytes, partition number, whole disk of a partition, devices
# below it, device-mapper name and uuid, md level, node, whether its content is a file that is seen here, and whether it
# is reached by iSCSI.
fl_facts_blocks() {
  for fl_sys in /sys/class/block/*; do
    fl_block=${fl_sys##*/}
    fl_facts_plain "$fl_block" || continue
    fl_link=$(readlink -f "$fl_sys")
    fl_facts_transport "$fl_link"
    fl_facts_line "$fl_sys/partition"
    fl_part=$fl_line
    fl_parent=
    if [ -n "$fl_part" ]; then
      fl_parent=${fl_link%/*}
      fl_parent=${fl_parent##*/}
    fi
    fl_slaves=
    for fl_slave in "$fl_sys"/slaves/*; do
      [ ! -e "$fl_slave" ] || fl_slaves=$fl_slaves${fl_slaves:+,}${fl_slave##*/}
    done
    fl_facts_node "$fl_block" || fl_node=
    fl_facts_line "$fl_sys/loop/backing_file"
    if [ -n "$fl_line" ] && [ -e "$fl_line" ]; then fl_backing=file; else fl_backing=; fi
    fl_row=$fl_block
    fl_facts_add "$fl_sys/dev"
    fl_facts_add "$fl_sys/size"
    fl_row="$fl_row|$fl_part|$fl_parent|$fl_slaves"
    fl_facts_add "$fl_sys/dm/name"
    fl_facts_add "$fl_sys/dm/uuid"
    fl_facts_add "$fl_sys/md/level"
    printf '%s|%s|%s|%s\n' "$fl_row" "$fl_node" "$fl_backing" "$fl_transport"
  done
}

# For every swap in use, and every one that fstab names by its path: `swap block 0 PATH` or `swap file BYTES PATH`, then
# what blkid finds. One that is off now may still be what `resume=` waits for.
fl_facts_swaps() {
  {
    sed -n '2,$s/[[:space:]].*//p' /proc/swaps
    awk '$1 ~ /^\// && $3 == "swap" { print $1 }' /etc/fstab
  } 2>/dev/null | sort -u | head -n 64 | while read -r fl_path; do
    fl_path=$(readlink -f "$(fl_facts_unescape "$fl_path")") || continue
    if [ -b "$fl_path" ]; then
      printf 'swap block 0 %s\n' "$fl_path"
    elif [ -f "$fl_path" ]; then
      printf 'swap file %s %s\n' "$(stat -c %s "$fl_path")" "$fl_path"
    else
      continue
    fi
    fl_facts_limited blkid -p -o export "$fl_path"
  done
}

# Space and features of every mount that stands on a block device.
fl_facts_filesystems() {
  fl_facts_run mounts fl_facts_mounts
  # Not a pipe: fl_facts_run counts what it printed.
  fl_mounts=$(fl_facts_block_mounts)
  fl_seen=' '
  while read -r fl_id fl_dev fl_type fl_source fl_point; do
    [ -n "$fl_id" ] || continue
    fl_point=$(fl_facts_unescape "$fl_point")
    fl_facts_run "statfs $fl_id" fl_facts_statfs "$fl_point"
    fl_facts_block_of "$fl_dev" "$(fl_facts_unescape "$fl_source")"
    fl_facts_plain "$fl_block" || continue
    case $fl_seen in
    *" $fl_block "*) continue ;;
    esac
    fl_seen="$fl_seen$fl_block "
    fl_facts_node "$fl_block" || continue
    case $fl_type in
    ext2 | ext3 | ext4) fl_facts_tool "dumpe2fs $fl_block" dumpe2fs -h "$fl_node" ;;
    xfs) fl_facts_tool "xfs_info $fl_block" xfs_info "$fl_point" ;;
    btrfs)
      fl_facts_tool "btrfs-super $fl_block" btrfs inspect-internal dump-super -f "$fl_node"
      fl_facts_tool "btrfs-list $fl_block" btrfs subvolume list "$fl_point"
      fl_facts_tool "btrfs-list-ro $fl_block" btrfs subvolume list -r "$fl_point"
      fl_facts_tool "btrfs-default $fl_block" btrfs subvolume get-default "$fl_point"
      fl_facts_tool "btrfs-rootid $fl_block" btrfs inspect-internal rootid "$fl_point"
      fl_facts_run "btrfs-quota $fl_block" fl_facts_quota "$fl_point"
      ;;
    esac
  done <<FL_MOUNTS
$fl_mounts
FL_MOUNTS
}

# Whether a btrfs counts what each of its subvolumes holds: its list of that may be long, and is not needed.
fl_facts_quota() {
  fl_facts_limited btrfs qgroup show "$1" >/dev/null && echo on
}

# Lines `ID MAJ:MIN TYPE SOURCE MOUNTPOINT`, as escaped as the kernel writes them.
fl_facts_block_mounts() {
  awk '{
    for (i = 7; i <= NF && $i != "-"; i++);
    if ($(i + 2) ~ /^\/dev\// && $(i + 1) !~ /^(tmpfs|devtmpfs|squashfs|iso9660|udf|erofs|cramfs|fuse|fuseblk|overlay)$/)
      print $1, $3, $(i + 1), $(i + 2), $5
  }' /proc/self/mountinfo 2>/dev/null | head -n 400
}

# One line a mount on a block device: id, name of the device in /sys, and its node if the mount's source is none.
fl_facts_mounts() {
  fl_facts_block_mounts | while read -r fl_id fl_dev fl_type fl_source fl_point; do
    fl_source=$(fl_facts_unescape "$fl_source")
    fl_facts_block_of "$fl_dev" "$fl_source"
    fl_state=gone
    [ ! -b "$fl_source" ] || fl_state=node
    printf '%s %s %s\n' "$fl_id" "$fl_block" "$fl_state"
  done
}

# Sets fl_block to a device's name in /sys. The numbers of btrfs are not those of a device.
fl_facts_block_of() { # MAJ:MIN SOURCE
  case $1 in
  0:*) fl_block=$(readlink -f "$2") ;;
  *) fl_block=$(readlink -f "/sys/dev/block/$1") ;;
  esac
  fl_block=${fl_block##*/}
}

fl_facts_unescape() {
  case $1 in
  *\\*) printf '%b' "$(printf '%s' "$1" | sed 's/\\\([0-7]\)/\\0\1/g')" ;;
  *) printf '%s' "$1" ;;
  esac
}

fl_facts_boot() {
  fl_facts_run efi test -d /sys/firmware/efi
  fl_facts_run boot ls -1 /boot
  fl_facts_run grub fl_facts_grub
  fl_facts_run esp fl_facts_esp
  fl_facts_run kernel-config grep -HE '^CONFIG_VIRTIO(_BLK|_PCI|_NET|_MMIO)?=|^CONFIG_SCSI_VIRTIO=' /boot/config-* /dev/null
  fl_facts_run kernel-modules fl_facts_kernel_modules
  # Listing an initramfs takes seconds: the kernel that runs, and the newest.
  fl_running=$(uname -r)
  fl_newest=$(ls -1 /boot 2>/dev/null | sed -n 's/^vmlinuz-//p' | grep -v '^0-rescue' | fl_facts_newest)
  for fl_release in "$fl_running" "$fl_newest"; do
    # Debian 13 has a plus in it; nothing here needs an escape in JSON.
    case $fl_release in
    '' | *[!A-Za-z0-9._+~-]*) continue ;;
    esac
    [ "$fl_release" != "$fl_newest" ] || fl_newest=
    for fl_initrd in "/boot/initrd.img-$fl_release" "/boot/initramfs-$fl_release.img" "/boot/initrd-$fl_release"; do
      [ -f "$fl_initrd" ] || continue
      fl_facts_run "initrd $fl_release" fl_facts_initrd "$fl_initrd"
      break
    done
  done
}

# Programs in the EFI system partition, by paths below it.
fl_facts_esp() {
  for fl_point in /boot/efi /efi /boot/EFI; do
    [ -d "$fl_point/EFI" ] || continue
    (cd "$fl_point" && fl_facts_limited find EFI -type f) | grep -i '\.efi$' | sort | head -n 500
    return 0
  done
  return 127
}

fl_facts_newest() {
  { sort -V 2>/dev/null || sort; } | tail -n 1
}

fl_facts_grub() {
  for fl_tool in grub-install grub2-install; do
    command -v "$fl_tool" >/dev/null 2>&1 || continue
    fl_facts_both "$fl_tool" --version
    return
  done
  [ -e /boot/grub/stage2 ] && echo 'GNU GRUB 0.97' && return
  return 127
}

# Lines `RELEASE MODULE` of which modules of those lie beside each kernel; a leading `=` says built in.
fl_facts_kernel_modules() {
  for fl_modules in /lib/modules/*; do
    sed 's/:.*//' "$fl_modules/modules.dep" 2>/dev/null | fl_facts_modules | sed "s|^|${fl_modules##*/} |"
    cat "$fl_modules/modules.builtin" 2>/dev/null | fl_facts_modules | sed "s|^|${fl_modules##*/} =|"
  done
}

# Prints which files of a list are modules of virtio, or of the disks of Hyper-V and VMware, or the one without which volumes
# that have snapshots stay off.
fl_facts_modules() {
  sed -n -e 's|.*/\(virtio[a-z_]*\)\.ko.*|\1|p' -e 's|.*/\(dm-snapshot\)\.ko.*|\1|p' \
    -e 's|.*/\(hv_storvsc\)\.ko.*|\1|p' -e 's|.*/\(vmw_pvscsi\)\.ko.*|\1|p' -e 's|.*/\(mptspi\)\.ko.*|\1|p'
}

# What in an initramfs has a boot wait for volumes of this machine: kernel parameters and hooks of dracut, settings of
# initramfs-tools, a crypttab.
FL_FACTS_WAITS='(^|[ /])(etc/cmdline\.d/[^ ]|etc/crypttab$|cryptroot/crypttab$|conf/conf\.d/[^ ])|/devexists-'

# Those modules in an initramfs, and how its listing tells of files of that kind; exit 127 where no tool can list it,
# 1 where the listing failed.
fl_facts_initrd() {
  # A large one takes its time; this runs in a subshell, so that the limit of the others stays.
  fl_facts_limit=${fl_facts_limit:+timeout 30}
  for fl_tool in lsinitramfs lsinitrd; do
    command -v "$fl_tool" >/dev/null 2>&1 || continue
    # With sizes, which the other one always tells.
    fl_long=
    [ "$fl_tool" != lsinitramfs ] || fl_long=-l
    # shellcheck disable=SC2086
    fl_list=$(fl_facts_limited "$fl_tool" $fl_long "$1" 2>/dev/null) || return 1
    [ -n "$fl_list" ] || return 1
    printf '%s\n' "$fl_list" | fl_facts_modules | sort -u
    printf '%s\n' "$fl_list" | grep -E "$FL_FACTS_WAITS" | head -n 100
    return 0
  done
  return 127
}

fl_facts_services() {
  fl_facts_tool units systemctl list-units --type=service --state=active --no-legend --no-pager --plain --full
  fl_facts_tool failed-units systemctl list-units --state=failed --no-legend --no-pager --plain --full
  fl_facts_tool system-state systemctl is-system-running
}

fl_facts_network() {
  fl_facts_run links fl_facts_links
  fl_facts_tool ip-links ip -o link show
  fl_facts_tool addresses ip -o addr show
  fl_facts_run listeners fl_facts_listeners
  fl_facts_run enabled fl_facts_enabled
  fl_facts_run network-files fl_facts_network_files
  fl_facts_run ifupdown fl_facts_ifupdown
  fl_facts_run static fl_facts_static
  fl_facts_run hosts fl_facts_hosts
  fl_facts_run immutable fl_facts_immutable
}

# Lines of network configuration that give an address, each file's after `file PATH`. Only those: passwords stand in such
# files too.
fl_facts_static() {
  for fl_path in /etc/network/interfaces /etc/network/interfaces.d/* /etc/netplan/*.yaml /etc/systemd/network/*.network \
    /etc/NetworkManager/system-connections/* /etc/sysconfig/network-scripts/ifcfg-* /etc/sysconfig/network/ifcfg-*; do
    [ -f "$fl_path" ] || continue
    printf 'file %s\n' "$fl_path"
    grep -iE '^[[:space:]]*(address[0-9]*[[:space:]=]|addresses:|ipaddr[0-9_]*=|-[[:space:]]*["'\'']?[0-9a-f.:]+/[0-9]+)' "$fl_path"
  done
  return 0
}

# Hosts of package mirrors, time servers and name servers, each file's after `file PATH`. Hosts alone: a mirror's address
# may have a password in it. A resolv.conf that a program writes is written anew elsewhere.
fl_facts_hosts() {
  for fl_path in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources \
    /etc/yum.repos.d/*.repo /etc/zypp/repos.d/*.repo /etc/chrony.conf /etc/chrony/chrony.conf \
    /etc/chrony/*/*.sources /etc/chrony/*/*.conf /etc/ntp.conf /etc/systemd/timesyncd.conf /etc/resolv.conf; do
    [ -f "$fl_path" ] || continue
    if [ "$fl_path" = /etc/resolv.conf ]; then
      ! grep -qiE 'generated|managed|networkmanager|dhclient|resolv(conf|ed)' "$fl_path" || continue
    fi
    printf 'file %s\n' "$fl_path"
    fl_word='[[:space:]]\{1,\}\([^[:space:]]*\).*'
    sed -n -e '/^[[:space:]]*[#!]/d' -e 's|^.*://\([^/@[:space:]]*@\)\{0,1\}\([A-Za-z0-9.-]*\).*|\2|p' \
      -e "s/^[[:space:]]*server$fl_word/\\1/p" -e "s/^[[:space:]]*pool$fl_word/\\1/p" \
      -e "s/^[[:space:]]*peer$fl_word/\\1/p" -e "s/^[[:space:]]*nameserver$fl_word/\\1/p" \
      -e 's/^NTP=//p' "$fl_path" | sort -u | head -n 50
  done
  return 0
}

# Files with chattr +i or +a where hardening puts them: a home folder alone may hold more files than there is time for.
fl_facts_immutable() {
  {
    fl_facts_limited lsattr -aR /etc
    fl_facts_limited lsattr -a /root /boot /usr/bin /usr/sbin
  } 2>/dev/null |
    sed -n 's|^[^ /]*[ia][^ /]* *\(/.*\)$|\1|p' | grep -v '/\.\.\{0,1\}$' | head -n 100
  return 0
}

# One line an interface of /sys: name, kind of hardware, whether hardware stands behind it, whether it is made of others,
# its address, and for a bond's part the address it has by itself.
fl_facts_links() {
  for fl_sys in /sys/class/net/*; do
    [ -e "$fl_sys/address" ] || continue
    fl_hardware=virtual
    [ ! -e "$fl_sys/device" ] || fl_hardware=device
    fl_made=single
    if [ -d "$fl_sys/bridge" ] || [ -d "$fl_sys/bonding" ] || [ -e "$fl_sys/tun_flags" ] || [ -e "$fl_sys/brport" ]; then
      fl_made=made
    fi
    fl_row=${fl_sys##*/}
    fl_facts_add "$fl_sys/type"
    fl_row="$fl_row|$fl_hardware|$fl_made"
    fl_facts_add "$fl_sys/address"
    fl_facts_add "$fl_sys/bonding_slave/perm_hwaddr"
    printf '%s\n' "$fl_row"
  done
}

fl_facts_listeners() {
  # State 0A is LISTEN; a busy server has tens of thousands of others.
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" { print $2 }'
}

fl_facts_enabled() {
  for fl_unit in systemd-networkd NetworkManager networking network wicked; do
    printf '%s %s\n' "$fl_unit" "$(fl_facts_limited systemctl is-enabled "$fl_unit.service" 2>/dev/null | head -n 1)"
  done
}

fl_facts_network_files() {
  for fl_path in /etc/systemd/network/*.network /run/systemd/network/*.network /etc/netplan/*.yaml \
    /etc/NetworkManager/system-connections/* /etc/sysconfig/network-scripts/ifcfg-* /etc/sysconfig/network/ifcfg-*; do
    [ ! -f "$fl_path" ] || printf '%s\n' "$fl_path"
  done
}

fl_facts_ifupdown() {
  cat /etc/network/interfaces /etc/network/interfaces.d/* 2>/dev/null | grep -E '^[[:space:]]*iface[[:space:]]'
}
