"""Giving the stream back what it lost, before the services start and at each start of nats-server after that.

The journals are the truth and lie in the same folder, so nobody need be asked: a house whose `nats` folder
was deleted, or that lost power in the middle of a write, is whole again after its next start.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from maillage.db import Database
from maillage.events.loss import StreamLost, find_loss
from maillage.events.repair import Journal, repair
from maillage.events.streams import events_stream, installed_services, public_stream
from nats.aio.client import Client
from sqlalchemy.exc import OperationalError

from maillage_embedded.home import Home
from maillage_embedded.progress import Progress

log = structlog.get_logger("maillage.up")


async def heal_stream(client: Client, region: str, home: Home, progress: Progress) -> int:
    """Publish again what the stream no longer has; how many events that were. Quick when nothing is lost.

    The streams must exist. Raises TimeoutError when nats-server stops answering.
    """
    jetstream = client.jetstream(timeout=10)
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(journal(home, service.name))
            for service in installed_services()
            if home.database(service.name).exists()
        ]
        checks = [(each, await loss(client, region, each)) for each in opened]
        reasons = {each.service: reason for each, reason in checks if reason}
        if not reasons:
            return 0
        log.warning("stream-lost-events", **reasons)
        progress.starting("repair")
        readable = [each for each, reason in checks if reason is not None]
        await repair(client, jetstream, region, readable)
        count = sum(each.republished for each in readable)
        log.warning("stream-repaired", republished={each.service: each.republished for each in readable})
        progress.done()
        if count:  # else only a place was corrected, or the copy for other regions made again
            progress.say(f"    {count} événements du journal remis dans le flux, qui les avait perdus")
        return count


async def loss(client: Client, region: str, journal: Journal) -> str | None:
    """What the stream lost of a journal, "" for nothing, None for a database that has no journal yet."""
    try:
        jetstream = client.jetstream(timeout=10)
        await find_loss(journal.db, jetstream, events_stream(region), copy=public_stream(region))
    except StreamLost as lost:
        return str(lost)
    except OperationalError:
        return None  # a first start that was cut short; its service makes the tables
    return ""


@asynccontextmanager
async def journal(home: Home, service: str) -> AsyncIterator[Journal]:
    """A service's journal, opened beside the service."""
    db = Database(home.database_url(service))
    try:
        yield Journal(service, db)
    finally:
        await db.dispose()
