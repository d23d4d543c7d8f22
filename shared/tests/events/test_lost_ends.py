"""A lost end that no journal had noted, though consumers and other regions had been given what was there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from unittest.mock import patch

import pytest
from maillage.db import Database
from maillage.events import relay
from maillage.events.repair import Journal, repair
from maillage.events.streams import events_stream, provision, public_stream, topology
from maillage.testing.nats import CONFIGURATION, NatsServer
from nats.js import JetStreamContext

from . import site
from .test_relay_faults import in_stream, says

PEERS = ["fr-xyz"]


class Robbed:
    """A server whose stream loses its end: what it has taken since this was made."""

    def __init__(self, server: NatsServer, region: str) -> None:
        self._server, self._name = server, events_stream(region)
        self._file = self._newest()
        self._size = self._file.stat().st_size

    def _newest(self) -> Path:
        blocks = self._server.folder.glob(f"store/jetstream/*/streams/{self._name}/msgs/*.blk")
        return max(blocks, key=lambda each: int(each.stem))

    async def lose_the_end(self) -> None:
        """The server is stopped, its disk cut, and the server is back, with all it knows of its readers."""
        await asyncio.to_thread(self._server.stop)
        assert self._newest() == self._file
        with self._file.open("r+b") as file:
            file.truncate(self._size)
        (self._file.parent / "index.db").unlink(missing_ok=True)
        await asyncio.to_thread(self._server.start)


async def linked(js: JetStreamContext, region: str) -> None:
    """The streams of a region that another may copy, and its one consumer."""
    await provision(js, topology(region, [site.watcher()], peers=PEERS, public=["maker.thing.made.v1"]))


async def publish(db: Database, server: NatsServer, region: str, *numbers: int, noted: bool = True) -> None:
    """The server takes these; unless `noted`, the relay ends each time before it has written that down."""
    before = await in_stream(server, region)
    await site.make(db, *numbers)
    killed = patch.object(relay, "note_unless_repaired", side_effect=RuntimeError("killed"))
    if not noted:
        killed.start()
    try:
        async with site.running("maker", db, region, server.url, peers=PEERS):
            await site.eventually(lambda: in_stream(server, region), [*before, *numbers])
            await site.eventually(lambda: site.unpublished(db), 0 if noted else len(numbers))
    finally:
        if not noted:
            killed.stop()


async def copied(server: NatsServer, region: str) -> list[int]:
    """The things that another region can know of, in the order of the copy."""
    stream = public_stream(region)
    async with site.jetstream(server.url) as js:
        state = (await js.stream_info(stream)).state
        found = [await js.get_msg(stream, seq=state.first_seq + each) for each in range(state.messages)]
    return [int((each.headers or {})["ce-sequence"]) for each in found]


async def test_nobody_fills_the_places_of_what_others_have_copied(
    own_nats_server: NatsServer, region: str, tmp_path: Path
) -> None:
    """Three and four are lost and in no journal, but were read and copied; five comes before they are back.

    The server copies by number, and would never copy five. Its consumers it sets back by itself (2.14).
    """
    url, server = own_nats_server.url, own_nats_server
    async with site.jetstream(url) as js:
        await linked(js, region)
    async with (
        site.database(f"sqlite:///{tmp_path}/maker.db") as maker,
        site.database(f"sqlite:///{tmp_path}/other.db") as other,
        site.database(f"sqlite:///{tmp_path}/watcher.db") as db,
    ):
        await publish(maker, server, region, 1, 2)
        robbed = Robbed(server, region)
        await publish(maker, server, region, 3, 4, noted=False)
        async with site.running("watcher", db, region, url, site.watcher()):
            await site.eventually(lambda: site.seen(db), [1, 2, 3, 4])
            await site.eventually(lambda: site.unanswered(url, region), 0)
        await site.eventually(lambda: copied(server, region), [1, 2, 3, 4])
        await robbed.lose_the_end()

        await site.make(other, 5)
        async with site.running("maker", other, region, url, peers=PEERS) as runtime:
            await site.eventually(lambda: says(runtime, "ends at 2, its copy for other regions at 4"))
            assert runtime.calls_for_operator() == runtime.problems()
            async with site.jetstream(url) as js:
                await repair(js._nc, js, region, [Journal("maker", maker), Journal("other", other)])
            await site.eventually(lambda: in_stream(server, region), [1, 2, 5])
        async with site.running("maker", maker, region, url, peers=PEERS):
            await site.eventually(lambda: in_stream(server, region), [1, 2, 5, 3, 4])
        await site.eventually(lambda: copied(server, region), [1, 2, 5, 3, 4])
        async with site.running("watcher", db, region, url, site.watcher()):
            await site.eventually(lambda: site.seen(db), [1, 2, 3, 4, 5])


async def test_a_repair_has_the_copy_made_again_under_numbers_nobody_has_had(
    nats_server: NatsServer, region: str, tmp_path: Path
) -> None:
    stream, copy = events_stream(region), public_stream(region)
    async with site.database(f"sqlite:///{tmp_path}/maker.db") as db, site.jetstream(nats_server.url) as js:
        await linked(js, region)
        await publish(db, nats_server, region, 1, 2, 3)
        await site.eventually(lambda: copied(nats_server, region), [1, 2, 3])
        before = (await js.stream_info(copy)).state
        await repair(js._nc, js, region, [Journal("maker", db)])
        assert (await js.stream_info(copy)).state.first_seq == before.first_seq  # nothing was missing
        await js.delete_msg(stream, 2)
        await repair(js._nc, js, region, [Journal("maker", db)])
        await site.eventually(lambda: copied(nats_server, region), [1, 3, 2])
        assert (await js.stream_info(copy)).state.first_seq > before.last_seq


@pytest.mark.parametrize("what", ["STREAM.MSG.GET.{copy}", "CONSUMER.DELETE.{stream}.maker-look"])
async def test_who_may_not_look_publishes_as_before(what: str, region: str, tmp_path: Path) -> None:
    """The bus's configuration is older than the service, as in the middle of an upgrade."""
    call = what.format(copy=public_stream(region), stream=events_stream(region))
    may_not = f'deny: ["$JS.API.{call}"]'
    somebody = f"{{user: somebody, password: any, permissions: {{publish: {{{may_not}}}}}}}"
    rights = f"authorization {{ users: [{somebody}] }}\nno_auth_user: somebody\n"
    server = NatsServer(
        tmp_path / "nats", lambda one: CONFIGURATION.format(port=one.port, folder=one.folder) + rights
    )
    server.start()
    try:
        async with site.database(f"sqlite:///{tmp_path}/maker.db") as db, site.jetstream(server.url) as js:
            await linked(js, region)
            await publish(db, server, region, 1, 2)
            await publish(db, server, region, 3)  # a new start: it would look where the last one is
    finally:
        server.close()
