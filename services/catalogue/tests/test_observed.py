"""What passes on the bus is noted once, in order, whatever it is and whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import nats
import pytest
from catalogue_site import JOINED, STARTED, OpenShelf, Site
from maillage.clock import now
from maillage.db import Database, drift, migrate
from maillage.events.names import feed_stream
from maillage.events.streams import Topology, events_stream, provision
from maillage.ids import new_id
from maillage.testing import NatsServer
from maillage.testing.databases import Databases, Dialect
from maillage_catalogue.app import service
from maillage_catalogue.model import Base, ObservedEvent, StreamPlace
from maillage_catalogue.reader import _place
from nats.js.api import StreamConfig
from sqlalchemy import select, update


async def test_the_migrations_lead_to_the_model(database_url: str) -> None:
    await migrate(database_url, service.migrations)
    assert await drift(database_url, Base.metadata) == []


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
async def test_types_are_counted_and_events_listed_in_order(
    site: Site, shelf: OpenShelf, dialect: str
) -> None:
    ids = [str(await site.publish()) for _ in range(3)]
    async with shelf(dialect) as catalogue:
        assert [each["event_id"] for each in await catalogue.sees(3)] == ids[::-1]
        later = str(await site.publish(JOINED, {"coordinator_id": str(uuid4()), "first_name": "Nadia"}))
        assert (await catalogue.sees(4))[0]["event_id"] == later
        found = await catalogue.get(f"/event-types/{STARTED}")
        (seen,) = found["observed"]
        assert (seen["count"], seen["source"]) == (3, f"/{site.region}/directory")
        assert seen["first_seen"] < seen["last_seen"]
        first = await catalogue.get("/events", limit=3)
        rest = await catalogue.get("/events", limit=3, cursor=first["next"])
        assert [each["event_id"] for each in first["items"] + rest["items"]] == [later, *ids[::-1]]


async def test_a_message_that_looks_like_the_servers_own_word_stops_no_reader(
    site: Site, shelf: OpenShelf
) -> None:
    """A header `Status` is the server's only where no place in the stream stands beside it."""
    await site.raw(f"{site.region}.{STARTED}.x", b"{}", {"Status": "404", "ce-id": "odd"})
    behind = str(await site.publish())
    async with shelf() as catalogue:
        newest, odd = await catalogue.sees(2)
        assert (newest["event_id"], odd["problem"]) == (behind, "not-a-cloudevent")


async def test_what_is_observed_does_not_change_and_is_not_asked_for_its_changes(
    site: Site, shelf: OpenShelf
) -> None:
    async with shelf() as catalogue:
        for path in ("/events", "/event-types"):
            asked = f"{path}?updated_since=2026-03-01T10:00:00Z"
            answer = await catalogue.client.get(asked, headers=catalogue.tokens.admin())
            assert (answer.status_code, answer.json()["code"]) == (400, "unknown-parameter")


async def test_filters_find_type_entity_thread_region_and_time(
    site: Site, shelf: OpenShelf, peer: str, feed: str
) -> None:
    entity = uuid4()
    about = await site.publish(entity=entity)
    caused = await site.publish(JOINED, cause=about, correlation=about)
    abroad = await site.publish(region=peer)
    async with shelf(peer_regions=[peer]) as catalogue:
        everything = await catalogue.sees(3)
        times = {each["event_id"]: each["time"] for each in everything}
        filters: list[tuple[dict[str, Any], set[Any]]] = [
            ({"type": STARTED}, {about, abroad}),
            ({"type": "directory.coordinator"}, {caused}),
            ({"type": "directory.coord"}, set()),
            ({"entity_id": str(entity)}, {about}),
            ({"correlation_id": str(about)}, {about, caused}),
            ({"region": peer}, {abroad}),
            ({"since": times[str(caused)], "region": site.region}, {caused}),
            ({"until": times[str(caused)], "region": site.region}, {about}),
        ]
        for given, wanted in filters:
            items = (await catalogue.get("/events", **given))["items"]
            assert {each["event_id"] for each in items} == set(map(str, wanted)), given


async def test_a_restart_goes_on_where_it_was(site: Site, shelf: OpenShelf, databases: Databases) -> None:
    url = await databases.migrated("sqlite", service.migrations)
    await site.publish()
    async with shelf(url=url) as catalogue:
        await catalogue.sees(1)
    await site.publish()
    async with shelf(url=url) as catalogue:
        assert [each["number"] for each in await catalogue.sees(2)] == [2, 1]
        (seen,) = (await catalogue.get(f"/event-types/{STARTED}"))["observed"]
        assert seen["count"] == 2
    await databases.drop(url)


