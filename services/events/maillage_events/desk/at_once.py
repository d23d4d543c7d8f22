"""Seating people in one statement, by the desk's own rules for the plain case (see `Desk.admit`).

The lock is the desk's: the seminar's row. What a statement reads of a row that it locks is read again when it
gets the lock, hence seats are counted as they are then, and given in the order in which people came.
"""

from __future__ import annotations

from typing import Any, cast

from maillage.db import ONE, Guard, Uuid, Values, not_at_it_elsewhere
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Table,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from maillage_events.model import Registration, SeatPool, Seminar
from maillage_events.model.registration import CANCELLED

_POOLS = cast(Table, SeatPool.__table__)
_SEMINAR, _POOL, _REGISTRATION = Seminar.__table__.c, _POOLS.c, Registration.__table__.c
_COUNTED = ("capacity", "confirmed", "offered", "waitlisted", "told_abroad", "last_place")


def a_seat_is_free(pool: Any, turn: Any = 1) -> tuple[ColumnElement[bool], ...]:
    """And nobody waits for it, here or abroad: to be had without asking the desk.

    `turn`: for the how-manieth of those who come now.
    """
    return (
        or_(pool.capacity.is_(None), pool.confirmed + pool.offered + turn <= pool.capacity),
        pool.waitlisted == 0,
        pool.told_abroad.is_(None),
    )


def _grant(asked: CTE, waits: bool) -> CTE:
    desk = (
        select(_SEMINAR.id, _SEMINAR.version)
        .where(_SEMINAR.id.in_(select(asked.c.this_seminar)))
        .with_for_update(skip_locked=not waits)
        .cte("desk")
        .prefix_with("MATERIALIZED")
    )
    pool = (
        select(_POOL.id, _POOL.seminar_id, *[_POOL[name] for name in _COUNTED])
        .where(_POOL.seminar_id.in_(select(desk.c.id)), _POOL.workshop_id.is_(None))
        .with_for_update()
        .cte("pool")
        .prefix_with("MATERIALIZED")
    )
    turn = func.row_number().over(partition_by=pool.c.id, order_by=asked.c.nr).label("turn")
    come = (
        select(asked.c.nr, turn, *pool.c)
        .join(desk, (desk.c.id == asked.c.this_seminar) & (desk.c.version == asked.c.this_version))
        .join(pool, pool.c.seminar_id == desk.c.id)
        .where(~_is_registered(asked.c), not_at_it_elsewhere(asked.c))
        .cte("come")
    )
    place = (come.c.last_place + come.c.turn).label("place")
    free = a_seat_is_free(come.c, come.c.turn)
    seated = select(come.c.nr, come.c.id.label("pool"), place).where(*free).cte("seated")
    return select(seated.c.nr, seated.c.place).add_cte(_count(seated)).cte("granted")


def _grant_alone(asked: Values, waits: bool, new: ColumnElement[bool]) -> CTE:
    desk = (
        select(_SEMINAR.id)
        .where(_SEMINAR.id == asked["this_seminar"], _SEMINAR.version == asked["this_version"])
        .with_for_update(skip_locked=not waits)
        .cte("desk")
        .prefix_with("MATERIALIZED")
    )
    return (
        update(_POOLS)
        .where(_POOL.seminar_id == select(desk.c.id).scalar_subquery(), _POOL.workshop_id.is_(None))
        .where(*a_seat_is_free(_POOL), ~_is_registered(asked), new, not_at_it_elsewhere(asked))
        .values(confirmed=_POOL.confirmed + 1, last_place=_POOL.last_place + 1)
        .returning(ONE, _POOL.last_place.label("place"))
        .cte("granted")
    )


def _is_registered(asked: Values) -> ColumnElement[bool]:
    return exists().where(
        _REGISTRATION.seminar_id == asked["this_seminar"],
        _REGISTRATION.coordinator_id == asked["whom"],
        _REGISTRATION.status != literal_column(f"'{CANCELLED}'"),  # as the index has it
    )


def _count(seated: CTE) -> CTE:
    taken = select(seated.c.pool, func.count().label("seats")).group_by(seated.c.pool).subquery("taken")
    return (
        update(_POOLS)
        .where(_POOL.id == taken.c.pool)
        .values(confirmed=_POOL.confirmed + taken.c.seats, last_place=_POOL.last_place + taken.c.seats)
        .cte("counted")
    )


A_FREE_SEAT = Guard(
    "this_seminar",
    _grant,
    _grant_alone,
    (("this_seminar", Uuid()), ("this_version", BigInteger()), ("whom", Uuid())),
)
"""A seat each of seminars that are as they were seen (`this_seminar`, `this_version`), if nobody waits."""
