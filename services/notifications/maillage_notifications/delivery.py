"""Sending the mails that are due: the leader's background work, outside any business transaction.

Each mail is read and rendered, sent, then noted, in that order and in separate transactions. A crash between
sending and noting sends it again under the same Message-ID: receivers recognise it, the local mailbox keeps
one. Those that cannot go now, for want of an address or because the night is quiet, are put off together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from maillage import clock
from maillage.db import Database
from maillage.events import record
from maillage.mail import Mail, Mailer, PermanentMailError, TemporaryMailError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .decisions import Decision, decide
from .erasure import erase_mails, sweep_mailbox
from .events import MessageFailed
from .live import bell, wait
from .model import (
    DEFERRED,
    EMAIL,
    FAILED,
    PENDING,
    SENT,
    SKIPPED,
    Contact,
    Erased,
    Mention,
    Message,
    Preference,
)
from .rendering.facts import Facts, SeminarView
from .rendering.formats import language
from .rendering.mail import Envelope, compose
from .telling import Notice, Origin, tell_in
from .topics import TOPICS, Topic
from .unsubscribing import make_token, may_refuse, signing_key

log = structlog.get_logger("maillage.notifications.delivery")

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=6)
NO_ADDRESS, FACTS_MISSING = "no-address", "facts-missing"
TOO_LATE, INTERNAL = "deadline-passed", "internal-error"
GATHER = 0.2
"""Seconds after a wake-up: mails are in no hurry, and what is told meanwhile is looked at together."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt. `counts` is false when nothing was tried."""

    state: str
    reason: str | None = None
    not_before: datetime | None = None
    decision: Decision | None = None
    counts: bool = False


async def run(running: Any) -> None:
    """Deliver as long as this process leads: woken by commits, and looking by itself every few seconds."""
    settings = running.settings
    await sweep_mailbox(running.db, settings)
    with bell.listen() as heard:
        while True:
            if not await deliver_due(running.db, running.mailer, settings):
                await wait(heard, settings.mail_poll_seconds)
                await asyncio.sleep(GATHER)


async def deliver_due(db: Database, mailer: Mailer, settings: Any) -> int:
    """Try every mail that is due now, oldest first, up to a batch; how many were tried."""
    async with db.read() as session:
        due = (await session.scalars(_due(settings.mail_batch))).all()
    put_off = await _put_off(db, settings, due) if len(due) > 1 else set()
    for message_id in due:
        if message_id not in put_off:
            await _deliver(db, mailer, settings, message_id)
    return len(due)


def _due(limit: int) -> Any:
    now = clock.now()
    return (
        select(Message.id)
        .where(Message.channel == EMAIL, Message.state.in_((PENDING, DEFERRED)))
        .where(Message.not_before.is_(None) | (Message.not_before <= now))
        .order_by(Message.created_at, Message.id)
        .limit(limit)
    )


async def _put_off(db: Database, settings: Any, due: Sequence[UUID]) -> set[UUID]:
    """Note in one transaction those that do not go out now; which they are."""
    settled = set()
    async with db.write() as session:
        found = select(Message).where(Message.id.in_(due), Message.state.in_((PENDING, DEFERRED)))
        messages = (await session.scalars(found.order_by(Message.id).with_for_update())).all()
        people = {each.recipient_id for each in messages}
        chosen = await session.scalars(select(Preference).where(Preference.id.in_(people)))
        preferences = {each.id: each for each in chosen}
        reached = await session.scalars(select(Contact).where(Contact.id.in_(people)))
        contacts = {each.id: each for each in reached}
        for message in messages:
            recipient = message.recipient_id
            outcome = _hindered(message, preferences.get(recipient), contacts.get(recipient))
            if outcome is not None:
                _conclude(session, message, outcome, settings)
                settled.add(message.id)
    return settled


def _hindered(message: Message, preference: Preference | None, contact: Contact | None) -> Outcome | None:
    """Why it does not go out now; None when it may, as far as its recipient is concerned."""
    topic, now = TOPICS[message.topic], clock.now()
    if topic.late and message.due_at is not None and message.due_at <= now:
        return Outcome(SKIPPED, TOO_LATE)
    decision = decide(topic, EMAIL, preference, now, message.due_at)
    if decision.state != PENDING:
        return Outcome(decision.state, decision.reason, decision.not_before, decision)
    return Outcome(DEFERRED, NO_ADDRESS, counts=True) if contact is None else None


async def _deliver(db: Database, mailer: Mailer, settings: Any, message_id: UUID) -> None:
    try:
        outcome = await _attempt(db, mailer, settings, message_id)
    except Exception:
        # One mail that cannot be made must not hold up those behind it.
        log.exception("mail not made", message_id=str(message_id))
        outcome = Outcome(PENDING, INTERNAL, counts=True)
    await _note(db, settings, message_id, outcome)


