#!/bin/sh
# Makes fleetlift's namespace and the search attributes that its jobs are found by. May be repeated.
# Reads TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE (default: default), RETENTION (default: 90d: how long what has ended is
# remembered by Temporal; result files and reports last longer).
set -eu

export TEMPORAL_NAMESPACE="${TEMPORAL_NAMESPACE:-default}"
until temporal operator cluster health >/dev/null 2>&1; do
  waited=$((${waited:-0} + 1))
  [ "$waited" -le 60 ] || {
    echo "Temporal at ${TEMPORAL_ADDRESS:-127.0.0.1:7233} does not answer" >&2
    exit 1
  }
  sleep 1
done

temporal operator namespace describe >/dev/null 2>&1 || temporal operator namespace create
temporal operator namespace update --retention "${RETENTION:-90d}" >/dev/null

known=$(temporal operator search-attribute list)
for name in FleetliftMigration FleetliftWave FleetliftServer FleetliftStatus FleetliftPhase FleetliftStep; do
  case $known in
  *"$name"*) ;;
  *) temporal operator search-attribute create --name "$name" --type Keyword ;;
  esac
done
echo "namespace $TEMPORAL_NAMESPACE is ready at ${TEMPORAL_ADDRESS:-127.0.0.1:7233}"
