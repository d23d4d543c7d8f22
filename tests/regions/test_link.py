"""Two regions on two servers: what crosses, what does not, and what a cut link costs."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from maillage.events.names import events_stream, feed_stream, public_stream
from maillage.events.purge import erase_entity
from maillage.events.streams import MAX_MESSAGE_BYTES
from maillage.ids import new_id
from maillage.nats import feeds
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import APIError

from tests.regions.conftest import INTERNAL, PUBLIC, topology
from tests.support.regions import Regions, Site, eventually, headers

CREATED, CLOSED, ERASED = PUBLIC


async def spoken(site: Site, *types: str) -> list[str]:
    """The site's region says these; the subjects."""
    return [f"{site.region}.{each}.{await site.publish(each)}" for each in types]


async def test_history_and_news_cross_in_order_both_ways_and_internal_types_never(regions: Regions) -> None:
    hub, leaf = regions.hub, regions.leaves["fr-occ"]
    assert any("FEED" in line for line in await hub.provision())
    before = await spoken(hub, CREATED, INTERNAL[0], CLOSED, INTERNAL[1], ERASED, INTERNAL[2], CREATED)
    await leaf.provision()
    after = await spoken(hub, CLOSED, INTERNAL[0], CREATED)
    theirs = await spoken(leaf, CREATED, INTERNAL[0], CLOSED)

    def public(subjects: list[str]) -> list[str]:
        return [each for each in subjects if each.split(".", 1)[1].rpartition(".")[0] in PUBLIC]

    # The hub's feed was asked for before the leaf had anything to give, and would be again in ten seconds.
    await heard(hub, leaf)
    ours = before + after
    await eventually(lambda: among(leaf, feed_stream("fr-pac"), ours), public(ours))
    await eventually(lambda: among(hub, feed_stream("fr-occ"), theirs), public(theirs))
    assert await among(hub, events_stream("fr-pac"), ours) == ours
    assert await among(leaf, public_stream("fr-occ"), theirs) == public(theirs)
    for site, stream in ((leaf, feed_stream("fr-pac")), (hub, feed_stream("fr-occ"))):
        assert public(everything := await site.subjects(stream)) == everything
    async with leaf.operator() as jetstream:
        copied = await jetstream.get_msg(feed_stream("fr-pac"), 1)
    assert (copied.headers or {})["ce-source"] == "/fr-pac/directory"


async def among(site: Site, stream: str, said: list[str]) -> list[str]:
    """Those of `said` that the stream holds, in its order: other tests have used it too."""
    return [each for each in await site.subjects(stream) if each in said]


FORBIDDEN = [
    "$JS.API.STREAM.INFO.EVENTS_FR_PAC",
    "$JS.API.STREAM.DELETE.EVENTS_FR_PAC",
    "$JS.fr-pac.API.STREAM.INFO.EVENTS_FR_PAC",
    "$JS.fr-pac.API.STREAM.MSG.GET.EVENTS_FR_PAC",
    "$JS.fr-pac.API.STREAM.PURGE.PUBLIC_FR_PAC",
    "$JS.fr-pac.API.CONSUMER.CREATE.EVENTS_FR_PAC.x.fr-pac.>",
    "JS.fr-pac.CONSUMER.CREATE.EVENTS_FR_PAC.x.fr-pac.>",
    "JS.fr-pac.CONSUMER.CREATE.EVENTS_FR_PAC.x.fr-pac.directory.contact.>",
    "JS.fr-pac.CONSUMER.CREATE.FEED_FR_COR.x.fr-cor.>",
    "JS.fr-pac.STREAM.INFO.PUBLIC_FR_PAC",
    "JS.fr-pac.STREAM.DELETE.PUBLIC_FR_PAC",
    "JS.fr-pac.CONSUMER.DELETE.PUBLIC_FR_PAC.x",
    "$JS.API.STREAM.LIST",
    "$JS.API.INFO",
]


async def answered(client: Client, subject: str) -> str | None:
    """How a request is answered: "error", "done", or None when nobody does."""
    try:
        answer = await client.request(subject, b"{}", timeout=0.3)
    except (NoRespondersError, NatsTimeoutError):
        return None
    return "error" if b'"error"' in answer.data else "done"


