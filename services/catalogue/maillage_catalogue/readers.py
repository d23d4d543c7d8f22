"""Asks the bus from time to time who is configured to read what, and how the links to other regions are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import structlog
from maillage import clock
from maillage.events.names import public_stream
from maillage.service import Running
from maillage.tasks import stop_if_cancelled
from maillage.trust import trusted
from nats.errors import NoRespondersError
from nats.js.api import ConsumerInfo
from nats.js.errors import APIError
from sqlalchemy import select, update

from .bus import CannotRead, consumers
from .copies import copies
from .model import ObservedReader
from .reader import check_place
from .streams import watched

log = structlog.get_logger("maillage.catalogue")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a stream: `region` is set for another region's copy, `since` when the server says it."""

    name: str
    subjects: list[str]
    region: str | None = None
    since: datetime | None = None


async def run(running: Running) -> None:
    """Ask until the service stops; at once done where there is no bus."""
    events = running.events
    if events is None or events.connection is None:
        return
    async with httpx.AsyncClient(verify=trusted(), timeout=5) as client:
        while True:
            stop_if_cancelled()
            await events.connection.wait()
            for stream, region in watched(running.settings).items():
                try:
                    await look(running, stream, region)
                except (CannotRead, APIError, NoRespondersError, ConnectionError, TimeoutError) as error:
                    log.debug("readers not known", stream=stream, error=type(error).__name__)
            try:
                await look_at_copies(running, client)
            except (httpx.HTTPError, ValueError, KeyError) as error:
                log.info("copies not known", error=type(error).__name__)
            await asyncio.sleep(running.settings.catalogue_readers_seconds)


async def look(running: Running, stream: str, region: str) -> None:
    """Note the durables of one stream as they are now, and its link. Raises what the bus raises."""
    events: Any = running.events
    await check_place(running, stream, region)
    listed = await consumers(events.jetstream(), stream)
    await note(running, stream, [Reader(c.name, filters(c)) for c in listed if c.config.durable_name])


async def look_at_copies(running: Running, client: httpx.AsyncClient) -> None:
    """Note which regions copy ours; nothing without a monitoring address. Raises what `copies` raises."""
    settings = running.settings
    if settings.catalogue_monitor_url:
        found = await copies(client, settings.catalogue_monitor_url, settings.region)
        seen = [Reader(f"copy:{each.region}", each.subjects, each.region, each.since) for each in found]
        await note(running, public_stream(settings.region), seen)


async def note(running: Running, stream: str, found: Sequence[Reader]) -> None:
    """Write down who reads `stream` now; those who no longer do keep their row."""
    now = clock.now()
    async with running.db.write() as session:
        gone = update(ObservedReader).where(ObservedReader.stream == stream, ObservedReader.present)
        await session.execute(gone.values(present=False))
        rows = await session.scalars(select(ObservedReader).where(ObservedReader.stream == stream))
        known = {row.name: row for row in rows}
        for each in found:
            row = known.get(each.name)
            if row is None:
                first = each.since or now
                row = ObservedReader(stream=stream, name=each.name, region=each.region, first_seen=first)
                session.add(row)
            row.subjects, row.last_seen, row.present = each.subjects, now, True


def filters(consumer: ConsumerInfo) -> list[str]:
    """The subjects a consumer is filtered on, sorted; `>` when it reads everything."""
    one = consumer.config.filter_subject
    return sorted(consumer.config.filter_subjects or ([one] if one else [">"]))
