# Root on a subvolume, /home on another, one nested, one that nobody mounts, snapshots, compression.
partition() {
  gpt "$disk1" <<SFDISK
size=1MiB, type=$BIOS_BOOT
type=L
SFDISK
}
subvolumes() {
  for name in @ @home @snapshots @archive; do btrfs -q subvolume create "$1/$name"; done
  mkdir -p "$1/@/var/lib"
  btrfs -q subvolume create "$1/@/var/lib/machines"
  echo 'in a subvolume that nobody mounts' >"$1/@archive/kept.txt"
}
filesystems() {
  cat <<TABLE
${disk1}2 btrfs root / compress=zstd:1,subvol=@ uuid
${disk1}2 btrfs root /home compress=zstd:1,subvol=@home uuid
${disk1}2 btrfs root /.snapshots subvol=@snapshots uuid
TABLE
}
finish() {
  mkdir -p "$1/var/lib/machines/guest"
  echo 'in a nested subvolume' >"$1/var/lib/machines/guest/kept.txt"
  echo 'of yesterday' >"$1/home/report.txt"
  btrfs -q subvolume snapshot -r "$1/home" "$1/.snapshots/home-yesterday"
  echo 'of today' >"$1/home/report.txt"
}
