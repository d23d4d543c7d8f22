"""Reading a row that is about to be changed."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

Row = TypeVar("Row")


async def lock_row(session: AsyncSession, model: type[Row], row_id: UUID | str | int) -> Row:
    """The row of that primary key, held until the transaction ends, as it is now. Raises NotFound.

    SQLite has no row locks and needs none: a write transaction there is alone.
    """
    (key,) = inspect(model, raiseerr=True).primary_key
    statement: Any = select(model).where(key == row_id).with_for_update(of=model)
    row: Row | None = (
        await session.execute(statement, execution_options={"populate_existing": True})
    ).scalar()
    if row is None:
        from maillage.errors import NotFound  # late: errors is read by what reads this package

        raise NotFound()
    return row
