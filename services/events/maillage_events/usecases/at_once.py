"""Registering in the plain case, as one statement: under a rush the seminar's lock is held for no round trip.

The plain case is a free seat, nobody waiting, no workshop chosen, a seminar of this region alone. Everything
else, and whatever somebody else did meanwhile, is for `register`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

from maillage import clock
from maillage.auth import Principal
from maillage.db import AtOnce, FromGuard, Look, NotAtOnce, Uuid
from maillage.events import record
from maillage.ids import new_id
from sqlalchemy import FromClause, Select, Table, and_, select

from maillage_events.desk.at_once import A_FREE_SEAT, a_seat_is_free
from maillage_events.events import RegistrationConfirmed
from maillage_events.model import Person, Registration, SeatPool, Seminar
from maillage_events.queries import RegistrationView
from maillage_events.usecases.registrations import expect_in_network, expect_open, whom_of

Mapped = TypeVar("Mapped", Registration, Seminar, Person)
_ABOUT_SEMINAR = (
    "id",
    "title",
    "starts_at",
    "ends_at",
    "registration_opens_at",
    "registration_closes_at",
    "status",
    "audience",
    "version",
)
_ABOUT_PERSON = ("id", "first_name", "last_name", "status", "name_reach")
_PERSON_AT = 1 + len(_ABOUT_SEMINAR)
_PERSON_TO = _PERSON_AT + len(_ABOUT_PERSON)
_POOL = SeatPool.__table__.c
_TABLE = cast(Table, Registration.__table__)
_COLUMNS = [column.name for column in _TABLE.columns if column.name != "place"]


def _known(asked: FromClause) -> Select[Any]:
    return (
        select(
            and_(*a_seat_is_free(_POOL)).label("has_free_seat"),
            *[Seminar.__table__.c[name] for name in _ABOUT_SEMINAR],
            *[Person.__table__.c[name] for name in _ABOUT_PERSON],
        )
        .select_from(asked)
        .join(Seminar, Seminar.id == asked.c.this_seminar)
        .join(SeatPool, (_POOL.seminar_id == Seminar.id) & _POOL.workshop_id.is_(None))
        .outerjoin(Person, Person.id == asked.c.whom)
    )


_LOOK = Look(_known, this_seminar=Uuid(), whom=Uuid())


async def register_at_once(
    once: AtOnce,
    seminar_id: UUID,
    caller: Principal,
    *,
    coordinator_id: UUID | None = None,
    workshop_ids: Sequence[UUID] = (),
    answers: dict[str, Any] | None = None,
) -> RegistrationView:
    """What `register` does, when it is plain. Raises NotAtOnce, and what `register` raises."""
    if workshop_ids:
        raise NotAtOnce
    whom, now = whom_of(caller, coordinator_id), clock.now()
    seminar, person = await _look(once, seminar_id, whom)
    expect_in_network(person)
    expect_open(seminar, now, caller)
    registration = _holding(
        Registration,
        id=new_id(),
        version=1,
        created_at=now,
        updated_at=now,
        seminar_id=seminar_id,
        coordinator_id=whom,
        registered_by=caller.id,
        answers=answers or {},
        registered_at=now,
    )
    registration.confirm(now)
    once.provided(A_FREE_SEAT, this_seminar=seminar_id, this_version=seminar.version, whom=whom)
    held = vars(registration)
    values = {name: held[name] for name in _COLUMNS if held.get(name) is not None}
    once.insert(_TABLE, **values, place=FromGuard("place"))
    record(once, _confirmed(registration, whom), sequence=registration.version)
    return RegistrationView(registration, seminar, person, None)


async def _look(once: AtOnce, seminar_id: UUID, whom: UUID) -> tuple[Seminar, Person | None]:
    """The seminar and the person in one read; raises NotAtOnce where seats are not to be had at once.

    Both hold what is asked of them here and no more: nothing is written by them.
    """
    row = await once.look(_LOOK, this_seminar=seminar_id, whom=whom)
    if row is None or not row.has_free_seat:
        raise NotAtOnce
    seminar = _holding(Seminar, **dict(zip(_ABOUT_SEMINAR, row[1:_PERSON_AT], strict=True)))
    if seminar.is_open_abroad:
        raise NotAtOnce
    if row[_PERSON_AT] is None:
        return seminar, None
    return seminar, _holding(Person, **dict(zip(_ABOUT_PERSON, row[_PERSON_AT:_PERSON_TO], strict=True)))


def _holding(mapped: type[Mapped], **values: Any) -> Mapped:
    """An object with these values as if it had been loaded with them: no unit of work will ever see it."""
    one = mapped()
    vars(one).update(values)
    return one


def _confirmed(registration: Registration, whom: UUID) -> RegistrationConfirmed:
    return RegistrationConfirmed(
        registration_id=registration.id,
        seminar_id=registration.seminar_id,
        coordinator_id=whom,
        workshop_ids=[],
        waitlisted_workshop_ids=[],
        promoted=False,
    )
