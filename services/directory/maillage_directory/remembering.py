"""What outlives a restore: erasures, noted outside every backup, are done again in the older state. And no
sign-in comes back with it: some were closed since, and none can be told from those.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.auth.tokens import LIFETIME
from maillage.erasing import Asked, ErasureMemory
from maillage.timers import schedule
from sqlalchemy import CompoundSelect, Select, or_, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.model import (
    Account,
    ApiKey,
    Coordinator,
    Erasure,
    ErasureConfirmation,
    SignInSession,
)
from maillage_directory.model.coordinator import ERASED
from maillage_directory.model.erasure import PENDING
from maillage_directory.usecases.erasure import OWN_NAME

ERASE_AGAIN = "erase-again"
"""The timer that has an erasure done again as soon as the restored directory runs."""


async def known(session: AsyncSession, ids: Sequence[UUID] | None = None) -> list[Asked]:
    """The erasures asked for, all or those with these ids, oldest first."""
    columns = (Erasure.id, Erasure.coordinator_id, Erasure.requested_by, Erasure.requested_at)
    query = select(*columns).order_by(Erasure.requested_at)
    if ids is not None:
        query = query.where(Erasure.id.in_(ids))
    return [Asked(*row) for row in (await session.execute(query)).all()]


def erased_since(_settings: Any, moment: datetime) -> Select[UUID]:
    """Persons erased here since, also those erased again after a restore."""
    done = select(Erasure.coordinator_id).join(ErasureConfirmation)
    return done.where(ErasureConfirmation.service == OWN_NAME, ErasureConfirmation.erased_at >= moment)


def ended_since(_settings: Any, moment: datetime) -> CompoundSelect[Any, Any]:
    """Accounts, sign-ins and keys whose tokens from before a later moment have ended, with it.

    Tokens of the latter two are all short, so that those closed long ago need not be looked at.
    """
    lately = max(moment, clock.now() - 2 * LIFETIME)
    return union_all(
        select(Account.id, Account.tokens_ended_at).where(Account.tokens_ended_at >= moment),
        select(SignInSession.id, SignInSession.revoked_at).where(SignInSession.revoked_at >= lately),
        select(ApiKey.id, ApiKey.revoked_at).where(ApiKey.revoked_at >= lately),
    )


async def repeat(session: AsyncSession, asked: Sequence[Asked], since: datetime) -> int:
    """Has the directory erase again whom the restored state still holds, and empty the stream again of those
    who left it at `since` or later: it was put back as it was then. How many persons that is.

    Closes every sign-in of the restored state: everybody signs in once more.
    """
    closed = update(SignInSession).where(SignInSession.revoked_at.is_(None))
    await session.execute(closed.values(revoked_at=clock.now()))
    query = select(Coordinator.id).where(Coordinator.status != ERASED)
    here = set(
        (await session.scalars(query.where(Coordinator.id.in_([each.person_id for each in asked])))).all()
    )
    again = {each.person_id: each for each in asked if each.person_id in here}
    for each in again.values():
        await schedule(session, ERASE_AGAIN, str(each.erasure_id), clock.now(), _payload(each))
    late = or_(Erasure.purged_at.is_(None), Erasure.purged_at >= since)
    unfinished = (await session.scalars(select(Erasure.id).where(late))).all()
    if unfinished:
        reopened = update(Erasure).where(Erasure.id.in_(unfinished))
        await session.execute(reopened.values(purged_at=None, status=PENDING, completed_at=None))
    return len(again) + len(unfinished)


def _payload(asked: Asked) -> dict[str, str]:
    return {"line": asked.line()}


memory = ErasureMemory(known=known, repeat=repeat)
