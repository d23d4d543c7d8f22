"""What was being published while its person was erased: taken out of the stream again.

A relay or a repair has read an event before the erasure and gives it to the stream after the purge has been
through: then nobody would look for it any more. So whoever publishes looks once more into the journal, after
the stream has the event. An erasure that comes later still is followed by a purge, which finds it there.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import structlog
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from sqlalchemy import select

from maillage.db.engine import Database
from maillage.db.many import among
from maillage.events.event import personal_types
from maillage.events.journal import Entry
from maillage.events.names import events_stream
from maillage.events.publish import Published
from maillage.events.purge import erase_entity

log = structlog.get_logger("maillage.relay")


async def take_back_erased(
    db: Database, jetstream: JetStreamContext, region: str, published: Sequence[Published]
) -> int:
    """Take out of the streams what of `published` the journal has erased by now; how many entries that were.

    Also for an entry without a place: who published it may have ended before noting where. Raises
    TimeoutError when NATS is away; doing it again is harmless.
    """
    places = {each.entry_id: each.sequence for each in published}
    async with db.glance() as session:
        gone = select(Entry.id, Entry.type, Entry.entity_id).where(Entry.data.is_(None))
        gone = gone.where(among(session.sync_session, Entry.id, places))
        erased = (await session.execute(gone)).all()
    personal = personal_types()
    for entry_id, kind, entity_id in erased:
        if kind in personal:
            await erase_entity(jetstream, region, entity_id, [kind])
        elif (place := places[entry_id]) is not None:
            with suppress(NotFoundError):  # the purge has been faster
                await jetstream.delete_msg(events_stream(region), place)
    if erased:
        log.info("erased while it was published", entries=len(erased))
    return len(erased)
