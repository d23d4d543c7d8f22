"""A person leaves her post or the network, or asks to be erased."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.events import record
from maillage.http import forget_answers
from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_events.desk import Desk
from maillage_events.events import ErasureConfirmed
from maillage_events.model import Attendance, Person, Post, Registration, Seminar, Suggestion, Workshop
from maillage_events.model.network import ERASED
from maillage_events.model.registration import CANCELLED

# What stands in a text where a name was.
BLANK = "…"


async def withdraw_from_future_seminars(session: AsyncSession, coordinator_id: UUID, reason: str) -> None:
    """Cancel what she is registered for and has not begun; what comes free goes to the next in order."""
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


async def erase_person(session: AsyncSession, coordinator_id: UUID, erasure_id: UUID) -> None:
    """Leave nothing that names her: seats freed, registrations and presences kept as counts, texts blanked.

    A tombstone with her id stays, so that late news of her is not taken for a new person. Doing it again
    finds nothing more to erase and confirms again.
    """
    await withdraw_from_future_seminars(session, coordinator_id, "erased")
    person = await session.get(Person, coordinator_id)
    name = person.full_name if person is not None else ""
    counts = {
        "registrations": await _anonymise_registrations(session, coordinator_id),
        "attendances": await _anonymise_attendances(session, coordinator_id),
        "suggestions": await _count(
            session, delete(Suggestion).where(Suggestion.coordinator_id == coordinator_id)
        ),
        "texts": await _blank_texts(session, coordinator_id, name),
    }
    await session.execute(delete(Post).where(Post.coordinator_id == coordinator_id))
    await forget_answers(session, [coordinator_id, *([name] if name else [])])
    if person is None:
        session.add(Person(id=coordinator_id, status=ERASED))
    else:
        person.erase()
    confirmed = ErasureConfirmed(
        coordinator_id=coordinator_id, erasure_id=erasure_id, erased_at=clock.now(), counts=counts
    )
    await session.flush()
    record(session, confirmed)


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


async def _blank_texts(session: AsyncSession, coordinator_id: UUID, name: str) -> int:
    """Speakers, and texts written about a seminar, may name her: how many of them did."""
    blanked = 0
    for workshop in (await session.scalars(select(Workshop))).all():
        kept = [one for one in workshop.speakers if not _is_her(one, coordinator_id, name)]
        if len(kept) < len(workshop.speakers):
            workshop.speakers = kept
            blanked += 1
        blanked += _blank(workshop, ("title", "summary"), name)
    for seminar in (await session.scalars(select(Seminar))).all():
        blanked += _blank(seminar, ("title", "summary", "description"), name)
    return blanked


def _is_her(speaker: dict[str, Any], coordinator_id: UUID, name: str) -> bool:
    by_name = bool(name) and speaker["name"].casefold() == name.casefold()
    return by_name or speaker.get("coordinator_id") == str(coordinator_id)


def _blank(row: Seminar | Workshop, fields: Iterable[str], name: str) -> int:
    naming = [field for field in fields if name and name in getattr(row, field)]
    for field in naming:
        setattr(row, field, getattr(row, field).replace(name, BLANK))
    return len(naming)


async def _count(session: AsyncSession, statement: Any) -> int:
    return int(getattr(await session.execute(statement), "rowcount", 0))
