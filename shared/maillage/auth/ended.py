"""Whose tokens have ended before their time: an access token outlives the account that was erased by minutes.

Each process keeps the ids of those who were erased lately and reads them again when they may be old: after a
second, as other processes erase too, and at once when it was this one. So a request costs a look into a set.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from maillage.auth.principal import Principal
from maillage.clock import now
from maillage.db.engine import Database
from maillage.errors import Unauthorized, Unavailable

ErasedSince = Callable[[Any, datetime], Select[Any]]
"""Of a service's settings and a moment: selects the ids of the persons erased there since."""

LOOK_EVERY = 1.0
"""Seconds after which what another process erased is known here too."""

OUTLIVED = timedelta(days=2)
"""Longer than any token lives (twelve hours), with room for a clock that was set."""


class AccountErased(Unauthorized):
    code = "account-erased"
    title_fr = "Compte effacé"
    title_en = "Account erased"
    detail_fr = "Ce compte a été effacé, comme demandé : il n’ouvre plus rien."
    detail_en = "This account was erased as asked: it opens nothing any more."

    def __init__(self) -> None:
        super().__init__(reason="account erased")


class _Commits:
    """Counts the erasures committed in this process, whichever service's they were."""

    seen = 0

    @classmethod
    def count(cls, _session: Any) -> None:
        cls.seen += 1


def ends_tokens(session: AsyncSession) -> None:
    """Has this process know at once, when `session` has committed, whom its transaction erased."""
    event.listen(session.sync_session, "after_commit", _Commits.count)


class Ended:
    """Who was erased in one service, as this process knows it. Without `erased` the service knows nobody."""

    def __init__(self, db: Database, settings: Any, erased: ErasedSince | None) -> None:
        self._db, self._settings, self._erased = db, settings, erased
        self._ids: frozenset[UUID] = frozenset()
        self._old_at, self._commits = float("-inf"), -1
        self._lock = asyncio.Lock()

    async def refuse(self, caller: Principal) -> None:
        """Raises AccountErased for an erased person, Unavailable when the database does not answer."""
        if self._erased is None or caller.is_service:
            return
        if caller.id in await self._known(self._erased):
            raise AccountErased

    async def still(self, caller: Principal) -> bool:
        """Whether a token that was good when an answer began, and the answer has no end, is good still."""
        if caller.until <= now().timestamp():
            return False
        try:
            await self.refuse(caller)
        except AccountErased:
            return False
        return True

    def look_again(self) -> None:
        """What is known is old: the database was changed by other means than a transaction."""
        self._old_at = float("-inf")

    async def _known(self, erased: ErasedSince) -> frozenset[UUID]:
        if self._is_old:
            async with self._lock:  # of many requests one reads
                if self._is_old:
                    await self._read(erased)
        return self._ids

    @property
    def _is_old(self) -> bool:
        return self._commits != _Commits.seen or time.monotonic() >= self._old_at

    async def _read(self, erased: ErasedSince) -> None:
        commits, old_at = _Commits.seen, time.monotonic() + LOOK_EVERY
        try:
            async with self._db.alone() as connection:
                found = await connection.execute(erased(self._settings, now() - OUTLIVED))
                self._ids = frozenset(UUID(str(each)) for each in found.scalars())
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise Unavailable from error
        self._commits, self._old_at = commits, old_at
