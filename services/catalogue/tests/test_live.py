"""The live events: in order, once, what was missed first; and one thread followed across services."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import uvicorn
from catalogue_site import JOINED, OpenShelf, Shelf, Site
from maillage.http.listeners import Listeners
from maillage_catalogue.history import as_tree
from maillage_catalogue.model import ObservedEvent


@asynccontextmanager
async def listening(catalogue: Shelf, query: str = "", **headers: str) -> AsyncIterator[Any]:
    """Reads the live events over a real socket; the value gives the next event's id and data."""
    config = uvicorn.Config(catalogue.app, port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # it has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/api/catalogue/v1/events/stream{query}"
    asked = catalogue.tokens.admin() | headers
    try:
        async with (
            httpx.AsyncClient() as client,
            client.stream("GET", url, headers=asked, timeout=90) as answer,
        ):
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["x-accel-buffering"] == "no"
            lines = answer.aiter_lines()
            assert (await anext(lines)).startswith((": open", "retry"))

            async def following() -> tuple[int, dict[str, Any]]:
                fields: dict[str, str] = {}
                async with asyncio.timeout(60):
                    async for line in lines:
                        if not line and "data" in fields:
                            return int(fields["id"]), json.loads(fields["data"])
                        name, _, value = line.partition(": ")
                        fields[name] = value
                raise AssertionError("the stream has ended")

            yield following
    finally:
        server.force_exit = server.should_exit = True
        await task


async def test_a_reader_has_so_many_streams_open_and_is_told_so(shelf: OpenShelf) -> None:
    async with shelf() as catalogue:
        catalogue.app.state.service.listeners = Listeners(1)
        admin = catalogue.tokens.admin()
        async with listening(catalogue, **admin):
            refused = await catalogue.client.get("/events/stream", headers=admin)
            assert refused.status_code == 429, refused.text
            assert refused.headers["content-type"] == "application/problem+json"
            assert (refused.json()["code"], refused.headers["retry-after"]) == ("too-many-streams", "60")
        async with listening(catalogue, **admin):
            pass


async def test_events_come_live_in_order_and_masked(site: Site, shelf: OpenShelf) -> None:
    await site.publish()
    async with shelf() as catalogue:
        await catalogue.sees(1)
        async with listening(catalogue) as following:
            ids = [str(await site.publish(JOINED, {"first_name": "Nadia"})), str(await site.publish())]
            received = [await following() for _ in ids]
            assert [data["event_id"] for _, data in received] == ids
            assert "Nadia" not in json.dumps(received)
            assert [number for number, _ in received] == [2, 3]


async def test_what_was_missed_is_sent_first(site: Site, shelf: OpenShelf) -> None:
    ids = [str(await site.publish()) for _ in range(60)]
    async with shelf() as catalogue:
        await catalogue.sees(60)
        async with listening(catalogue, **{"Last-Event-ID": "2"}) as following:
            received = [await following() for _ in ids[2:]]
            assert [data["event_id"] for _, data in received] == ids[2:]
            ids.append(str(await site.publish()))
            assert (await following())[1]["event_id"] == ids[-1]


async def test_only_what_was_asked_for_comes(site: Site, shelf: OpenShelf) -> None:
    async with shelf() as catalogue, listening(catalogue, f"?type={JOINED}") as following:
        await site.publish()
        wanted = str(await site.publish(JOINED))
        assert (await following())[1]["event_id"] == wanted


async def test_a_number_of_another_database_begins_from_now(site: Site, shelf: OpenShelf) -> None:
    await site.publish()
    async with shelf() as catalogue:
        await catalogue.sees(1)
        async with listening(catalogue, **{"Last-Event-ID": "99999"}) as following:
            wanted = str(await site.publish())
            assert (await following())[1]["event_id"] == wanted


async def test_a_thread_is_followed_across_services_and_regions(
    site: Site, shelf: OpenShelf, peer: str, feed: str
) -> None:
    first = await site.publish()
    request = await site.publish("mentoring.request.opened.v1", correlation=first, cause=first)
    abroad = await site.publish(region=peer, correlation=first, cause=request)
    other = await site.publish("mentoring.pathway.started.v1", correlation=first, cause=first)
    await site.publish()
    async with shelf(peer_regions=[peer]) as catalogue:
        await catalogue.sees(5)
        found = await catalogue.get(f"/correlations/{first}")
        assert [(UUID(each["event_id"]), each["depth"]) for each in found["events"]] == [
            (first, 0),
            (request, 1),
            (abroad, 2),
            (other, 1),
        ]
        assert found["services"] == [
            f"/{site.region}/directory",
            f"/{site.region}/mentoring",
            f"/{peer}/directory",
        ]
        assert found["complete"]
        missing = await catalogue.client.get(f"/correlations/{uuid4()}", headers=catalogue.tokens.admin())
        assert missing.status_code == 404


def test_causes_that_go_round_are_all_listed_once() -> None:
    rows = [ObservedEvent(number=n, event_id=str(n), causation_id=str((n + 1) % 3)) for n in range(3)]
    rows.append(ObservedEvent(number=3, event_id="3", causation_id="3"))
    assert sorted(row.number for row, _ in as_tree(rows)) == [0, 1, 2, 3]
