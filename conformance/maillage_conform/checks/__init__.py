"""The checks, in the order in which they are read. They are made in another: those that only look come last.

envelope     the headers of every event, and what they agree with
schema       the bodies, by the published JSON Schemas; nothing personal where it may not be
identifiers  UUIDv7, stable, a sequence that grows
requests     a guest of another region asks for a seat and is answered
seats        a seminar has as many seats as it says
tolerance    what a service does not know does not disturb it
duplicates   the same event twice, one effect
order        an older event after a newer one, no effect
replay       the stream from its start again, no new effect
poison       what cannot be read neither ends, nor stops, nor heats the service
restart      killed and started again: nothing lost, nothing repeated
erasure      a person forgotten in time, with a receipt
permissions  its user may neither speak for others nor read what is not exported
"""

from __future__ import annotations

from maillage_conform.checks import (
    duplicates,
    envelope,
    erasure,
    identifiers,
    order,
    permissions,
    poison,
    replay,
    requests,
    restart,
    schema,
    seats,
    tolerance,
)
from maillage_conform.checks.base import Group

LOOKING = (envelope.GROUP, schema.GROUP, identifiers.GROUP)
ACTING = (
    requests.GROUP,
    tolerance.GROUP,
    duplicates.GROUP,
    order.GROUP,
    replay.GROUP,
    poison.GROUP,
    restart.GROUP,
    erasure.GROUP,
    permissions.GROUP,
)
GROUPS: tuple[Group, ...] = (*LOOKING, requests.GROUP, seats.GROUP, *ACTING[1:])
"""As they are read."""
MADE: tuple[Group, ...] = (*ACTING, seats.GROUP, *LOOKING)
"""As they are made: what has been provoked is looked at afterwards."""
