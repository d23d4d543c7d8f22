"""Idempotency-Key: a POST sent twice is done once. The first answer is kept in the business transaction.

The row is written by the transaction it belongs to, so "done" and "remembered" cannot part. A key belongs to
its caller: another person's same key is another key, and a caller without a token has none. So do the rights
she had: who has lost some since is not told again what she was told with them. Only answers that
did something (2xx) are kept: a refused request changed nothing, and asking again may be granted.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Column,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Uuid,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from maillage.auth.principal import Principal
from maillage.clock import now
from maillage.db.types import UTCDateTime
from maillage.errors import BadRequest, Conflict, Invalid

KEPT_FOR = timedelta(hours=24)
KEPT_HEADERS = ("content-type", "content-language", "etag", "location")


def build(metadata: MetaData) -> Table:
    """Defines the table on a service's metadata."""
    return Table(
        "idempotency",
        metadata,
        Column("principal_id", Uuid, primary_key=True),
        Column("key", String(128), primary_key=True),
        Column("fingerprint", String(64), nullable=False),
        Column("status", SmallInteger, nullable=False),
        Column("headers", JSON, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("created_at", UTCDateTime, nullable=False, index=True),
    )


TABLE = build(MetaData())  # the same names on every service's base, hence the same SQL


class BadIdempotencyKey(BadRequest):
    code = "bad-idempotency-key"
    title_fr = "Idempotency-Key non valable"
    title_en = "Bad Idempotency-Key"
    detail_fr = "De 1 à 128 caractères ASCII visibles."
    detail_en = "1 to 128 visible ASCII characters."


class KeyReused(Invalid):
    code = "idempotency-key-reused"
    title_fr = "Clé d’idempotence déjà utilisée"
    title_en = "Idempotency key already used"
    detail_fr = "Cette clé a servi à une autre requête."
    detail_en = "This key was used for another request."


class StillInFlight(Conflict):
    code = "request-in-flight"
    title_fr = "Requête déjà en cours"
    title_en = "Request still in flight"
    detail_fr = "La première requête portant cette clé n’est pas terminée."
    detail_en = "The first request with this key has not finished."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that carries a key."""

    principal_id: UUID
    key: str
    fingerprint: str

    @property
    def lock(self) -> int:
        """The advisory lock that keeps other processes from the same attempt."""
        name = hashlib.sha256(self.principal_id.bytes + self.key.encode()).digest()[:8]
        return int.from_bytes(name, "big", signed=True)


def attempt(caller: Principal, key: str, method: str, target: str, body: bytes) -> Attempt:
    """`target`: path with query. Raises BadIdempotencyKey."""
    if not re.fullmatch(r"[\x21-\x7e]{1,128}", key):
        raise BadIdempotencyKey
    digest = hashlib.sha256()
    rights = " ".join((*sorted(caller.roles), *sorted(caller.scopes), f"for {caller.actor}"))
    for part in (caller.id.bytes, rights.encode(), method.encode(), target.encode(), body):
        digest.update(len(part).to_bytes(8, "big") + part)
    return Attempt(caller.id, key, digest.hexdigest())


class InFlight:
    """The attempts this process is working on. One per service application."""

    def __init__(self) -> None:
        self._running: set[tuple[UUID, str]] = set()

    @asynccontextmanager
    async def enter(self, this: Attempt) -> AsyncIterator[None]:
        """Raises StillInFlight while the same key is being worked on."""
        name = (this.principal_id, this.key)
        if name in self._running:
            raise StillInFlight
        self._running.add(name)
        try:
            yield
        finally:
            self._running.discard(name)


async def earlier_answer(session: AsyncSession, this: Attempt) -> Response | None:
    """The answer given to this attempt before, if any, and keeps other processes from starting it.

    Raises KeyReused when the key stood for another request, StillInFlight when another process is at it.
    """
    # On SQLite the one writer's lock keeps a second attempt waiting until the first has committed.
    alone = select(func.pg_try_advisory_xact_lock(this.lock))
    if session.get_bind().dialect.name == "postgresql" and not await session.scalar(alone):
        raise StillInFlight
    row = (await session.execute(select(TABLE).where(_same(this)))).one_or_none()
    if row is None:
        return None
    if row.created_at < now() - KEPT_FOR:
        await session.execute(delete(TABLE).where(_same(this)))
        return None
    if row.fingerprint != this.fingerprint:
        raise KeyReused
    headers = {**row.headers, "Idempotent-Replayed": "true"}
    return Response(row.body, status_code=row.status, headers=headers)


async def keep_answer(session: AsyncSession, this: Attempt, response: Response) -> None:
    """Remembers a 2xx answer for a day; streams are not kept, for they are not at hand."""
    if values := answer_row(this, response):
        await session.execute(insert(TABLE).values(**values))


def answer_row(this: Attempt, response: Response) -> dict[str, Any] | None:
    """The row that remembers an answer; None for one that is not kept."""
    body = getattr(response, "body", None)
    if not 200 <= response.status_code < 300 or not isinstance(body, (bytes, memoryview)):
        return None
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    return {
        "principal_id": this.principal_id,
        "key": this.key,
        "fingerprint": this.fingerprint,
        "status": response.status_code,
        "headers": headers,
        "body": bytes(body),
        "created_at": now(),
    }


async def purge_answers(session: AsyncSession) -> int:
    """Deletes answers older than a day; gives how many."""
    result = await session.execute(delete(TABLE).where(TABLE.c.created_at < now() - KEPT_FOR))
    return int(getattr(result, "rowcount", 0))


async def forget_answers(session: AsyncSession, needles: Iterable[str | UUID]) -> int:
    """Deletes the answers given to a person or mentioning her: `needles` are her id, names and addresses.

    Compared without regard to case, in the body as sent and as decoded. Gives how many were deleted.
    """
    words = [str(needle).casefold() for needle in needles if str(needle).strip()]
    doomed = []
    rows = await session.stream(select(TABLE.c.principal_id, TABLE.c.key, TABLE.c.headers, TABLE.c.body))
    async for row in rows:
        text = f"{row.principal_id} {json.dumps(row.headers)} {_readable(row.body)}".casefold()
        if any(word in text for word in words):
            doomed.append((row.principal_id, row.key))
    for principal_id, key in doomed:
        await session.execute(delete(TABLE).where(TABLE.c.principal_id == principal_id, TABLE.c.key == key))
    return len(doomed)


def _readable(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    try:
        return text + json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


def _same(this: Attempt) -> Any:
    return (TABLE.c.principal_id == this.principal_id) & (TABLE.c.key == this.key)
