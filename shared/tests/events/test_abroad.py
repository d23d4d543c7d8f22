"""Other regions' events: read from a feed of their own, by handlers of their own, and believed no further.

The feed is filled here by replays, as its operator would; the link itself is tested in tests/regions.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from maillage import clock
from maillage.db import Database
from maillage.events import Consumer, Context, Permanent, deadletters
from maillage.events.event import Event, full_type, subject_of
from maillage.events.purge import erase_entity
from maillage.events.repair import Journal, repair
from maillage.events.runtime import EventRuntime
from maillage.events.streams import events_stream, feed_stream, provision, public_stream, topology
from maillage.events.tables import KIT
from maillage.ids import new_id
from maillage.settings import ServiceSettings
from maillage.testing.nats import NatsServer
from nats.js import JetStreamContext
from sqlalchemy import select

from . import site
from .site import Made
from .test_lost_ends import copied

MADE = "maker.thing.made.v1"


def listener(hook: site.Hook | None = None) -> Consumer:
    """A consumer with a handler for our own things and one for those of others."""
    consumer = site.watcher(hook)

    @consumer.project(MADE, abroad=True)
    async def keep_theirs(event: Made, ctx: Context) -> None:
        if hook:
            await hook(event, ctx)
        row = {"thing_id": str(event.thing_id), "number": event.number, "how": ctx.region, "at": ctx.time}
        await ctx.session.execute(site.SEEN.insert().values(**row))

    return consumer


@asynccontextmanager
async def linked(
    url: str, server: str, region: str, peer: str, consumer: Consumer
) -> AsyncIterator[tuple[Database, JetStreamContext, EventRuntime]]:
    """The service at work in a region that follows `peer`."""
    async with site.jetstream(server) as js, site.database(url) as db:
        await provision(js, topology(region, [consumer], peers=[peer], public=[MADE]))
        async with site.running("maker", db, region, server, consumer, peers=[peer]) as runtime:
            yield db, js, runtime


async def arrive(js: JetStreamContext, peer: str, number: int, **said: str) -> dict[str, Any]:
    """An event of `peer` appears in its feed; `said` are headers it gives otherwise."""
    body = {"thing_id": str(new_id()), "number": number}
    headers = {
        "ce-specversion": "1.0",
        "ce-id": str(new_id()),
        "ce-type": full_type(MADE),
        "ce-source": f"/{peer}/maker",
        "ce-time": "2026-03-01T10:00:00Z",
        **{name.replace("_", "-"): value for name, value in said.items()},
    }
    subject = subject_of(peer, full_type(MADE), body["thing_id"])
    await js.publish(f"replay.{subject}", json.dumps(body).encode(), headers=headers)
    return body


async def test_a_peers_event_goes_to_the_handlers_for_abroad_and_ours_to_ours(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    peer = f"{region}o"
    async with linked(database_url, nats_server.url, region, peer, listener()) as (db, js, runtime):
        await site.make(db, 1)
        event_id = str(new_id())
        await arrive(js, peer, 2, ce_id=event_id)
        await arrive(js, peer, 3, ce_id=event_id)  # the same event once more
        await arrive(js, peer, 4)
        await site.eventually(lambda: site.seen(db, peer), [2, 4])
        await site.eventually(lambda: site.seen(db), [1])
        await site.eventually(runtime.problems, [])

        async def places() -> set[str]:
            """The relay notes its own after its event has come back to it, as it happens."""
            async with db.read() as session:
                marks = (await session.scalars(select(KIT.consumer_mark.c.consumer))).all()
            return {mark for mark in marks if not mark.endswith("+types")}

        await site.eventually(places, {"@relay", "@repair", "watcher", f"watcher@{peer}"})
        async with db.read() as session:
            inbox = set((await session.scalars(select(KIT.inbox.c.consumer))).all())
        assert inbox == {"watcher", f"watcher@{peer}"}


async def test_a_feed_is_not_believed_about_anyone_but_its_region(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    peer = f"{region}o"
    async with linked(database_url, nats_server.url, region, peer, listener()) as (db, js, _):
        await arrive(js, peer, 1, ce_source=f"/{region}/maker")
        await arrive(js, peer, 2, ce_type=full_type("maker.person.named.v1"))
        await arrive(js, peer, 3)
        await site.eventually(lambda: site.seen(db, peer), [3])

        async def reasons() -> list[str]:
            found = [each async for each in deadletters.letters(js, "watcher")]
            return [each.reason for each in found if each.stream == feed_stream(peer)]

        # They are buried after the transaction that the third one was seen in.
        await site.eventually(lambda: _count(reasons), 2)
        assert await reasons() == [
            f"Malformed: ce-source does not begin with /{peer}/",
            "Malformed: ce-type is not the subject's",
        ]


async def test_a_dead_letter_of_a_feed_goes_back_to_it(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    peer, broken = f"{region}o", [True]

    async def refuse(_event: Made, _ctx: Context) -> None:
        if broken:
            raise Permanent("not today")

    async with linked(database_url, nats_server.url, region, peer, listener(refuse)) as (db, js, _):
        await arrive(js, peer, 7)

        async def mine() -> list[int]:
            found = [each async for each in deadletters.letters(js, "watcher")]
            return [each.number for each in found if each.stream == feed_stream(peer)]

        await site.eventually(lambda: _count(mine), 1)
        broken.clear()
        await deadletters.replay(js, (await mine())[0])
        await site.eventually(lambda: site.seen(db, peer), [7])
        assert await mine() == []


async def _count(numbers: Any) -> int:
    return len(await numbers())


async def test_only_public_types_are_put_where_others_may_copy_them_and_a_new_one_brings_its_history(
    nats_server: NatsServer, region: str
) -> None:
    named, public = "maker.person.named.v1", public_stream(region)
    async with site.jetstream(nats_server.url) as js:
        await provision(js, topology(region, [], peers=["fr-zz"], public=[MADE]))
        for number in range(6):
            await js.publish(subject_of(region, full_type((MADE, named)[number % 2]), str(number)), b"{}")
        await site.eventually(lambda: _subjects(js, public), [f"{region}.{MADE}.{n}" for n in (0, 2, 4)])
        before = (await js.stream_info(public)).state
        done = await provision(js, topology(region, [], peers=["fr-zz"], public=[MADE, named]))
        assert f"flux {public} : refait, car la liste des types publics a changé" in done
        both = [f"{region}.{(MADE, named)[n % 2]}.{n}" for n in range(6)]
        await site.eventually(lambda: _subjects(js, public), both)
        # Numbered onwards, so that a feed that goes on after the last it had misses none of them.
        assert (await js.stream_info(public)).state.first_seq > before.last_seq
        again = await provision(js, topology(region, [], peers=["fr-zz"], public=[MADE, named]))
        assert all("à jour" in line for line in again)


async def test_the_public_copy_goes_on_after_the_stream_was_lost(
    own_nats_server: NatsServer, region: str, tmp_path: Path
) -> None:
    """The new store has fewer events than the copy has had: what comes next must not pass for known."""
    wanted, public = topology(region, [], peers=["fr-zz"], public=[MADE]), public_stream(region)
    server = own_nats_server.url
    async with site.database(f"sqlite:///{tmp_path}/maker.db") as db, site.jetstream(server) as js:
        await provision(js, wanted)
        async with site.running("maker", db, region, server):
            await site.make(db, 1, 2, 3)
            await site.eventually(lambda: _held(js, public), 3)
            await site.eventually(lambda: site.unpublished(db), 0)
        async with db.write() as session:
            forgotten = KIT.outbox.c.stream_sequence <= 2
            await session.execute(
                KIT.outbox.update().where(forgotten).values(data=None, erased_at=clock.now())
            )
        await js.delete_stream(events_stream(region))
        await provision(js, wanted)
        await repair(js._nc, js, region, [Journal("maker", db)])
        async with site.running("maker", db, region, server):
            await site.make(db, 4)
            # It is made again: the third stands in it once, the fourth is new, and what was erased is gone.
            await site.eventually(lambda: copied(own_nats_server, region), [3, 4])


async def _subjects(js: JetStreamContext, stream: str) -> list[str]:
    state = (await js.stream_info(stream)).state
    places = range(state.first_seq, state.last_seq + 1) if state.messages else ()
    return [str((await js.get_msg(stream, place)).subject) for place in places]


async def test_an_erased_entity_is_gone_from_the_public_copy_and_from_a_feed(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    peer = f"{region}o"
    async with linked(database_url, nats_server.url, region, peer, listener()) as (db, js, _):
        (ours, _other) = await site.make(db, 1, 2)
        theirs = (await arrive(js, peer, 3))["thing_id"]
        await site.eventually(lambda: _held(js, public_stream(region)), 2)
        await site.eventually(lambda: site.seen(db, peer), [3])
        assert await erase_entity(js, region, ours, [MADE]) == 2
        assert await erase_entity(js, peer, theirs, [MADE], abroad=True) == 1
        assert await _held(js, public_stream(region)) == 1
        assert await _held(js, feed_stream(peer)) == 0


async def _held(js: JetStreamContext, stream: str) -> int:
    return (await js.stream_info(stream)).state.messages


def test_peers_are_a_list_of_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILLAGE_PEER_REGIONS", "fr-occ, FR-COR,,fr-occ")
    assert ServiceSettings().peer_regions == ["fr-occ", "fr-cor"]
    with pytest.raises(ValueError, match="own region"):
        ServiceSettings(region="fr-occ")
    with pytest.raises(ValueError, match="pattern"):
        ServiceSettings(peer_regions=["Occitanie"])


def test_what_is_private_cannot_be_public() -> None:
    with pytest.raises(TypeError, match="exclude each other"):

        class Contact(
            Event, service="maker", entity="contact", name="moved", key="who", private=True, public=True
        ):
            who: str