async def test_an_end_that_was_lost_and_filled_by_others_is_read_again(
    site: Site, shelf: OpenShelf, databases: Databases
) -> None:
    """The stream is as long as it was, so its length does not tell: other events are at the last places."""
    url = await databases.migrated("sqlite", service.migrations)
    await site.publish()
    lost, filling = new_id(), await site.publish()
    async with shelf(url=url) as catalogue:
        await catalogue.sees(2)
        async with catalogue.running.db.write() as session:
            filled = update(ObservedEvent).where(ObservedEvent.event_id == str(filling))
            await session.execute(filled.values(event_id=str(lost)))
    async with shelf(url=url) as catalogue:
        assert {each["event_id"] for each in await catalogue.sees(3)} >= {str(lost), str(filling)}
    await databases.drop(url)


async def test_the_last_place_counts_and_not_what_was_observed_last(
    site: Site, shelf: OpenShelf, databases: Databases
) -> None:
    """After a repair the second stood before the first; then the end was lost again, and filled."""
    url = await databases.migrated("sqlite", service.migrations)
    first, lost, filling = await site.publish(), new_id(), await site.publish()
    async with shelf(url=url) as catalogue:
        await catalogue.sees(2)
        async with catalogue.running.db.write() as session:
            for number, (event_id, place) in enumerate(((lost, 2), (first, 1)), start=1):
                known = update(ObservedEvent).where(ObservedEvent.number == number)
                await session.execute(known.values(event_id=str(event_id), sequence=place))
    async with shelf(url=url) as catalogue:
        assert {each["event_id"] for each in await catalogue.sees(3)} >= {str(lost), str(filling)}
    await databases.drop(url)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
async def test_both_readers_may_come_to_a_stream_first(
    site: Site, databases: Databases, dialect: Dialect
) -> None:
    url = await databases.migrated(dialect, service.migrations)
    db, stream = Database(url), events_stream(site.region)

    async def come(problem: str) -> None:
        async with db.write() as session:
            (await _place(session, stream, site.region)).problem = problem
            await asyncio.sleep(0)

    await asyncio.gather(*(come(f"p{number}") for number in range(4)))
    async with db.read() as session:
        (place,) = (await session.scalars(select(StreamPlace))).all()
        assert (place.next_sequence, place.region) == (1, site.region)
    await db.dispose()
    await databases.drop(url)


async def test_a_store_lost_and_repaired_is_read_again_without_counting_twice(
    own_nats_server: NatsServer, region: str, shelf: OpenShelf, databases: Databases
) -> None:
    client = await nats.connect(own_nats_server.url)
    site = Site(client, region, own_nats_server.url)
    wanted = Topology(region, {})
    await provision(client.jetstream(timeout=60), wanted)
    first, kept, erased = [await site.publish() for _ in range(3)]
    message = await client.jetstream(timeout=60).get_msg(events_stream(region), seq=2)
    async with shelf(nats_url=own_nats_server.url) as catalogue:
        await catalogue.sees(3)
        own_nats_server.kill()
        own_nats_server.remove_store()
        own_nats_server.start()
        await client.close()
        site.client = await nats.connect(own_nats_server.url)
        await provision(site.client.jetstream(timeout=60), wanted)
        headers = {str(name): str(value) for name, value in (message.headers or {}).items()}
        await site.raw(message.subject or "", message.data or b"", headers)  # as `stream repair` does
        fresh = await site.publish()
        items = {each["event_id"]: each for each in await catalogue.sees(4)}
        assert set(items) == set(map(str, (first, kept, erased, fresh)))

        async def placed() -> bool:
            shown = {each["event_id"]: each for each in (await catalogue.get("/events"))["items"]}
            places = {name: (one["sequence"], one["body"]) for name, one in shown.items()}
            return places[str(kept)] == (1, "whole") and places[str(erased)][1] == "erased"

        await catalogue.until(placed)
        (seen,) = (await catalogue.get(f"/event-types/{STARTED}"))["observed"]
        assert seen["count"] == 4
    await site.client.close()


async def test_what_is_no_event_of_ours_is_noted_without_its_words(site: Site, shelf: OpenShelf) -> None:
    home = site.region
    await site.raw(f"{home}.oddity", b"Jeanne Martin")
    await site.raw(f"{home}.directory.position.started.v1.jeanne-martin", b"{}", {"ce-id": "x"})
    await site.publish(type="fr.maillage.directory.position.ended.v1", correlationid="Jeanne%20Martin")
    async with shelf() as catalogue:
        items = await catalogue.sees(3)
        assert [each["problem"] for each in items] == [
            "wrong-subject",
            "not-a-cloudevent",
            "not-a-cloudevent",
        ]
        assert "eanne" not in json.dumps(items)


