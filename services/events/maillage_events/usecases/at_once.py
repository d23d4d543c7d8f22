"""Registering in the plain case, as one statement: under a rush the seminar's lock is held for no round trip.

The plain case is a free seat, nobody waiting, no workshop chosen, a seminar of this region alone. Everything
else, and whatever somebody else did meanwhile, is for `register`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from maillage import clock
from maillage.auth import Principal
from maillage.db import AtOnce, FromGuard, NotAtOnce, Uuid
from maillage.events import record
from maillage.ids import new_id
from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import load_only

from maillage_events.desk.at_once import A_FREE_SEAT
from maillage_events.events import RegistrationConfirmed
from maillage_events.model import Person, Registration, SeatPool, Seminar
from maillage_events.queries import RegistrationView
from maillage_events.usecases.registrations import expect_in_network, expect_open, whom_of

_LOOK = (  # made once, so that SQLAlchemy need not look at it again to know it
    select(Seminar, SeatPool, Person)
    .join(SeatPool, (SeatPool.seminar_id == Seminar.id) & SeatPool.workshop_id.is_(None))
    .outerjoin(Person, Person.id == bindparam("whom", type_=Uuid()))
    .where(Seminar.id == bindparam("this_seminar", type_=Uuid()))
    .options(
        load_only(
            Seminar.title,
            Seminar.starts_at,
            Seminar.ends_at,
            Seminar.registration_opens_at,
            Seminar.registration_closes_at,
            Seminar.status,
            Seminar.audience,
            Seminar.version,
            raiseload=True,
        )
    )
)
_TABLE = cast(Table, Registration.__table__)
_COLUMNS = [column.name for column in _TABLE.columns if column.name != "place"]


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
    registration = Registration(
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
    once.provided(A_FREE_SEAT, this_seminar=seminar_id, this_version=seminar.version)
    values = {name: getattr(registration, name) for name in _COLUMNS}
    once.insert(_TABLE, **values, place=FromGuard("place"))
    record(once, _confirmed(registration, whom), sequence=registration.version)
    return RegistrationView(registration, seminar, person, None)


async def _look(once: AtOnce, seminar_id: UUID, whom: UUID) -> tuple[Seminar, Person | None]:
    """The seminar and the person in one read; raises NotAtOnce where seats are not to be had at once."""
    wanted = {"this_seminar": seminar_id, "whom": whom}
    found = (await once.session.execute(_LOOK, wanted)).one_or_none()
    if found is None:
        raise NotAtOnce
    seminar, pool, person = found
    if not pool.has_room or pool.waitlisted or pool.told_abroad or seminar.is_open_abroad:
        raise NotAtOnce
    return seminar, person


def _confirmed(registration: Registration, whom: UUID) -> RegistrationConfirmed:
    return RegistrationConfirmed(
        registration_id=registration.id,
        seminar_id=registration.seminar_id,
        coordinator_id=whom,
        workshop_ids=[],
        waitlisted_workshop_ids=[],
        promoted=False,
    )
