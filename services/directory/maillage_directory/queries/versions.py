"""In what state the directory is, in one statement: what is kept of it is good while that is the same."""

from __future__ import annotations

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.model import Coordinator, Cpts, Position


def sums() -> list[ScalarSelect[int]]:
    """The sums of the versions: every change gives a row a new one and no row goes, so none comes back."""
    return [
        select(func.coalesce(func.sum(table.version), 0)).scalar_subquery()
        for table in (Cpts, Position, Coordinator)
    ]


async def versions(session: AsyncSession) -> tuple[int, ...]:
    """The state, as something to compare."""
    return tuple((await session.execute(select(*sums()))).one())
