"""Forgetting a person: her messages, preferences and copies, the mails in the local mailbox, and the receipt.

Messages of others that speak of her need no change: they hold her id, and her name is no longer found. Her id
stays in `erased`, so that a late event does not bring her back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.auth import ends_tokens
from maillage.db import Database, lock_row
from maillage.events import Context, forget, record
from maillage.mail import Mailbox
from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from .events import ErasureConfirmed
from .model import (
    Base,
    Contact,
    Erased,
    InboxCounter,
    Mention,
    Message,
    Person,
    Position,
    Preference,
    Proposal,
    Registration,
)


async def erase(ctx: Context, person_id: UUID, erasure_id: UUID) -> None:
    """Erase everything about a person. Confirmed by erasing.py, once the files are clean too."""
    session = ctx.session
    person, contact = await session.get(Person, person_id), await session.get(Contact, person_id)
    names = [f"{person.first_name} {person.last_name}"] if person else []
    addresses = [contact.email] if contact else []
    counts = await _delete_rows(session, person_id)
    counts["traces"] = await forget(session, Base, person_id, needles=[*names, *addresses])
    counts["mails"] = await erase_mails(ctx.settings, [person_id], addresses)
    known = await session.get(Erased, person_id)
    if known is None:
        facts = {"erasure_id": erasure_id, "erased_at": clock.now(), "counts": counts}
        session.add(Erased(id=person_id, **facts, confirmed_at=None))
    elif known.erasure_id != erasure_id:
        known.erasure_id, known.erased_at = erasure_id, clock.now()
        known.counts, known.confirmed_at = counts, None
    ends_tokens(session)


async def confirm(session: AsyncSession, person_id: UUID) -> None:
    """Tell the directory that this service has erased its copy; once per erasure."""
    erased = await lock_row(session, Erased, person_id)
    if erased.confirmed_at is not None:
        return
    erased.confirmed_at = clock.now()
    event = ErasureConfirmed(
        coordinator_id=person_id,
        erasure_id=erased.erasure_id,
        erased_at=erased.erased_at,
        counts=erased.counts,
    )
    record(session, event)


async def _delete_rows(session: AsyncSession, person_id: UUID) -> dict[str, int]:
    mentioned = select(func.count()).select_from(Mention).where(Mention.person_id == person_id)
    counts = {"mentions": await session.scalar(mentioned) or 0}
    hers: dict[str, tuple[Any, Any]] = {
        "messages": (Message, Message.recipient_id == person_id),
        "preferences": (Preference, Preference.id == person_id),
        "inbox_counters": (InboxCounter, InboxCounter.recipient_id == person_id),
        "contacts": (Contact, Contact.id == person_id),
        "people": (Person, Person.id == person_id),
        "positions": (Position, Position.coordinator_id == person_id),
        "registrations": (Registration, Registration.coordinator_id == person_id),
        "proposals": (Proposal, or_(Proposal.mentee_id == person_id, Proposal.mentor_id == person_id)),
    }
    for name, (table, condition) in hers.items():
        result: Any = await session.execute(delete(table).where(condition))
        counts[name] = result.rowcount
    return counts


async def erase_mails(settings: Any, persons: Collection[UUID], addresses: Iterable[str] = ()) -> int:
    """Remove from the local mailbox every mail to them or about them, sign-in codes included."""
    if not settings.has_mailbox:
        return 0
    box = Mailbox(settings.mailbox_dir)
    return await asyncio.to_thread(box.erase, persons, tuple(addresses))


async def sweep_mailbox(db: Database, settings: Any) -> None:
    """Remove mails about erased persons that a crash may have left between writing and noting one.

    No transaction is open meanwhile: a full mailbox takes its time, and PostgreSQL ends one that is silent.
    """
    async with db.read() as session:
        erased = (await session.scalars(select(Erased.id))).all()
    if erased:
        await erase_mails(settings, erased)
