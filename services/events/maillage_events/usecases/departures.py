"""A person leaves her post or the network, or asks to be erased."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.auth import ends_tokens
from maillage.db import lock_row
from maillage.events import forget, record
from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_events.desk import Desk
from maillage_events.events import ErasureConfirmed
from maillage_events.model import (
    Attendance,
    Base,
    Erasure,
    GuestRequest,
    Person,
    Post,
    Registration,
    Seminar,
    Suggestion,
    Workshop,
)
from maillage_events.model.network import LEFT
from maillage_events.model.registration import CANCELLED
from maillage_events.usecases.visiting import standing, withdraw

# What stands in a text where a name was.
BLANK = "…"


async def leave_network(session: AsyncSession, coordinator_id: UUID) -> None:
    """She has left: her seats go on to those who wait.

    Two events say so, her departure and the end of her last post, and either may be the later to come. An end
    alone does not: the post that she moves to may only be told of afterwards. Nor does a departure that is
    told when she is back.
    """
    await session.flush()
    person = await session.get(Person, coordinator_id)
    held = exists().where(Post.coordinator_id == coordinator_id, Post.ended_on.is_(None))
    if person is not None and person.status == LEFT and not await session.scalar(select(held)):
        await withdraw_from_future_seminars(session, coordinator_id, "position-ended")


async def withdraw_from_future_seminars(session: AsyncSession, coordinator_id: UUID, reason: str) -> None:
    """Cancel what she is registered for and has not begun; what comes free goes to the next in order.

    What she asked other regions for is withdrawn with it.
    """
    future = (
        select(Registration.id, Registration.seminar_id)
        .join(Seminar, Seminar.id == Registration.seminar_id)
        .where(Registration.coordinator_id == coordinator_id, Registration.status != CANCELLED)
        .where(Seminar.starts_at > clock.now())
        .order_by(Registration.seminar_id)
    )
    for registration_id, seminar_id in (await session.execute(future)).all():
        desk = await Desk.open(session, seminar_id)
        registration = await desk.registration(registration_id)
        if registration.is_active:
            desk.cancel(registration, reason)
            await desk.settle()
            await desk.close()
    for asked in await standing(session, coordinator_id=coordinator_id):
        await withdraw(session, asked, reason)


async def erase_person(
    session: AsyncSession, coordinator_id: UUID, erasure_id: UUID, region: str | None = None
) -> None:
    """Leave nothing that names her: seats freed, registrations and presences kept as counts, texts blanked.

    A tombstone with her id stays, so that late news of her is not taken for a new person. It is confirmed
    when the database's files are clean too (`confirm_erasure`). Doing it again finds nothing to erase.
    `region` is hers when it is another one.
    """
    await withdraw_from_future_seminars(session, coordinator_id, "erased")
    person = await session.get(Person, coordinator_id)
    if person is None:
        person = Person(id=coordinator_id, sequence=0, region=region)
        session.add(person)
    name = person.full_name
    counts = {
        "registrations": await _anonymise_registrations(session, coordinator_id),
        "attendances": await _anonymise_attendances(session, coordinator_id),
        "suggestions": await _delete_suggestions(session, coordinator_id),
        "texts": await _blank_texts(session, coordinator_id, name),
    }
    await session.execute(delete(Post).where(Post.coordinator_id == coordinator_id))
    counts["guest_requests"] = await _anonymise_requests(session, coordinator_id)
    person.erase()
    await session.flush()
    await forget(session, Base, coordinator_id, needles=[name])
    ends_tokens(session)
    if await session.get(Erasure, erasure_id) is None:
        erased_at = clock.now()
        session.add(Erasure(id=erasure_id, coordinator_id=coordinator_id, counts=counts, erased_at=erased_at))


async def confirm_erasure(session: AsyncSession, erasure_id: UUID) -> None:
    """Tell the directory that this service has erased its copy; once."""
    erasure = await lock_row(session, Erasure, erasure_id)
    if erasure.confirmed_at is not None:
        return
    erasure.confirmed_at = clock.now()
    record(
        session,
        ErasureConfirmed(
            coordinator_id=erasure.coordinator_id,
            erasure_id=erasure.id,
            erased_at=erasure.erased_at,
            counts=erasure.counts,
        ),
    )


async def _anonymise_registrations(session: AsyncSession, coordinator_id: UUID) -> int:
    hers = (
        await session.scalars(select(Registration).where(Registration.coordinator_id == coordinator_id))
    ).all()
    for registration in hers:
        registration.anonymise()
    await session.execute(
        update(Registration).where(Registration.registered_by == coordinator_id).values(registered_by=None)
    )
    return len(hers)


async def _anonymise_attendances(session: AsyncSession, coordinator_id: UUID) -> int:
    mentioned = or_(Attendance.coordinator_id == coordinator_id, Attendance.recorded_by == coordinator_id)
    hers = 0
    for attendance in (await session.scalars(select(Attendance).where(mentioned))).all():
        hers += attendance.coordinator_id == coordinator_id
        attendance.forget(coordinator_id)
    return hers


async def _anonymise_requests(session: AsyncSession, coordinator_id: UUID) -> int:
    hers = update(GuestRequest).where(GuestRequest.coordinator_id == coordinator_id)
    gone = await session.scalars(hers.values(coordinator_id=None).returning(GuestRequest.id))
    return len(gone.all())


async def _delete_suggestions(session: AsyncSession, coordinator_id: UUID) -> int:
    gone = delete(Suggestion).where(Suggestion.coordinator_id == coordinator_id).returning(Suggestion.id)
    return len((await session.scalars(gone)).all())


async def _blank_texts(session: AsyncSession, coordinator_id: UUID, name: str) -> int:
    """Speakers, and texts that others wrote, may name her: how many of them did."""
    blanked = 0
    for workshop in (await session.scalars(select(Workshop))).all():
        kept = [one for one in workshop.speakers if not _is_her(one, coordinator_id, name)]
        if len(kept) < len(workshop.speakers):
            workshop.speakers = kept
            blanked += 1
        blanked += _blank(workshop, ("title", "summary"), name)
    for seminar in (await session.scalars(select(Seminar))).all():
        blanked += _blank(seminar, ("title", "summary", "description"), name)
    for registration in (await session.scalars(select(Registration))).all() if name else ():
        blanked += _blank(registration, ("cancel_note",), name)
        if _mentions(name, json.dumps(registration.answers, ensure_ascii=False)):
            registration.answers = _without(name, registration.answers)
            blanked += 1
    return blanked


def _is_her(speaker: dict[str, Any], coordinator_id: UUID, name: str) -> bool:
    return _mentions(name, speaker["name"]) or speaker.get("coordinator_id") == str(coordinator_id)


def _mentions(name: str, text: str) -> bool:
    return bool(name) and name.casefold() in text.casefold()


def _blank(row: Seminar | Workshop | Registration, fields: Iterable[str], name: str) -> int:
    naming = [field for field in fields if _mentions(name, getattr(row, field) or "")]
    for field in naming:
        setattr(row, field, _without(name, getattr(row, field)))
    return len(naming)


def _without(name: str, value: Any) -> Any:
    """The value with the name blanked wherever it stands in it, in whatever case."""
    if isinstance(value, dict):
        return {_without(name, key): _without(name, inner) for key, inner in value.items()}
    return re.sub(re.escape(name), BLANK, value, flags=re.IGNORECASE) if isinstance(value, str) else value
