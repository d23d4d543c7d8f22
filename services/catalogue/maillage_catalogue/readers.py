"""Asks the bus from time to time who is configured to read what, and how the links to other regions are."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import structlog
from maillage import clock
from maillage.events.names import public_stream
from maillage.service import Running
from maillage.tasks import stop_if_cancelled
from nats.errors import NoRespondersError
from nats.js.api import ConsumerInfo
from nats.js.errors import APIError
from sqlalchemy import select, update

from .bus import CannotRead, consumers
from .model import ObservedReader
from .reader import check_place
from .streams import watched

log = structlog.get_logger("maillage.catalogue")
_DELIVER = re.compile(r"^deliver\.([a-z]{2}-[a-z0-9]{1,8})(?:\.|$)")


async def run(running: Running) -> None:
    """Ask until the service stops; at once done where there is no bus."""
    events = running.events
    if events is None or events.connection is None:
        return
    while True:
        stop_if_cancelled()
        await events.connection.wait()
        settings = running.settings
        for stream, region in {**watched(settings), public_stream(settings.region): None}.items():
            try:
                await look(running, stream, region)
            except (CannotRead, APIError, NoRespondersError, ConnectionError, TimeoutError) as error:
                log.debug("readers not known", stream=stream, error=type(error).__name__)
        await asyncio.sleep(running.settings.catalogue_readers_seconds)


async def look(running: Running, stream: str, region: str | None) -> None:
    """Note the readers of one stream as they are now, and its link when its events are followed.

    Raises what the bus raises.
    """
    events: Any = running.events
    if region:
        await check_place(running, stream, region)
    found = {
        name: each for each in await consumers(events.jetstream(), stream) if (name := reader_name(each))
    }
    now = clock.now()
    async with running.db.write() as session:
        gone = update(ObservedReader).where(ObservedReader.stream == stream, ObservedReader.present)
        await session.execute(gone.values(present=False))
        rows = await session.scalars(select(ObservedReader).where(ObservedReader.stream == stream))
        known = {row.name: row for row in rows}
        for name, each in found.items():
            row = known.get(name)
            if row is None:
                row = ObservedReader(stream=stream, name=name, region=copying_region(each), first_seen=now)
                session.add(row)
            row.subjects, row.last_seen, row.present = filters(each), now, True


def reader_name(consumer: ConsumerInfo) -> str | None:
    """A durable's name, or `copy:<region>` for the copy another region pulls. None for passing readers."""
    region = copying_region(consumer)
    if region:
        return f"copy:{region}"
    return consumer.name if consumer.config.durable_name else None


def copying_region(consumer: ConsumerInfo) -> str | None:
    """The region a consumer copies for: a sourcing consumer is not durable and delivers under its name."""
    found = _DELIVER.match(consumer.config.deliver_subject or "")
    return found[1] if found else None


def filters(consumer: ConsumerInfo) -> list[str]:
    """The subjects a consumer is filtered on, sorted; `>` when it reads everything."""
    one = consumer.config.filter_subject
    return sorted(consumer.config.filter_subjects or ([one] if one else [">"]))