@pytest.mark.parametrize("where", ["at the hub's door", "behind the leaf"])
async def test_the_other_region_can_ask_for_nothing_but_what_is_public(regions: Regions, where: str) -> None:
    """Even the leaf's own operator, and whoever takes its password to the hub itself."""
    hub, leaf = regions.hub, regions.leaves["fr-occ"]
    await hub.provision()
    await leaf.provision()
    before = await hub.subjects(events_stream("fr-pac"))
    door = where == "at the hub's door"
    site, user = (hub, "fr-occ") if door else (leaf, "operator")
    own = ("$JS.API.STREAM.LIST", "$JS.API.INFO")  # at home an operator may ask of its own server
    async with site.sign_in(user, regions.doors["fr-occ"] if door else None) as (client, refused):
        for subject in FORBIDDEN:
            if door or subject not in own:
                assert await answered(client, subject) in (None, "error"), subject
        await client.publish("fr-pac.directory.cpts.created.v1.forged", b"{}")
        await client.flush()
        assert door or any("fr-pac.directory" in each for each in refused)
    assert await hub.subjects(events_stream("fr-pac")) == before


async def test_a_request_for_more_than_its_subject_says_is_refused(regions: Regions) -> None:
    """The link is limited by the request's subject; a body that asks for something else is an error."""
    hub = regions.hub
    await hub.provision()
    wider = {
        "stream_name": public_stream("fr-pac"),
        "config": {
            "name": "x",
            "filter_subject": ">",
            "ack_policy": "none",
            "deliver_subject": "deliver.fr-occ.fr-pac.x",
        },
    }
    async with hub.sign_in("fr-occ", regions.doors["fr-occ"]) as (client, _):
        subject = f"JS.fr-pac.CONSUMER.CREATE.{public_stream('fr-pac')}.x.fr-pac.>"
        answer = json.loads((await client.request(subject, json.dumps(wider).encode(), timeout=20)).data)
        assert answer["error"]["err_code"] == 10131
        other = {**wider, "stream_name": events_stream("fr-pac")}
        answer = json.loads((await client.request(subject, json.dumps(other).encode(), timeout=20)).data)
        assert "error" in answer


async def test_the_hub_cannot_rule_the_leaf_either(regions: Regions) -> None:
    leaf = regions.leaves["fr-occ"]
    await leaf.provision()
    before = await leaf.subjects(events_stream("fr-occ"))
    async with regions.hub.sign_in("fr-occ", regions.doors["fr-occ"]) as (client, _):
        for call in ("STREAM.DELETE", "STREAM.INFO", "CONSUMER.LIST", "STREAM.MSG.GET"):
            assert await answered(client, f"$JS.fr-occ.API.{call}.{events_stream('fr-occ')}") is None
        overheard = await client.subscribe("fr-occ.>")
        await client.flush()
        await leaf.publish(INTERNAL[0])
        await client.publish("fr-occ.directory.cpts.created.v1.forged", b"{}")
        await client.flush()
        assert overheard.pending_msgs <= 1  # its own forgery, never the leaf's event
    subjects = await leaf.subjects(events_stream("fr-occ"))
    assert len(subjects) == len(before) + 1
    assert not any("forged" in each for each in subjects)


@pytest.mark.parametrize("cut", ["leaf", "hub"])
async def test_with_the_link_cut_both_go_on_and_afterwards_both_are_complete(
    regions: Regions, cut: str
) -> None:
    hub, leaf = regions.hub, regions.leaves["fr-occ"]
    await hub.provision()
    await leaf.provision()
    gone, staying = (leaf, hub) if cut == "leaf" else (hub, leaf)
    gone.server.kill()
    said = await spoken(staying, CREATED, CLOSED)  # the one that stays takes no notice
    gone.server.start()
    said += await spoken(gone, CREATED, ERASED)
    for reader, origin in ((hub, leaf), (leaf, hub)):
        mine = [each for each in said if each.startswith(f"{origin.region}.")]
        await eventually(lambda r=reader, o=origin, m=mine: complete(r, o, m))
        copies = Counter(await reader.subjects(feed_stream(origin.region)))
        assert max(copies.values()) == 1


async def test_the_largest_message_a_region_takes_does_not_end_the_link(regions: Regions) -> None:
    """Copied, it grows by a header. Beyond what a server takes it ended the link, at each new try again."""
    hub, leaf = regions.hub, regions.leaves["fr-occ"]
    await hub.provision()
    await leaf.provision()
    largest, told = f"fr-occ.{CREATED}.{new_id()}", headers("fr-occ", CREATED)
    room = MAX_MESSAGE_BYTES - len("NATS/1.0\r\n\r\n") - sum(len(k) + len(v) + 4 for k, v in told.items())
    async with leaf.operator() as jetstream:
        with pytest.raises(APIError, match="exceeds maximum"):
            await jetstream.publish(f"fr-occ.{CREATED}.{new_id()}", b"x" * (room + 1), headers=told)
        await jetstream.publish(largest, b"x" * room, headers=told)
    after = await spoken(leaf, CREATED)
    await eventually(lambda: complete(hub, leaf, [largest, *after]))


