#!/bin/sh
# Before PostgreSQL's own start: read the superuser's password, and refuse the demo's in production.
set -eu
secrets=${MAILLAGE_SECRETS_DIR:-/run/secrets}
for file in "$secrets"/database-*; do
  value=$(cat "$file")
  if [ "${MAILLAGE_ENVIRONMENT:-}" = production ]; then
    case $value in
      "") echo "${file##*/} est vide (is empty) : faites les vôtres avec « maillage secrets DOSSIER »" >&2; exit 1 ;;
      demo-*) echo "${file##*/} est celui de la démonstration (is the demo's) : faites les vôtres avec « maillage secrets DOSSIER »" >&2; exit 1 ;;
    esac
  fi
done
POSTGRES_PASSWORD=$(cat "$secrets/database-postgres")
export POSTGRES_PASSWORD
exec docker-entrypoint.sh "$@"
