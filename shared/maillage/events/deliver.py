"""One event through one service: decode, inbox, handlers. The same for stream, rebuild and test."""

from __future__ import annotations

import enum
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from functools import cache
from typing import Any

from opentelemetry import trace
from pydantic import BaseModel, ValidationError
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from maillage import clock
from maillage.db.many import inserting
from maillage.db.patient import PatientSession
from maillage.db.refusals import is_outage
from maillage.events import metrics
from maillage.events.cause import caused_by
from maillage.events.consumer import Consumer, Context, Permanent, Registered
from maillage.events.envelope import Incoming, trace_context
from maillage.events.marks import place_name
from maillage.events.tables import KIT

_tracer = trace.get_tracer("maillage.events")


class Outcome(enum.StrEnum):
    """What became of a delivery."""

    DONE = "done"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"


class Undecodable(Permanent):
    """The body is not what a handler's model reads. Names the fields, never their values."""


async def insert_once(session: AsyncSession, table: Table, values: dict[str, Any]) -> bool:
    """INSERT unless the key exists already; whether the row is new."""
    dialect = session.get_bind().dialect.name
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).values(**values).on_conflict_do_nothing()
    result: Any = await session.execute(statement)
    return bool(result.rowcount)


async def deliver(
    session: AsyncSession,
    consumer: Consumer,
    incoming: Incoming,
    settings: Any,
    *,
    replayed: bool = False,
    tracer: trace.Tracer | None = None,
) -> Outcome:
    """Run `incoming` through `consumer`'s handlers inside `session`'s transaction, in a savepoint of its own.

    Raises Undecodable or what a handler raised, with everything the event did undone.
    """
    handlers = _handlers(consumer, incoming, settings, replayed=replayed)
    if not handlers and not replayed:
        # Not noted: a version that has a handler for it is given it again as history.
        return Outcome.IGNORED
    with _span(tracer, incoming):
        bodies = _decode(handlers, incoming)
        async with _savepoint(session):
            if not await insert_once(session, KIT.inbox, _inbox_row(consumer, incoming, settings)):
                return Outcome.DUPLICATE
            context = _context(session, incoming, settings, replayed=replayed)
            await _run_all(consumer, handlers, bodies, context)
            await session.flush()
    return Outcome.DONE if handlers else Outcome.IGNORED


@asynccontextmanager
async def _savepoint(session: AsyncSession) -> AsyncIterator[None]:
    """A savepoint for one event. Raises the outage that broke it rather than what came of it.

    A full disk takes the whole transaction with it, and then the way back to the savepoint fails too.
    """
    broken: Exception | None = None
    try:
        async with session.begin_nested():
            try:
                yield
            except Exception as error:
                broken = error
                raise
    except SQLAlchemyError as error:
        if broken is None or broken is error or not is_outage(broken):
            raise
        raise broken from error


async def deliver_together(
    session: AsyncSession,
    consumer: Consumer,
    batch: Sequence[tuple[Incoming, bool]],
    settings: Any,
    *,
    tracer: trace.Tracer | None = None,
) -> list[Outcome]:
    """`deliver` for several in their order, each with whether it is replayed, without a way back for each.

    Raises what the first to fail raised; the transaction is then to be rolled back.
    """
    prepared = []
    for incoming, replayed in batch:
        handlers = _handlers(consumer, incoming, settings, replayed=replayed)
        prepared.append((incoming, replayed, handlers, _decode(handlers, incoming)))
    # As in `deliver`, what nobody has a handler for is not noted.
    rows = [_inbox_row(consumer, each[0], settings) for each in prepared if each[2] or each[1]]
    wanted = _wanted([(handlers, bodies) for _, _, handlers, bodies in prepared])
    fresh = await session.run_sync(_begin, rows, wanted)
    outcomes = []
    for incoming, replayed, handlers, bodies in prepared:
        if not handlers and not replayed:
            outcomes.append(Outcome.IGNORED)
            continue
        if str(incoming.event_id) not in fresh:
            outcomes.append(Outcome.DUPLICATE)
            continue
        fresh.discard(str(incoming.event_id))  # twice in one batch is once
        with _span(tracer, incoming):
            context = _context(session, incoming, settings, replayed=replayed)
            await _run_all(consumer, handlers, bodies, context)
        outcomes.append(Outcome.DONE if handlers else Outcome.IGNORED)
    await session.flush()
    return outcomes


