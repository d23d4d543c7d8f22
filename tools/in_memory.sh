#!/usr/bin/env bash
# in_memory.sh COMMAND…: runs it with its temporary files in memory, where there is room for them.
# Tests write much, wait for every byte to be on the disk, and keep nothing of it. What a failed run wrote is
# left where it is told. Set TMPDIR to have them anywhere else.
set -euo pipefail
room() {
  local free available
  free=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1) || return 1
  available=$(awk '$1 == "MemAvailable:" { print $2 }' /proc/meminfo 2>/dev/null) || return 1
  [ "${free:-0}" -gt 2000000 ] && [ "${available:-0}" -gt 6000000 ]
}
if [ -n "${TMPDIR:-}" ] || ! room; then
  exec "$@"
fi
TMPDIR=$(mktemp -d -p /dev/shm maillage-XXXXXX)
export TMPDIR
chmod 711 "$TMPDIR" # PostgreSQL goes through it as a user of its own
if "$@"; then
  rm -rf "$TMPDIR"
else
  status=$?
  echo "The temporary files of this run are in $TMPDIR" >&2
  exit "$status"
fi
