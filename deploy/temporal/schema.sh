#!/bin/sh
# Makes Temporal's two databases and brings their schemas up to this version of the server. May be repeated: before an
# upgraded server starts, its own version of this has to run.
# Reads SQL_PLUGIN SQL_HOST SQL_PORT SQL_USER SQL_PASSWORD; the schemas lie in temporal-sql-tool itself.
set -eu

for database in temporal temporal_visibility; do
  case $database in
  temporal) schema=postgresql/v12/temporal ;;
  *) schema=postgresql/v12/visibility ;;
  esac
  temporal-sql-tool --db "$database" create
  temporal-sql-tool --db "$database" setup-schema -v 0.0
  temporal-sql-tool --db "$database" update-schema --schema-name "$schema"
done
