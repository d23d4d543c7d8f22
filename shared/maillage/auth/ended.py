"""Whose tokens have ended before their time: an access token outlives the account that was erased by minutes,
the role that was taken away, the sign-in it comes from and the key of a program.

Each process keeps the ids of who was erased and of what had its tokens ended lately, and reads them again
when they may be old: after a second, as other processes end some too, and at once when it was this one. So a
request costs a look into a set and a dictionary.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from maillage.auth.principal import Principal
from maillage.auth.tokens import good_from, is_ahead
from maillage.clock import now
from maillage.db.engine import Database
from maillage.errors import Unauthorized, Unavailable

ErasedSince = Callable[[Any, datetime], Select[Any]]
"""Of a service's settings and a moment: selects the ids of the persons erased there since."""

EndedSince = Callable[[Any, datetime], Select[Any, Any] | CompoundSelect[Any, Any]]
"""Of a service's settings and a moment: selects what had its tokens ended since (the id of an account, of a
sign-in or of a program's key), and when.
"""

LOOK_EVERY = 1.0
"""Seconds after which what another process ended is known here too."""

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


class TokenEnded(Unauthorized):
    """The caller's rights have changed since her token was signed; the issuer gives another when asked."""

    code = "token-ended"
    title_fr = "Session à renouveler"
    title_en = "Session to renew"
    detail_fr = "Vos droits viennent de changer. Renouvelez votre session : elle les connaît alors."
    detail_en = "Your rights have just changed. Renew your session: it knows them then."

    def __init__(self) -> None:
        super().__init__(reason="token ended")


class _Commits:
    """Counts the endings committed in this process, whichever service's they were."""

    seen = 0

    @classmethod
    def count(cls, _session: Any) -> None:
        cls.seen += 1


def ends_tokens(session: AsyncSession) -> None:
    """Has this process know at once, when `session` has committed, whose tokens its transaction ended."""
    event.listen(session.sync_session, "after_commit", _Commits.count)


class Ended:
    """Whose tokens have ended in one service, as this process knows it: all of who was erased, of others
    those from before their rights changed. Without `erased` and `ended` the service knows nobody.
    """

    def __init__(
        self, db: Database, settings: Any, erased: ErasedSince | None, ended: EndedSince | None = None
    ) -> None:
        self._db, self._settings = db, settings
        self._erased, self._ended = erased, ended
        self._ids: frozenset[UUID] = frozenset()
        self._good_from: dict[UUID, int] = {}
        self._heard: dict[tuple[Any, datetime], datetime] = {}
        self._old_at, self._commits = float("-inf"), -1
        self._lock = asyncio.Lock()

    async def refuse(self, caller: Principal) -> None:
        """Raises AccountErased, TokenEnded, or Unavailable when the database does not answer.

        Who acts for another (RFC 8693) is asked about too: with her own rights the other's are gone. So is
        the sign-in: who was signed out of one goes on in the others.
        """
        if self._erased is None and self._ended is None:
            return
        await self._freshen()
        for named in (caller.id, caller.actor, caller.session):
            if named in self._ids and not caller.is_service:
                raise AccountErased
            if named in self._good_from and caller.since < self._good_from[named]:
                raise TokenEnded

    async def still(self, caller: Principal) -> bool:
        """Whether a token that was good when an answer began, and the answer has no end, is good still."""
        if caller.until <= now().timestamp():
            return False
        try:
            await self.refuse(caller)
        except (AccountErased, TokenEnded):
            return False
        return True

    def look_again(self) -> None:
        """What is known is old: the database was changed by other means than a transaction."""
        self._old_at = float("-inf")

    async def _freshen(self) -> None:
        if self._is_old:
            async with self._lock:  # of many requests one reads
                if self._is_old:
                    await self._read()

    @property
    def _is_old(self) -> bool:
        return self._commits != _Commits.seen or time.monotonic() >= self._old_at

    async def _read(self) -> None:
        commits, old_at = _Commits.seen, time.monotonic() + LOOK_EVERY
        since = now() - OUTLIVED
        try:
            async with self._db.alone() as connection:
                if self._erased is not None:
                    found = await connection.execute(self._erased(self._settings, since))
                    self._ids = frozenset(UUID(str(each)) for each in found.scalars())
                if self._ended is not None:
                    told = (await connection.execute(self._ended(self._settings, since))).all()
                    self._good_from = _latest(
                        (UUID(str(who)), good_from(at)) for who, at in self._dated(told)
                    )
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            raise Unavailable from error
        self._commits, self._old_at = commits, old_at

    def _dated(self, told: Iterable[Any]) -> list[tuple[Any, datetime]]:
        """What was told, with the moment it was first heard where the issuer's clock was ahead: with that of
        tomorrow nobody would have a token until then.
        """
        self._heard = {
            (who, at): min(self._heard.get((who, at), now()), now()) if is_ahead(at) else at
            for who, at in told
        }
        return [(who, moment) for (who, _), moment in self._heard.items()]


def _latest(told: Iterable[tuple[UUID, int]]) -> dict[UUID, int]:
    """Of each person the last moment: where the bus is read back there is one for each change."""
    return dict(sorted(told, key=lambda each: each[1]))
