"""Streams taken and given back: messages, consumers and their places; and what other regions copy of them."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from maillage import clock
from maillage.backup.manifest import Manifest
from maillage.backup.place import Place
from maillage.backup.restore import Report
from maillage.backup.restore import _streams as give_all_back
from maillage.backup.take import _streams as take_all
from maillage.events.streams import GAP, events_stream, provision, public_stream, topology
from maillage.testing.nats import NatsServer
from nats.js.api import PubAck

from . import site


async def test_streams_come_back_with_their_consumers_and_copies_with_new_numbers(
    own_nats_server: NatsServer, region: str, tmp_path: Path
) -> None:
    wanted = topology(region, [site.watcher()], peers=["fr-xyz"], public=["maker.thing.made.v1"])
    events, public = events_stream(region), public_stream(region)
    async with site.jetstream(own_nats_server.url) as js:
        await provision(js, wanted)
        for _ in range(5):
            await js.publish(f"{region}.maker.thing.made.v1.{uuid4()}", b"{}")
        reader = await js.pull_subscribe_bind("watcher", events)
        for message in await reader.fetch(2, timeout=60):
            await message.ack_sync(timeout=60)

        async def copied() -> int:
            return (await js.stream_info(public)).state.messages

        await site.eventually(copied, 5)
        place = Place(js._nc, region, {})
        parts, copies = await take_all(place, tmp_path)
        assert public not in {part.name for part in parts}
        for info in await js.streams_info():
            await js.delete_stream(info.config.name or "")

        now = clock.now()
        facts = {"started_at": now, "taken_at": now, "pause_seconds": 0, "databases": [], "keys": []}
        manifest = Manifest(region=region, version="1", streams=parts, copies=copies, **facts)
        await give_all_back(place, tmp_path, manifest, None, Report())

        info = await js.consumer_info(events, "watcher")
        assert info.ack_floor is not None
        assert (info.ack_floor.stream_seq, info.num_pending) == (2, 3)
        answer: PubAck = await js.publish(f"{region}.maker.thing.made.v1.{uuid4()}", b"{}")
        assert answer.seq == 6
        await site.eventually(copied, 6)
        assert (await js.stream_info(public)).state.first_seq > GAP
