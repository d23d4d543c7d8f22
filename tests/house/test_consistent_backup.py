"""A region is backed up while it works, destroyed and put back: one cut through all of it, and it goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from maillage.backup import manifest as manifests
from maillage.backup.manifest import Manifest
from maillage.backup.place import Place
from maillage.backup.restore import NotEmpty, restore
from maillage.backup.take import take
from maillage.testing.databases import Databases, Dialect
from maillage.testing.nats import NatsServer
from maillage_embedded.house import services

from tests.support import region as site

pytestmark = pytest.mark.timeout(900)
NAMES = [service.name for service in services()]
WHILE_BACKED_UP = 12


@pytest_asyncio.fixture
async def region(
    databases: Databases, database_dialect: Dialect, own_nats_server: NatsServer, tmp_path: Path
) -> AsyncIterator[Any]:
    urls = {name: await databases.empty(database_dialect) for name in NAMES}
    yield site.Region(tmp_path / "house", urls, own_nats_server.url)
    for url in urls.values():
        await databases.drop(url)


async def destroy(region: Any, databases: Databases, dialect: Dialect, server: NatsServer) -> None:
    """Take everything away but the keys: other databases, another store."""
    for url in region.databases.values():
        await databases.drop(url)
    region.databases = {name: await databases.empty(dialect) for name in NAMES}
    server.kill()
    server.remove_store()
    server.start()


async def test_destroyed_and_restored(
    region: Any,
    databases: Databases,
    database_dialect: Dialect,
    own_nats_server: NatsServer,
    tmp_path: Path,
) -> None:
    busy, still = tmp_path / "busy", tmp_path / "still"
    async with region.running() as client:
        people = [await site.arrive(client, 1)]
        stop = asyncio.Event()

        async def writer(first: int) -> None:
            number = first
            while not stop.is_set() or number - first < WHILE_BACKED_UP / 3:
                people.append(await site.arrive(client, number))
                number += 1

        writers = [asyncio.create_task(writer(1000 * each)) for each in (1, 2, 3)]
        while len(people) <= WHILE_BACKED_UP / 2 or not await something_is_handled(region):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        made = await backup(region, busy)
        assert made.pause_seconds > 0, "the backup says how long it held everybody up"
        stop.set()
        await asyncio.gather(*writers)
        await region.settled()
    before = await region.contents("consumer_mark"), await region.stream(), await region.positions()
    await backup(region, still)

    await destroy(region, databases, database_dialect, own_nats_server)
    await put_back(region, still)
    after = await region.contents("consumer_mark"), await region.stream(), await region.positions()
    for was, came in zip(before, after, strict=True):
        assert came == was
    with pytest.raises(NotEmpty, match="n'est pas vide"):
        await put_back(region, still)

    await destroy(region, databases, database_dialect, own_nats_server)
    await put_back(region, busy)
    contents = await region.contents()
    assert_one_cut(contents)
    known = {str(row["id"]) for row in contents["directory.coordinator"]} & set(people)
    assert 0 < len(known) <= len(people)
    async with region.running() as client:
        known.add(await site.arrive(client, 9999))
        await region.settled()
    await everything_once(region, known)


async def something_is_handled(region: Any) -> bool:
    """Whether a consumer has settled an event: requests may be well ahead of what follows them."""
    return any(settled for _, settled in (await region.positions()).values())


async def backup(region: Any, folder: Path) -> Manifest:
    await asyncio.to_thread(folder.mkdir)
    steps: list[str] = []
    async with region.place() as place:
        watched = WatchedPlace(place.client, place.region, place.databases, place.keys, steps=steps)
        made = await take(watched, folder)
    held = steps[steps.index("hold") : len(steps) - steps[::-1].index("release")]
    assert set(held) == {"hold", "snapshot", "release"}, "nothing that grows with the region is done then"
    assert steps.count("copy") == len(NAMES)
    return made


class WatchedSource:
    """A database's source that tells which steps were taken."""

    def __init__(self, source: Any, steps: list[str]) -> None:
        self._source, self._steps = source, steps

    def __getattr__(self, name: str) -> Any:
        if name in ("open", "hold", "snapshot", "release", "copy", "close"):
            self._steps.append(name)
        return getattr(self._source, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedPlace(Place):
    """A place whose sources do."""

    steps: list[str]

    def sources(self) -> list[Any]:
        return [WatchedSource(each, self.steps) for each in Place.sources(self)]


async def put_back(region: Any, folder: Path) -> None:
    async with region.place() as place:
        await restore(place, folder, manifests.read(folder))


def ids(contents: dict[str, Any], table: str) -> list[str]:
    found = [row["event_id"] for name in NAMES for row in contents.get(f"{name}.{table}", [])]
    return [str(each) for each in found]


def assert_one_cut(contents: dict[str, Any]) -> None:
    """No effect of an event that the database of its publisher does not know."""
    published = set(ids(contents, "outbox"))
    handled = set(ids(contents, "inbox"))
    assert handled, "the backup was made while events were being handled"
    assert handled <= published


async def everything_once(region: Any, people: set[str]) -> None:
    contents, stream = await region.contents(), await region.stream()
    there = Counter(event_id for _, event_id, _ in stream.values())
    assert sorted(there) == sorted(ids(contents, "outbox")), "every event of every journal is there"
    twice = [(number, each[:2]) for number, each in stream.items() if there[each[1]] > 1]
    assert twice == [], "and once"
    welcomes = Counter(
        subject.rsplit(".", 1)[1] for subject, _, _ in stream.values() if ".pathway.started." in subject
    )
    assert set(welcomes.values()) == {1}
    assert len(welcomes) == len(people)
