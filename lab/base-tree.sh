#!/bin/sh
# Builds the tree that lab servers are copied from: a plain Debian 12 server with kernel, GRUB tools and sshd.
# Usage: base-tree.sh server TREE | base-tree.sh database TREE SERVER_TREE
# It runs in a mount namespace of its own (unshare -m), so that a killed build leaves no mount.
set -eu
kind=$1 tree=$2
. "$(dirname "$(readlink -f "$0")")/tree.sh"

build_server() {
  bootstrap bookworm
  open_tree
  install_server
  close_tree
}

build_database() {
  cp -a --reflink=auto "$3/." "$tree"
  open_tree
  install_database
  apt_in_tree netplan.io
  close_tree
}

mkdir -p "$tree"
case $kind in
server) build_server ;;
database) build_database "$@" ;;
*) echo "unknown kind of tree: $kind" >&2; exit 2 ;;
esac
