# fleetlift agent, part 3: an initramfs for the image alone, with virtio drivers, that knows of no LVM, RAID or LUKS volume:
# in the image all of them are plain partitions. /boot, /etc and /var/tmp of the server are only read: all that is written
# lies in
#   build/      a copy of the configuration, what mkinitramfs or dracut unpack, the supervisor's pid
#   initramfs/  the finished file and nothing else: a pass sends this folder

# The relay's room for it, less what a filesystem takes for itself.
FL_INITRAMFS_MOST=$((480 * 1024 * 1024))

# Builds it for a kernel, or takes the one that was built for it before, so that passes and their repetitions see the
# same file. Prints its path, then what fl_facts_initrd tells of it.
fl_initramfs() {
  case $1 in
  '' | .* | -* | *[!A-Za-z0-9._+~-]*) fl_die "not a kernel release: $1" ;;
  esac
  fl_image=$fl_dir/initramfs/initrd.img
  if ! [ -s "$fl_image" ] || [ "$(cat "$fl_dir/build/release" 2>/dev/null)" != "$1" ]; then
    # One whose connection broke may still be at it. It is found as the processes of a pass are.
    fl_pass=$fl_dir/build
    fl_end_members
    rm -rf "$fl_pass" "$fl_dir/initramfs"
    mkdir "$fl_pass" "$fl_pass/tmp" "$fl_dir/initramfs" || fl_die "cannot make $fl_pass"
    fl_unshare_words
    # shellcheck disable=SC2086
    FLEETLIFT_PASS=$fl_pass setsid $fl_unshare sh "$fl_dir/agent.sh" build-initramfs "$1" </dev/null >"$fl_pass/log" 2>&1 &
    wait $! || fl_die "no initramfs was built: $(tail -c 700 "$fl_pass/log")"
  fi
  echo "$fl_image"
  cat "$fl_dir/build/listing" 2>/dev/null
  return 0
}

fl_build_initramfs() {
  fl_pass=$fl_dir/build
  fl_process $$
  printf '%s %s\n' $$ "$fl_ticks" >"$fl_pass/pid" || exit 1
  # Not the server's /var/tmp, where what a killed build unpacked would stay.
  TMPDIR=$fl_pass/tmp
  export TMPDIR
  fl_new=$fl_pass/initrd.img
  fl_hide /etc/crypttab
  if command -v dracut >/dev/null; then
    fl_dracut "$1" || exit 1
  elif command -v mkinitramfs >/dev/null; then
    cp -r /etc/initramfs-tools "$fl_pass/conf" && mkdir -p "$fl_pass/conf/conf.d" || exit 1
    # What an operator has written for the old disks.
    rm -f "$fl_pass/conf/conf.d/resume" "$fl_pass/conf/conf.d/cryptroot" || exit 1
    # The last one counts, whatever the server's own files say.
    printf 'MODULES=most\nRESUME=none\n' >"$fl_pass/conf/conf.d/zz-fleetlift" || exit 1
    mkinitramfs -d "$fl_pass/conf" -o "$fl_new" "$1" || exit 1
  else
    fl_die "neither mkinitramfs nor dracut is installed"
  fi
  fl_has_virtio "$1" || fl_die "what was built has no virtio drivers either"
  [ "$(wc -c <"$fl_new")" -le $FL_INITRAMFS_MOST ] || fl_die "what was built is larger than $FL_INITRAMFS_MOST bytes"
  rm -rf "$TMPDIR" "$fl_pass/conf"
  mv -f "$fl_new" "$fl_dir/initramfs/initrd.img" && echo "$1" >"$fl_pass/release"
}

# An initramfs for any machine, with none of the kernel parameters that dracut makes of this one's disks. What it does not
# know would end it, and old versions know less.
fl_dracut() { # RELEASE
  fl_known=$(dracut --help 2>&1)
  set -- "$fl_new" "$1"
  for fl_option in --no-hostonly --no-hostonly-cmdline; do
    case $fl_known in *"$fl_option"*) set -- "$fl_option" "$@" ;; esac
  done
  case $fl_known in *--tmpdir*) set -- --tmpdir "$TMPDIR" "$@" ;; esac
  dracut --force --add-drivers 'virtio_pci virtio_blk virtio_scsi virtio_net' \
    --omit 'lvm mdraid dmraid crypt multipath' "$@"
}

# Has the tools below see an empty file in the place of one of the server's. Only they do: this is a mount namespace of
# our own.
fl_hide() { # PATH
  mount --make-rslave / || exit 1
  [ -e "$1" ] || return 0
  : >"$fl_pass/empty" && mount --bind "$fl_pass/empty" "$1" || exit 1
}

# Whether the new initramfs, or the kernel itself, has a driver for virtio's disks. Believed where nothing can list it.
fl_has_virtio() {
  (fl_facts_initrd "$fl_new") >"$fl_pass/listing" || return 0
  {
    cat "$fl_pass/listing"
    fl_facts_kernel_modules | sed -n "s/^$1 =//p"
  } | grep -qxE 'virtio_(blk|scsi)'
}

