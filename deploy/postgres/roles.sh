#!/bin/sh
# At the first start of an empty volume: for each secret `database-<service>`, a role and a database of its own.
# PostgreSQL's own C.UTF-8 sorts the same on every machine, whatever its C library.
set -eu
for file in "${MAILLAGE_SECRETS_DIR:-/run/secrets}"/database-*; do
  service=${file##*/database-}
  [ "$service" != postgres ] || continue
  psql -v ON_ERROR_STOP=1 -q -U "${POSTGRES_USER:-postgres}" -d postgres \
    -v service="$service" -v password="$(cat "$file")" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service" TEMPLATE template0
  ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
