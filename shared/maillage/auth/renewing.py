"""Ending the tokens that a person was given before her rights changed, so that her next ones know the change.
The same ends those of one sign-in and of a program's key: of all that a token names.

Nobody is signed out by it: whoever holds a refresh token gets another access token at once. A service keeps
what the issuer has told it in a table of its own, `class EndedTokens(EndedTokensTable, Base)`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from maillage.auth.ended import OUTLIVED, EndedSince, ends_tokens
from maillage.clock import now


class EndedTokensTable:
    """Mixed into a service's table of those whose tokens from before `ended_at` are good no more.

    `person_id` is a person's, or the id of a sign-in or of a key: what a token names.
    """

    __tablename__ = "ended_tokens"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(index=True)


async def end_tokens(
    session: AsyncSession, table: type[EndedTokensTable], person_id: UUID, moment: datetime
) -> None:
    """Ends, at the commit, the tokens from before `moment` that name this id, as the issuer's event tells.

    Events come twice and late: of two moments the later one holds. What has outlived all tokens is forgotten.
    """
    oldest = now() - OUTLIVED
    await session.execute(delete(table).where(table.ended_at < oldest))
    if moment < oldest:
        return
    row = await session.get(table, person_id, populate_existing=True)
    if row is None:
        row = table()
        row.person_id, row.ended_at = person_id, moment
        session.add(row)
    elif row.ended_at < moment:
        row.ended_at = moment
    ends_tokens(session)


def ended_tokens(table: type[EndedTokensTable]) -> EndedSince:
    """What a service with such a table is put together with (`Service.ended`)."""

    def since(_settings: Any, moment: datetime) -> Select[Any, Any]:
        return select(table.person_id, table.ended_at).where(table.ended_at >= moment)

    return since