def _wanted(
    work: Sequence[tuple[list[Registered], dict[type[BaseModel], BaseModel]]],
) -> dict[Any, set[Any]]:
    """The rows that the handlers say they will look for: the keys of each class."""
    wanted: dict[Any, set[Any]] = {}
    for handlers, bodies in work:
        for handler in handlers:
            if handler.needs is not None:
                for entity, key in handler.needs(bodies[handler.model]):
                    wanted.setdefault(entity, set()).add(key)
    return wanted


def _begin(session: Session, rows: Sequence[dict[str, Any]], wanted: dict[Any, set[Any]]) -> set[str]:
    """Note the batch in the inbox and read what is wanted; the ids of the events that were not there."""
    fresh: set[str] = set()
    if rows:
        statement, given = _noting(session, rows)
        fresh = set(session.connection().scalars(statement, given))
    if isinstance(session, PatientSession):
        for entity, keys in wanted.items():
            session.foresee(entity, keys)
    return fresh


def _noting(session: Session, rows: Sequence[dict[str, Any]]) -> tuple[Any, Any]:
    """The inbox rows in one statement that gives the events it has written, and its parameters."""
    statement, given = inserting(session, KIT.inbox, rows)
    return _once(statement), given


@cache
def _once(statement: Any) -> Any:
    return statement.on_conflict_do_nothing().returning(KIT.inbox.c.event_id)


def _inbox_row(consumer: Consumer, incoming: Incoming, settings: Any) -> dict[str, Any]:
    place = place_name(consumer.name, settings.region, incoming.region)
    return {"consumer": place, "event_id": str(incoming.event_id), "handled_at": clock.now()}


def _handlers(consumer: Consumer, incoming: Incoming, settings: Any, *, replayed: bool) -> list[Registered]:
    abroad = incoming.region != settings.region
    return consumer.handlers(incoming.type, replayed=replayed, abroad=abroad)


def _span(tracer: trace.Tracer | None, incoming: Incoming) -> AbstractContextManager[trace.Span]:
    return (tracer or _tracer).start_as_current_span(
        f"process {incoming.type}",
        context=trace_context(incoming.headers),
        kind=trace.SpanKind.CONSUMER,
        attributes={"messaging.system": "nats", "messaging.message.id": str(incoming.event_id)},
    )


def _decode(handlers: list[Registered], incoming: Incoming) -> dict[type[BaseModel], BaseModel]:
    """The body read once per model, before anything is written."""
    bodies: dict[type[BaseModel], BaseModel] = {}
    for model in {handler.model for handler in handlers}:
        try:
            bodies[model] = model.model_validate_json(incoming.data)
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_url=False, include_context=False)
            # An unfit field's message is the kit's own (see `Consumed`); the others' may quote the body.
            said = [each["msg"] if each["type"] == "unfit" else each["type"] for each in wrong]
            where = [".".join(map(str, each["loc"])) or "body" for each in wrong]
            reason = "; ".join(f"{field}: {problem}" for field, problem in zip(where, said, strict=True))
            raise Undecodable(f"{model.__name__} cannot read {incoming.type}: {reason}") from None
    return bodies


async def _run_all(
    consumer: Consumer,
    handlers: list[Registered],
    bodies: dict[type[BaseModel], BaseModel],
    context: Context,
) -> None:
    with caused_by(context.event_id, context.correlation_id):
        for handler in handlers:
            await _run(consumer, handler, bodies[handler.model], context)


async def _run(consumer: Consumer, handler: Registered, body: BaseModel, context: Context) -> None:
    start, outcome = time.perf_counter(), "failed"
    try:
        await handler.run(body, context)
        outcome = "done"
    finally:
        spent = time.perf_counter() - start
        metrics.HANDLER_SECONDS.labels(consumer.name, handler.name, outcome).observe(spent)


def _context(session: AsyncSession, incoming: Incoming, settings: Any, *, replayed: bool) -> Context:
    return Context(
        session=session,
        event_id=incoming.event_id,
        type=incoming.type,
        subject=incoming.subject,
        time=incoming.time,
        sequence=incoming.sequence,
        correlation_id=incoming.correlation_id,
        causation_id=incoming.causation_id,
        region=incoming.region,
        replayed=replayed,
        settings=settings,
    )
