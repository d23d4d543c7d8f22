"""Seating somebody in one statement, by the desk's own rules for the plain case (see `Desk.admit`).

The lock is the desk's: the seminar's row. What a statement reads while it waits for a lock is read again when
it gets it, hence seats are counted as they are then.
"""

from __future__ import annotations

from typing import cast

from maillage.db import not_at_it_elsewhere
from sqlalchemy import BigInteger, Table, bindparam, or_, select, update

from maillage_events.model import SeatPool, Seminar

_POOLS = cast(Table, SeatPool.__table__)
_SEMINAR, _POOL = Seminar.__table__.c, _POOLS.c

_open = (
    select(_SEMINAR.id)
    .where(_SEMINAR.id == bindparam("this_seminar", type_=_SEMINAR.id.type))
    .where(_SEMINAR.version == bindparam("this_version", type_=BigInteger()), not_at_it_elsewhere())
    .with_for_update()
    .cte("desk")
    .prefix_with("MATERIALIZED")
)

A_SEAT_IS_FREE = (
    or_(_POOL.capacity.is_(None), _POOL.confirmed + _POOL.offered < _POOL.capacity),
    _POOL.waitlisted == 0,
    _POOL.told_abroad.is_(None),
)
"""And nobody waits for it, here or abroad: to be had without asking the desk."""

A_FREE_SEAT = (
    update(_POOLS)
    .where(_POOL.seminar_id == _open.c.id, _POOL.workshop_id.is_(None))
    .where(*A_SEAT_IS_FREE)
    .values(confirmed=_POOL.confirmed + 1, last_place=_POOL.last_place + 1)
    .returning(_POOL.last_place.label("place"))
    .cte("seat")
)
"""Takes one seat of a seminar that is as it was seen (`this_seminar`, `this_version`), if nobody waits."""
