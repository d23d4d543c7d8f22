"""The inbox: its owner's only, counted right, live in order, with nothing lost between two connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from maillage.ids import new_id


async def steps(network: Any, person: UUID, count: int, first: int = 1) -> None:
    for done in range(first, first + count):
        await network.happens(
            "mentoring.pathway.step-completed", pathway_id=new_id(), coordinator_id=person, step="mentor",
            done=done, total=9,
        )  # fmt: skip


async def post(network: Any, person: UUID, path: str) -> httpx.Response:
    headers = network.harness.tokens.coordinator(person)
    answer: httpx.Response = await network.harness.client.post(path, headers=headers)
    return answer


async def test_reading_one_and_all(network: Any) -> None:
    camille, paul = await network.person("Camille", "Roux"), await network.person("Paul", "Voisin")
    assert await network.inbox(camille) == {"items": [], "next": None, "unread": 0}
    await steps(network, camille, 3)
    inbox = await network.inbox(camille)
    assert inbox["unread"] == 3
    changed_later = (network.now + timedelta(hours=1)).isoformat()
    nothing_since = await network.inbox(camille, updated_since=changed_later)
    assert (nothing_since["items"], nothing_since["unread"]) == ([], 3)
    assert [item["body"][:7] for item in inbox["items"]] == ["3 étape", "2 étape", "1 étape"]
    newest = inbox["items"][0]["id"]
    assert (await post(network, paul, f"me/notifications/{newest}/read")).status_code == 404
    read = await post(network, camille, f"me/notifications/{newest}/read")
    assert read.json()["read_at"] is not None
    network.harness.clock.advance(hours=1)
    again = await post(network, camille, f"me/notifications/{newest}/read")
    assert again.json()["read_at"] == read.json()["read_at"], "the first reading counts"
    unread = await network.inbox(camille, unread="true")
    assert (len(unread["items"]), unread["unread"]) == (2, 2)
    assert (await post(network, camille, "me/notifications/read-all")).json() == {"unread": 0}
    assert (await network.inbox(camille))["unread"] == 0


async def test_pages_join_without_gap(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    await steps(network, camille, 5)
    first = await network.inbox(camille, limit=3)
    await steps(network, camille, 1, first=6)
    second = await network.inbox(camille, limit=3, cursor=first["next"])
    bodies = [item["body"][0] for item in first["items"] + second["items"]]
    assert bodies == ["5", "4", "3", "2", "1"]
    assert second["next"] is None


async def test_nobody_reads_without_signing_in(network: Any) -> None:
    for path in ("me/notifications", "me/preferences", "me/notifications/stream"):
        assert (await network.harness.client.get(path)).status_code == 401
    plain = network.harness.tokens.coordinator()
    for path in ("messages", f"messages/{new_id()}"):
        assert (await network.harness.client.get(path, headers=plain)).status_code == 403


async def test_the_language_is_the_readers(network: Any) -> None:
    camille = await network.person("Camille", "Roux", language="en")
    await steps(network, camille, 1)
    assert (await network.inbox(camille))["items"][0]["title"] == "You have a mentor"
    assert (await network.inbox(camille, "fr"))["items"][0]["title"] == "Vous avez un·e mentor·e"


@asynccontextmanager
async def served(network: Any) -> AsyncIterator[str]:
    """The service on a real socket: an answer that never ends cannot be read piece by piece in process."""
    config = uvicorn.Config(network.harness.app, port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # it has no event to wait for
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/api/notifications/v1/me/notifications/stream"
    finally:
        server.force_exit = True
        server.should_exit = True
        await task


class Listener:
    """One open stream, read line by line."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def event(self) -> dict[str, Any]:
        """The next event with its fields; comments alone count as one named `comment`."""
        fields: dict[str, Any] = {}
        async with asyncio.timeout(60):
            async for line in self._lines:
                if not line and fields:
                    return fields
                name, _, value = line.partition(": ")
                fields[name or "comment"] = value
        raise AssertionError("the stream has ended")

    async def notification(self) -> tuple[int, dict[str, Any]]:
        while True:
            event = await self.event()
            if event.get("event") == "notification":
                return int(event["id"]), json.loads(event["data"])


@asynccontextmanager
async def listening(url: str, network: Any, person: UUID, **headers: str) -> AsyncIterator[Listener]:
    sent = network.harness.tokens.coordinator(person) | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    async with httpx.AsyncClient() as client, client.stream("GET", url, headers=sent, timeout=90) as response:
        assert response.status_code == 200
        listener = Listener(response)
        await listener.event()  # the opening comment: from here on nothing is missed
        yield listener


@pytest.fixture
async def slow_poll(open_network: Any) -> AsyncIterator[Any]:
    """A service that looks by itself so rarely that only its bell can explain a quick answer."""
    async with open_network(stream_poll_seconds=600.0, stream_heartbeat_seconds=1) as network:
        yield network


async def test_a_new_notification_arrives_at_once_and_in_order(slow_poll: Any) -> None:
    network = slow_poll
    camille, paul = await network.person("Camille", "Roux"), await network.person("Paul", "Voisin")
    await steps(network, camille, 1)
    async with served(network) as url, listening(url, network, camille) as listener:
        assert listener.response.headers["X-Accel-Buffering"] == "no"
        assert listener.response.headers["Content-Type"].startswith("text/event-stream")
        await steps(network, paul, 1)
        await steps(network, camille, 2, first=2)
        (first, item), (second, _) = await listener.notification(), await listener.notification()
        assert (first, second) == (2, 3)
        assert item["title"] == "Vous avez un·e mentor·e"
        assert item["body"].startswith("2 étapes sur 9")
        assert item["unread"] in (2, 3)


async def test_who_reconnects_gets_what_she_missed_and_once(slow_poll: Any) -> None:
    network = slow_poll
    camille = await network.person("Camille", "Roux")
    await steps(network, camille, 4)
    async with served(network) as url:
        async with listening(url, network, camille, Last_Event_ID="2") as listener:
            assert [(await listener.notification())[0] for _ in range(2)] == [3, 4]
        async with listening(url, network, camille, Last_Event_ID="4") as listener:
            await steps(network, camille, 1, first=5)
            assert (await listener.notification())[0] == 5
        async with listening(url, network, camille, Last_Event_ID="9000") as listener:
            await steps(network, camille, 1, first=6)
            assert (await listener.notification())[0] == 6, "a number of another time starts from now"


async def test_a_silent_stream_says_that_it_lives(slow_poll: Any) -> None:
    camille = await slow_poll.person("Camille", "Roux")
    async with served(slow_poll) as url, listening(url, slow_poll, camille) as listener:
        assert "comment" in await listener.event()
