#!/bin/sh
# Makes fleetlift's namespace and the search attributes that its jobs are found by. May be repeated.
# Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE (default: default), RETENTION (default: 90d: how long what has ended is
# remembered by Temporal; result files and reports last longer).
set -eu

export TEMPORAL_NAMESPACE="${TEMPORAL_NAMESPACE:-default}"
address=${TEMPORAL_ADDRESS:-127.0.0.1:7233}

# Runs a command until it succeeds, for a minute at most: a server may still start, and all of it knows a new namespace
# only some seconds after it was made. Leaves what the command said in $said.
patiently() {
  tries=0
  until said=$("$@" 2>&1); do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || {
      echo "Temporal at $address: $*: $said" >&2
      exit 1
    }
    sleep 1
  done
}

patiently temporal operator cluster health
patiently sh -c 'temporal operator namespace describe || temporal operator namespace create'
patiently temporal operator namespace update --retention "${RETENTION:-90d}"

patiently temporal operator search-attribute list
known=$said
for name in FleetliftMigration FleetliftWave FleetliftServer FleetliftStatus FleetliftPhase FleetliftStep; do
  case $known in
  *"$name"*) ;;
  *) patiently temporal operator search-attribute create --name "$name" --type Keyword ;;
  esac
done
echo "namespace $TEMPORAL_NAMESPACE is ready at $address"