async def test_an_erased_event_shows_no_body(site: Site, shelf: OpenShelf) -> None:
    await site.publish()
    await site.client.jetstream(timeout=60).delete_msg(events_stream(site.region), 1)
    await site.publish()
    async with shelf() as catalogue:
        (there,) = await catalogue.sees(1)
        await site.client.jetstream(timeout=60).delete_msg(events_stream(site.region), there["sequence"])

        async def read() -> Any:
            """The event as it is shown once the bus has answered: a slow one is held to be away."""
            (shown,) = await catalogue.sees(1)
            return shown if shown["body"] != "away" else None

        gone = await catalogue.until(read)
        assert (gone["body"], gone["data"]) == ("erased", None)


async def test_without_a_bus_the_declared_side_stands(shelf: OpenShelf) -> None:
    async with shelf(nats_url="") as catalogue:
        found = await catalogue.get(f"/event-types/{STARTED}")
        assert (found["declared"], found["seen"]) == (True, None)
        assert "never-seen" not in found["mismatches"]


@pytest.mark.parametrize("asked", [{"type": "a\0"}, {"region": "\0"}, {"since": "0001-01-01T00:00:00+14:00"}])
async def test_a_filter_that_no_database_takes_is_refused_before_the_live_answer_begins(
    shelf: OpenShelf, asked: dict[str, str]
) -> None:
    """PostgreSQL refuses it only when it is asked, and then the answer would break off."""
    async with shelf(nats_url="") as catalogue:
        headers = catalogue.tokens.admin()
        answer = await catalogue.client.get("/events/stream", params=asked, headers=headers)
        (told,) = answer.json()["errors"]
        assert (answer.status_code, told["pointer"]) == (422, f"?{next(iter(asked))}")


async def test_a_missing_stream_is_waited_for(site: Site, shelf: OpenShelf, peer: str) -> None:
    async with shelf(peer_regions=[peer]) as catalogue:

        async def told() -> Any:
            return (await catalogue.get("/flows"))["received"][0]["problem"]

        assert await catalogue.until(told) == "missing"
        config = StreamConfig(name=feed_stream(peer), subjects=[f"{peer}.>"], allow_direct=True)
        await site.client.jetstream(timeout=60).add_stream(config)
        await site.publish(region=peer)
        await catalogue.sees(1)

        async def well() -> bool:
            return await told() is None

        assert await catalogue.until(well)


async def test_it_leaves_nothing_on_the_bus(site: Site, shelf: OpenShelf) -> None:
    js = site.client.jetstream(timeout=60)
    await site.publish()
    heard: list[str] = []

    async def hear(message: Any) -> None:
        heard.append(message.subject)

    await site.client.subscribe(">", cb=hear)
    async with shelf() as catalogue:
        await catalogue.sees(1)
        await asyncio.sleep(0.3)
    names = {each.name for each in await js.consumers_info(events_stream(site.region))}
    assert names == {"notifications", "stranger"}
    asked = {subject for subject in heard if subject.startswith(("$JS.API.", "$JS.ACK.", f"{site.region}."))}
    stream = events_stream(site.region)
    allowed = {f"$JS.API.{each}.{stream}" for each in ("DIRECT.GET", "STREAM.INFO", "CONSUMER.LIST")}
    assert asked <= allowed, asked - allowed


async def test_who_was_erased_is_refused_once_the_bus_has_told(
    site: Site, shelf: OpenShelf, peer: str, feed: str
) -> None:
    """Another region's word about an id of ours ends nothing."""
    gone, slandered = uuid4(), uuid4()
    await site.publish("directory.coordinator.erased.v1", entity=gone)
    await site.publish("directory.coordinator.erased.v1", entity=slandered, region=peer)
    async with shelf(peer_regions=[peer]) as catalogue:
        await catalogue.sees(2)
        catalogue.running.ended.look_again()
        for person, expected in ((gone, 401), (slandered, 200)):
            answer = await catalogue.client.get("/events", headers=catalogue.tokens.admin(person))
            assert answer.status_code == expected, answer.text


async def test_an_older_token_is_refused_once_the_bus_has_told_of_new_rights(
    site: Site, shelf: OpenShelf, peer: str, feed: str
) -> None:
    """Told twice, the later one counts; another region's word ends nothing."""
    changed, slandered = uuid4(), uuid4()
    kind = "directory.account.tokens-ended.v1"
    async with shelf(peer_regions=[peer]) as catalogue:
        before = {each: catalogue.tokens.admin(each) for each in (changed, slandered)}
        for _ in range(2):
            await site.publish(kind, entity=changed)
        await site.publish(kind, entity=slandered, region=peer)
        await catalogue.sees(3)
        catalogue.running.ended.look_again()
        for person, expected in ((changed, "token-ended"), (slandered, None)):
            answer = await catalogue.client.get("/events", headers=before[person])
            assert answer.json().get("code") == expected, answer.text
        after = catalogue.tokens.admin(changed, ended_at=now())
        assert (await catalogue.client.get("/events", headers=after)).status_code == 200