async def heard(one: Site, other: Site) -> None:
    """Both hear each other."""
    for site, peer in ((one, other.region), (other, one.region)):
        await eventually(lambda site=site, peer=peer: heard_again(site, peer))


async def heard_again(site: Site, peer: str) -> bool:
    """Pick the feed up without waiting for the server's own patience; whether the peer is heard."""
    async with site.operator() as jetstream:
        if (await feeds.inward(jetstream, peer)).alive:
            return True
        await feeds.pick_up(jetstream, peer)
    await asyncio.sleep(0.5)
    return False


async def complete(reader: Site, origin: Site, said: list[str]) -> bool:
    """Whether the reader has it all; if not, it asks again without waiting for the server's patience."""
    if set(said) <= set(await reader.subjects(feed_stream(origin.region))):
        return True
    async with reader.operator() as jetstream:
        await feeds.pick_up(jetstream, origin.region)
    await asyncio.sleep(0.5)
    return False


async def test_an_erased_person_is_gone_from_every_copy(regions: Regions) -> None:
    hub, leaf = regions.hub, regions.leaves["fr-occ"]
    await hub.provision()
    await leaf.provision()
    await heard(hub, leaf)
    entity = await leaf.publish(CREATED)
    subject = f"fr-occ.{CREATED}.{entity}"

    async def arrived() -> bool:
        return subject in await hub.subjects(feed_stream("fr-occ"))

    await eventually(arrived)
    async with leaf.sign_in("directory") as (client, refused):
        assert await erase_entity(client.jetstream(timeout=60), "fr-occ", entity, PUBLIC) == 2
        assert refused == []
    async with hub.sign_in("directory") as (client, refused):
        assert await erase_entity(client.jetstream(timeout=60), "fr-occ", entity, PUBLIC, abroad=True) == 1
        assert refused == []
    await spoken(leaf, CREATED)
    for site, stream in ((leaf, public_stream("fr-occ")), (leaf, events_stream("fr-occ"))):
        assert not [each for each in await held(site, stream) if entity in each]
    assert not [each for each in await held(hub, feed_stream("fr-occ")) if entity in each]


async def held(site: Site, stream: str) -> list[str]:
    async with site.operator() as jetstream:
        info = await jetstream.stream_info(stream, subjects_filter=">")
        return list(info.state.subjects or {})


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Regions]:
    """A hub with two leaves, for this test alone."""
    started = Regions(tmp_path)
    started.start(topology("fr-pac"))
    try:
        for region in ("fr-occ", "fr-cor"):
            started.add(topology(region, "fr-pac"))
        yield started
    finally:
        started.stop()


async def test_of_two_regions_neither_sees_what_is_for_the_other(three: Regions) -> None:
    regions, hub = three, three.hub
    occ, corsica = three.leaves["fr-occ"], three.leaves["fr-cor"]
    await hub.provision()
    await occ.provision()
    await corsica.provision()
    await heard(hub, corsica)
    await heard(hub, occ)
    (theirs,) = await spoken(corsica, CREATED)
    (ours,) = await spoken(hub, CLOSED)
    await eventually(lambda: hub.subjects(feed_stream("fr-cor")), [theirs])

    async def told() -> bool:
        return all([ours in await site.subjects(feed_stream("fr-pac")) for site in (occ, corsica)])

    await eventually(told)
    # Corsica's password opens Corsica's door only: what is for Occitanie is neither heard nor forged there.
    async with hub.sign_in("fr-cor", regions.doors["fr-cor"]) as (client, _):
        for api in ("$JS.fr-occ.API", "JS.fr-occ"):
            assert await answered(client, f"{api}.CONSUMER.CREATE.PUBLIC_FR_OCC.x.fr-occ.>") is None
        overheard = await client.subscribe("deliver.fr-occ.>")
        await client.publish("deliver.fr-pac.fr-occ.forged", b"{}")
        await client.flush()
        await spoken(hub, CREATED)
        assert overheard.pending_msgs == 0
    assert not any("forged" in each for each in await hub.subjects(feed_stream("fr-occ")))
