# Attaching a lab server's disks; read by make-disks.sh and supervise.sh, both in a mount namespace of their own.
# Wants: $folder with the tables `disks` (FILE MEGABYTES) and `layout` (FILE PARTITION TYPE UUID LABEL MOUNTPOINT
# OPTIONS SUBVOLUME). Gives: $folder/partitions, the layout with the device in place of file and partition.

attach_disks() {
  loops=""
  rm -f "$folder/partitions"
  while read -r file _; do
    # -P: with it the kernel drops the partitions by itself when the loop device goes.
    loop=$(losetup -f -P --show "$folder/$file")
    loops="$loops $loop"
    # This kernel may not read partition tables by itself; where it does, the partitions are there already.
    [ -e "${loop}p1" ] || partx -a "$loop"
    while read -r of partition rest; do
      [ "$of" != "$file" ] || echo "${loop}p$partition $rest" >>"$folder/partitions"
    done <"$folder/layout"
  done <"$folder/disks"
}

# From now on each loop device goes with its last mount.
release_disks_with_last_user() {
  for loop in $loops; do losetup -d "$loop"; done
}
