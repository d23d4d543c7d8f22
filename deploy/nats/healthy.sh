#!/bin/sh
# Is the bus well? One whose JetStream runs while a stream refuses every write is ended, so that it is started again:
# after a write that met a full disk nats-server refuses all further ones, also when there is room again.
at=http://127.0.0.1:8222/healthz
wget -q -O /dev/null "$at" && exit 0
# First that JetStream has come up, then that it is unwell: one that is still starting is left alone.
if wget -q -O /dev/null "$at?js-server-only=true" && wget -O /dev/null "$at" 2>&1 | grep -q ' 503'; then
  echo "a stream takes nothing: the server is started again" >&2
  kill 1
fi
exit 1
