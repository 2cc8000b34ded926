# Installs one QEMU machine on disks of its own; read by make-disks.sh, whose folder and system these are.
# Usage there: make-disks.sh FOLDER SYSTEM GUEST [ORIGINAL]: with ORIGINAL, another machine's folder, its disks are copied.
system=$2 guest=$3 original=${4:-}
work=$folder/work
rm -rf "$work"
mkdir -p "$work"
mv "$folder/desk" "$work/desk"
disks=""
while read -r file megabytes; do
  if [ -n "$original" ]; then cp --reflink=auto --sparse=always "$original/$file" "$folder/$file"
  else truncate -s "${megabytes}M" "$folder/$file"; fi
  disks="$disks $folder/$file"
done <"$folder/disks"
[ -n "$original" ] || ln -s "$system/system.tar" "$work/system.tar"
status=0
# shellcheck disable=SC2086
sh "$here/vm/run-guest.sh" "$work" "$guest" 1200 $disks || status=$?
cp "$work/guest.log" "$folder/install.log"
[ "$status" = 0 ] || exit "$status"
if [ -n "$original" ]; then cp "$original/host_keys" "$folder/host_keys.new"
else cp "$work/answer/host_keys" "$folder/host_keys.new"; fi
rm -rf "$work"
