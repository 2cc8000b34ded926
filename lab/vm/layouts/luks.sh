# A data disk encrypted by LUKS, opened at boot with a key that lies on the system disk.
partition() {
  gpt "$disk1" <<SFDISK
size=1MiB, type=$BIOS_BOOT
type=L
SFDISK
  gpt "$disk2" <<SFDISK
type=L
SFDISK
}
# A function for the key that is quick to compute: the guest is emulated.
create() {
  head -c 64 /dev/urandom >/tmp/secrets.key
  cryptsetup -q luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file /tmp/secrets.key "${disk2}1"
  cryptsetup open --key-file /tmp/secrets.key "${disk2}1" secrets
}
open() {
  mkdir -p /tmp/system
  mount -o ro "${disk1}2" /tmp/system
  cryptsetup open --key-file /tmp/system/etc/keys/secrets.key "${disk2}1" secrets
  umount /tmp/system
}
close() { cryptsetup close secrets; }
filesystems() {
  cat <<TABLE
${disk1}2 ext4 root / errors=remount-ro uuid
/dev/mapper/secrets ext4 secrets /srv/secrets nofail device
TABLE
}
finish() {
  mkdir -m 700 "$1/etc/keys"
  install -m 400 /tmp/secrets.key "$1/etc/keys/secrets.key"
  echo "secrets UUID=$(uuid_of "${disk2}1") /etc/keys/secrets.key luks,nofail" >>"$1/etc/crypttab"
  echo 'known to few' >"$1/srv/secrets/plan.txt"
}
