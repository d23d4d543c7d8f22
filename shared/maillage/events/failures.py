"""How often a consumer's handlers have failed on an event, counted by what happened here.

The server counts deliveries, which is another thing: one that never arrived or came again for want of an
answer is counted there, and a consumer that is reset, as at each restart, begins anew. These counts are kept
beside the consumer's marks, so neither a restart nor another leader gives an event its tries back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select

from maillage.db.engine import Database
from maillage.events.marks import write_mark
from maillage.events.tables import KIT

_MARK = KIT.consumer_mark


class Failures:
    """The counts of a service's consumer on the stream of one region, `origin`, by event.

    Empty when all is well, and nothing is asked of the database then. A database has one consumer, whose
    own name may take up the whole room of a mark's.
    """

    def __init__(self, db: Database, origin: str) -> None:
        self._db, self._prefix = db, f"{origin}!"
        self._counts: dict[str, int] = {}

    async def load(self) -> None:
        """Know what was counted before, here or by another leader."""
        ours = _MARK.c.consumer.startswith(self._prefix, autoescape=True)
        async with self._db.read() as session:
            rows = await session.execute(select(_MARK.c.consumer, _MARK.c.suspect_tries).where(ours))
            self._counts = {name.removeprefix(self._prefix): tries for name, tries in rows}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._counts)

    def of(self, event: str) -> int:
        """How often it has failed."""
        return self._counts.get(event, 0)

    async def keep(self, counts: Mapping[str, int], settled: Iterable[str] = ()) -> None:
        """Know these counts from now on, and no more of what is done or in the dead letters.

        Raises what the database does; then nothing has changed.
        """
        gone = [event for event in settled if event in self._counts]
        if not counts and not gone:
            return
        async with self._db.write() as session:
            for event, count in counts.items():
                await write_mark(session, self._prefix + event, suspect_tries=count)
            names = [self._prefix + event for event in gone]
            await session.execute(delete(_MARK).where(_MARK.c.consumer.in_(names)))
        self._counts.update(counts)
        for event in gone:
            self._counts.pop(event, None)
