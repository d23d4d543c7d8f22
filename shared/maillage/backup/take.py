"""Taking a backup: the streams first, then all databases at one moment."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from nats.js.errors import NotFoundError

from maillage import clock
from maillage.backup import manifest as manifests
from maillage.backup.manifest import DatabasePart, Manifest, Part, StreamPart, part_of
from maillage.backup.place import Place
from maillage.backup.source import Busy, Source
from maillage.backup.streams import config_of, snapshot
from maillage.events.names import DLQ, events_stream

TRIES = 10


async def take(place: Place, folder: Path) -> Manifest:
    """Fill `folder` with a backup of `place` while everything goes on; its manifest, written as well.

    The streams come before the databases: what is newer stands in the journals, from which a restore
    completes the streams, and the inboxes make repeats harmless. The other way round, a database could lack a
    fact that a stream tells. Raises Busy, Refused, NotFoundError, TimeoutError, OSError, ToolMissing.
    """
    started_at = clock.now()
    sources = place.sources()
    try:
        for each in sources:
            await each.open()
        streams, copies = await _streams(place, folder)
        pause = await _at_one_moment(sources)
        taken_at = clock.now()
        databases = await _databases(sources, folder)
    finally:
        for each in sources:
            await each.close()
    written = Manifest(
        region=place.region,
        version=version("maillage"),
        started_at=started_at,
        taken_at=taken_at,
        pause_seconds=round(pause, 4),
        databases=databases,
        streams=streams,
        copies=copies,
        keys=_keys(place.keys, folder),
    )
    await asyncio.to_thread(manifests.write, folder, written)
    return written


async def _streams(place: Place, folder: Path) -> tuple[list[StreamPart], list[dict[str, Any]]]:
    """Every stream; of one that only copies another of ours, what it takes to make it again."""
    jetstream = place.client.jetstream(timeout=30)
    (folder / "streams").mkdir()
    parts: list[StreamPart] = []
    copies: list[dict[str, Any]] = []
    infos = {info.config.name or "": info for info in await jetstream.streams_info()}
    if events_stream(place.region) not in infos:
        raise NotFoundError
    for name in sorted(infos, key=lambda each: (each != DLQ, each)):
        sources = infos[name].config.sources or []
        if sources and not any(each.external for each in sources):
            config = await config_of(place.client, name)
            copies.append({"config": config, "last_seq": infos[name].state.last_seq})
            continue
        path = folder / "streams" / f"{name}.snapshot"
        said = await snapshot(place.client, name, path)
        consumers = sorted(
            info.name for info in await jetstream.consumers_info(name) if info.config.durable_name
        )
        facts = {"name": name, "created": str(infos[name].created), "consumers": consumers}
        parts.append(StreamPart(**facts, **said, **part_of(folder, path)))
    return parts, copies


async def _at_one_moment(sources: Sequence[Source]) -> float:
    """Fix what each database will give, all at the same moment; for how many seconds they were held."""
    for left in reversed(range(TRIES)):
        begin = time.monotonic()
        try:
            for each in sources:
                await each.hold()
            for each in sources:
                await each.snapshot()
            return time.monotonic() - begin
        except Busy:
            if not left:
                raise
        finally:
            for each in sources:
                await each.release()
        await asyncio.sleep(0.2)
    raise AssertionError("unreachable")


async def _databases(sources: Sequence[Source], folder: Path) -> list[DatabasePart]:
    (folder / "databases").mkdir()
    parts = []
    for each in sources:
        copied = await each.copy(folder / "databases")
        facts = part_of(folder, copied.path)
        parts.append(
            DatabasePart(
                service=each.service,
                dialect=each.dialect,
                server=copied.server,
                revision=copied.revision,
                rows=copied.rows,
                **facts,
            )
        )
    return parts


def _keys(keys: Path | None, folder: Path) -> list[Part]:
    if keys is None or not keys.is_dir():
        return []
    (folder / "keys").mkdir()
    parts = []
    for path in sorted(path for path in keys.iterdir() if path.is_file()):
        copy = folder / "keys" / path.name
        shutil.copyfile(path, copy)
        parts.append(Part(**part_of(folder, copy)))
    return parts
