"""A batch of messages in one transaction, and the verdict on each: done, try again, or quarantine."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from nats.aio.msg import Msg
from opentelemetry import trace
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from maillage.db.engine import Database
from maillage.db.refusals import ends_connection, is_contention, is_outage, refuses_value
from maillage.events.consumer import Consumer, Permanent
from maillage.events.deliver import deliver, deliver_together
from maillage.events.envelope import Incoming, Malformed, parse, require_origin, require_type
from maillage.events.failures import Failures

log = structlog.get_logger("maillage.consumer")
DELAYS = (1.0, 5.0, 30.0, 120.0, 600.0)
"""Seconds before each new try of an event a handler failed on; after the last one, the dead letters."""
BELIEVED = 5
"""How often in a row a connection may end with events in hand before one of them is held to be the cause."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to tell the server about a message once the transaction is committed.

    `retry_in`: seconds until the next try. `dead`: why it goes to the dead letters. Neither: it is done.
    """

    outcome: str
    retry_in: float | None = None
    dead: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A handler failed, or the transaction with it; what is to become of that depends on how often it did."""

    reason: str


class DatabaseAway(Exception):
    """No transaction could be had or committed for want of a database: try it all again."""


class Handling:
    """Runs messages through a consumer's handlers. Knows nothing of acknowledging.

    `origin` is the region whose stream the messages come from.
    """

    def __init__(
        self,
        consumer: Consumer,
        db: Database,
        settings: Any,
        tracer: trace.Tracer,
        delays: Sequence[float] = DELAYS,
        *,
        origin: str,
    ) -> None:
        self._origin = origin
        self._consumer, self._db, self._settings = consumer, db, settings
        self._tracer, self._delays = tracer, delays
        self._failures = Failures(db, origin)
        self._ended = 0
        self.replay_until = 0

    async def recall(self) -> None:
        """Know how often events failed before: once at the start, and whenever another may have led."""
        await self._failures.load()

    async def handle(self, messages: Sequence[Msg]) -> list[Verdict]:
        """The verdicts on `messages`, in their order, their effects committed in one transaction.

        Raises DatabaseAway; what was done by then is a duplicate the next time.
        """
        outcomes = await self._outcomes(messages)
        try:
            verdicts = await self._judge(messages, outcomes)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise DatabaseAway from error  # what cannot be counted is no try
        self._ended = 0
        return verdicts

    async def settle(self, message: Msg) -> None:
        """It is in the dead letters: when it comes from there, it has all its tries again."""
        with suppress(SQLAlchemyError, OSError, TimeoutError):  # else it has one, and a reason to be there
            await self._failures.keep({}, [self._name_of(message)])

    async def _judge(self, messages: Sequence[Msg], outcomes: Sequence[Verdict | Failed]) -> list[Verdict]:
        verdicts, counts, settled = list[Verdict](), dict[str, int](), list[str]()
        for message, outcome in zip(messages, outcomes, strict=True):
            if isinstance(outcome, Failed):
                name = self._name_of(message)
                counts[name] = counts.get(name, self._failures.of(name)) + 1
                verdicts.append(self._failed(message, outcome.reason, counts[name]))
                continue
            verdicts.append(outcome)
            if outcome.dead is None and self._failures:
                settled.append(self._name_of(message))
        await self._failures.keep(counts, [each for each in settled if each not in counts])
        return verdicts

    async def _outcomes(self, messages: Sequence[Msg]) -> Sequence[Verdict | Failed]:
        if messages and (verdicts := await self._together(messages)) is not None:
            return verdicts
        try:
            async with self._db.write() as session:
                await _reach(session)
                return [await self._one(session, message) for message in messages]
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            if self._is_away(error) or not await self._database_answers():
                raise DatabaseAway from error
            if len(messages) > 1:
                # The database is well, so one of these broke the transaction: find it.
                return [each for message in messages for each in await self._outcomes([message])]
            return [Failed(describe(error))]

    def _is_away(self, error: Exception) -> bool:
        """Whether it is no event's fault, though the database may be back by now.

        A connection that ends each time is: then its batch is handled one by one, and the one is counted.
        """
        if not ends_connection(error):
            return is_outage(error) or is_contention(error)
        self._ended += 1
        return self._ended <= BELIEVED

    async def _together(self, messages: Sequence[Msg]) -> list[Verdict] | None:
        """The verdicts when all only keep facts and all goes well; else None, with nothing done.

        A handler with effects is not run again because a neighbour failed: it gets a savepoint of its own.
        """
        try:
            batch = [(self._read(message), self._is_replayed(message)) for message in messages]
            if any(self._reacts(incoming, replayed) for incoming, replayed in batch):
                return None
            async with self._db.write() as session:
                outcomes = await deliver_together(
                    session, self._consumer, batch, self._settings, tracer=self._tracer
                )
        except Exception:  # noqa: BLE001  (each is tried by itself next, and says what is wrong)
            return None
        return [Verdict(outcome.value) for outcome in outcomes]

    def _reacts(self, incoming: Incoming, replayed: bool) -> bool:
        abroad = self._origin != self._settings.region
        handlers = self._consumer.handlers(incoming.type, replayed=replayed, abroad=abroad)
        return any(handler.reacts for handler in handlers)

    def _read(self, message: Msg) -> Incoming:
        incoming = parse(message.subject, message.headers, message.data)
        if self._origin == self._settings.region:
            require_type(incoming)
        else:
            require_origin(incoming, self._origin)
        return incoming

    def _is_replayed(self, message: Msg) -> bool:
        return message.metadata.sequence.stream <= self.replay_until

    async def _one(self, session: AsyncSession, message: Msg) -> Verdict | Failed:
        try:
            outcome = await deliver(
                session,
                self._consumer,
                self._read(message),
                self._settings,
                replayed=self._is_replayed(message),
                tracer=self._tracer,
            )
        except (Permanent, Malformed) as error:
            return Verdict("dead", dead=f"{type(error).__name__}: {error}")
        except Exception as error:
            if refuses_value(error):
                return Verdict("dead", dead=f"Unfit: a value has no place in its column ({describe(error)})")
            if _breaks_transaction(error):
                raise
            return Failed(describe(error))
        return Verdict(outcome.value)

    def _name_of(self, message: Msg) -> str:
        """What its failures are counted under: the event's id, for its place may become another's."""
        try:
            return str(self._read(message).event_id)
        except Malformed:
            return str(message.metadata.sequence.stream)

    def _failed(self, message: Msg, reason: str, tries: int) -> Verdict:
        log.warning(
            "handler failed",
            consumer=self._consumer.name,
            subject=message.subject,
            stream_sequence=message.metadata.sequence.stream,
            tries=tries,
            reason=reason,
        )
        if tries > len(self._delays):
            return Verdict("dead", dead=f"{reason}, after {tries} tries")
        return Verdict("retry", retry_in=self._delays[tries - 1])

    async def _database_answers(self) -> bool:
        try:
            async with asyncio.timeout(5), self._db.write() as session:
                await session.connection()
        except Exception:  # noqa: BLE001  (the question is only whether it works)
            return False
        return True


async def _reach(session: AsyncSession) -> None:
    """Have a connection before any event is in hand. Raises DatabaseAway, also for what no driver wraps."""
    try:
        await session.connection()
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise DatabaseAway from error


def _breaks_transaction(error: Exception) -> bool:
    """Whether the error may have taken the transaction with it, so that the savepoint protects nothing."""
    troubled = is_outage(error) or is_contention(error)
    return troubled or isinstance(error, OperationalError | InterfaceError | OSError)


def describe(error: BaseException) -> str:
    """What went wrong and where, without the error's words: they may quote a name or an address."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    where = (own or list(frames))[-1:] if frames else []
    place = (
        f" at {where[0].filename.rsplit('/', 1)[-1]}:{where[0].lineno} in {where[0].name}" if where else ""
    )
    return f"{type(error).__name__}{place}"