async def _attempt(db: Database, mailer: Mailer, settings: Any, message_id: UUID) -> Outcome:
    async with db.write() as session:
        message = await session.get(Message, message_id)
        if message is None:
            return Outcome(SKIPPED)
        prepared = await _prepare(session, message, settings)
    return prepared if isinstance(prepared, Outcome) else await _send(mailer, prepared)


async def _prepare(session: AsyncSession, message: Message, settings: Any) -> Mail | Outcome:
    """The mail to send now, or why it does not go out (yet)."""
    preference = await session.get(Preference, message.recipient_id)
    contact = await session.get(Contact, message.recipient_id)
    hindered = _hindered(message, preference, contact)
    if hindered is not None or contact is None:
        return hindered or Outcome(DEFERRED, NO_ADDRESS, counts=True)
    mentioned = select(Mention.person_id).where(Mention.message_id == message.id)
    about = tuple((await session.scalars(mentioned)).all())
    facts = await Facts.of(session, [message])
    lang = language(contact.language)
    if message.params.get("method") and not isinstance(
        facts.variables(message, lang)["seminar"], SeminarView
    ):
        return Outcome(DEFERRED, FACTS_MISSING, counts=True)
    refuse = await _refusal_address(session, message, TOPICS[message.topic], settings)
    envelope = Envelope(
        contact.email, settings.mail_from, settings.public_url, settings.region, settings.organizer, refuse
    )
    return compose(message, facts, lang, envelope, about)


async def _refusal_address(
    session: AsyncSession, message: Message, topic: Topic, settings: Any
) -> str | None:
    if not may_refuse(topic):
        return None
    token = make_token(await signing_key(session), message.recipient_id, topic.slug)
    return f"{settings.public_url}/api/notifications/v1/unsubscribe/{token}"


async def _send(mailer: Mailer, mail: Mail) -> Outcome:
    try:
        await mailer.send(mail)
    except PermanentMailError as error:
        return Outcome(FAILED, _code(error.reason), counts=True)
    except TemporaryMailError as error:
        return Outcome(PENDING, _code(error.reason), counts=True)
    return Outcome(SENT, counts=True)


def _code(reason: str) -> str:
    """A reason as a code: what a server answered may repeat the address, its number never does."""
    return "-".join(reason.lower().split())[:64]


def delay_after(attempts: int) -> timedelta:
    """How long to wait after that many failures: half a minute, doubling, six hours at most."""
    doublings = min(attempts - 1, 20)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


async def _note(db: Database, settings: Any, message_id: UUID, outcome: Outcome) -> None:
    """Write down what happened, and what follows from it.

    Who was erased while it was on its way is in what was just written: that must go too. A crash before it
    does is made good by the next sweep.
    """
    mentioned = select(Erased.id).join(Mention, Mention.person_id == Erased.id)
    async with db.write() as session:
        message = await session.get(Message, message_id, with_for_update=True)
        if message is not None:
            _conclude(session, message, outcome, settings)
        erased = (await session.scalars(mentioned.where(Mention.message_id == message_id))).all()
    if message is None:
        await sweep_mailbox(db, settings)
    elif erased:
        await erase_mails(settings, erased)


def _conclude(session: AsyncSession, message: Message, outcome: Outcome, settings: Any) -> None:
    _apply(message, outcome, settings)
    if message.state == FAILED:
        _tell_failure(session, message)
    log.info("mail", message_id=str(message.id), state=message.state, reason=message.reason)


def _apply(message: Message, outcome: Outcome, settings: Any) -> None:
    now = clock.now()
    message.attempts += outcome.counts
    message.state, message.reason, message.not_before = outcome.state, outcome.reason, outcome.not_before
    if outcome.decision is not None:
        message.decision = outcome.decision.record()
    if outcome.state == SENT:
        message.sent_at = now
    elif outcome.counts and outcome.state in (PENDING, DEFERRED):
        if message.attempts >= settings.mail_max_attempts:
            message.state = FAILED
        else:
            message.not_before = now + delay_after(message.attempts)


def _tell_failure(session: AsyncSession, message: Message) -> None:
    """Publish the failure, and tell the person where she will see it."""
    record(
        session,
        MessageFailed(
            message_id=message.id,
            coordinator_id=message.recipient_id,
            topic=message.topic,
            channel=message.channel,
            reason=message.reason or "unknown",
        ),
    )
    params = {"failed_topic": message.topic, "reason": message.reason}
    notice = Notice(message.recipient_id, "message-failed", params)
    tell_in(session, notice, Origin(f"failed:{message.id}"))
