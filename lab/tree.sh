# Building a tree of Debian in a folder; read by base-tree.sh and vm/trees.sh, both in a mount namespace of their own.
# Wants: $tree. The mirror and its options are those of this machine's own apt.
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

# The mirror of this machine: the first deb source that has bookworm. It has the releases before and after too.
mirror() {
  apt-get indextargets --format '$(SITE) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 == "bookworm" && $3 == "main" { print $1; exit }'
}

bootstrap() { # RELEASE
  site=$(mirror)
  [ -n "$site" ] || { echo "no apt source of this machine has Debian bookworm: run apt-get update" >&2; exit 1; }
  debootstrap --variant=minbase \
    --include=systemd,systemd-sysv,dbus,udev,kmod,openssh-server,rsync,zstd,iproute2,ifupdown,acl,attr,libcap2-bin \
    "$1" "$tree" "$site" >"$tree.log" 2>&1 || { tail -n 30 "$tree.log" >&2; exit 1; }
}

apt_in_tree() {
  chroot "$tree" apt-get -qq -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io \
    -o Dpkg::Use-Pty=0 install "$@" >"$tree.log" 2>&1 || { tail -n 30 "$tree.log" >&2; exit 1; }
}

# What every server has beside the system itself.
install_server() {
  apt_in_tree linux-image-cloud-amd64 initramfs-tools grub-common grub2-common grub-pc-bin btrfs-progs xfsprogs \
    e2fsprogs isc-dhcp-client cron logrotate sudo less nano man-db procps iputils-ping curl ca-certificates
}

# A cluster of Debian's package, filled while the tree is built, so that a server starts with its rows.
install_database() {
  apt_in_tree postgresql-15
  chroot "$tree" pg_ctlcluster 15 main start
  chroot "$tree" su postgres -c 'createdb lab && psql -q -v ON_ERROR_STOP=1 lab' <<'SQL' || failed=yes
CREATE TABLE rows (id integer PRIMARY KEY, name text NOT NULL, value double precision NOT NULL);
INSERT INTO rows SELECT n, 'row ' || n, sqrt(n) FROM generate_series(1, 1000) AS n;
SQL
  chroot "$tree" pg_ctlcluster 15 main stop
  [ -z "${failed:-}" ] || exit 1
}

open_tree() {
  mount -t proc proc "$tree/proc"
  apt-config dump Acquire >"$tree/etc/apt/apt.conf.d/99lab-build"
  cp /etc/resolv.conf "$tree/etc/resolv.conf"
  printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
  chmod 755 "$tree/usr/sbin/policy-rc.d"
}

# Nothing of this machine stays: its apt options, resolver and the identities that a first boot makes.
close_tree() {
  umount "$tree/proc"
  rm -f "$tree/usr/sbin/policy-rc.d" "$tree/etc/apt/apt.conf.d/99lab-build" "$tree/etc/resolv.conf" \
    "$tree"/etc/ssh/ssh_host_* "$tree/var/lib/dbus/machine-id" "$tree/etc/hostname" "$tree.log"
  rm -rf "$tree"/var/cache/apt/*.bin "$tree"/var/cache/apt/archives/*.deb
  : >"$tree/etc/machine-id"
}
