"""Recording an event with the version of the row it is about, so that consumers can tell late from fresh."""

from typing import Protocol

from maillage.events import Event, record
from sqlalchemy.ext.asyncio import AsyncSession


class _Versioned(Protocol):
    @property
    def version(self) -> int: ...


async def tell(session: AsyncSession, row: _Versioned, event: Event) -> None:
    """Record `event` about `row`, after its changes are flushed."""
    await session.flush()
    record(session, event, sequence=row.version)
