#!/bin/sh
# Before nats-server's own start: move out of its store what a kill or a power cut left half made. nats-server passes over
# a stream or a consumer without its description: of the first it is unwell at every later start, the second is lost again
# at each. What was there is kept in `set-aside`; as `maillage up` does it (deploy/embedded/maillage_embedded/broken.py).
set -eu
store=${NATS_STORE:?where nats-server keeps its streams}
for folder in "$store"/jetstream/*/streams/* "$store"/jetstream/*/streams/*/obs/*; do
  [ -d "$folder" ] || continue
  if [ -s "$folder/meta.inf" ] && [ -s "$folder/meta.sum" ]; then continue; fi
  stream=${folder##*/streams/}
  place=$store/set-aside/$(echo "$stream" | sed 's,/obs/,.,')-$(date -u +%Y%m%dT%H%M%S)
  if mkdir -p "$store/set-aside" && mv "$folder" "$place"; then
    echo "half made, and set aside: $place; run 'maillage setup', then 'maillage stream repair'" >&2
  fi
done
exec nats-server "$@"
