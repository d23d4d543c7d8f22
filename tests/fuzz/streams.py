"""Server-sent events over HTTP, of the services and passed on by the portal, asked for in any way.

What comes is read as a browser reads it: lines are fields, numbers go up from the one that was named,
its data are whole. An answer without an end is left after a while; then who made it must come to an end too.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from maillage.http.live import parse_number
from maillage_portal.event_lines import LINE_ENDS

from tests.fuzz import calls
from tests.fuzz.inputs import text
from tests.fuzz.portal import STREAMS, Front, cookie_of, fronted, on_the_wire, pages_of
from tests.fuzz.seed import Seeded

QUIET_SECONDS = 0.02
"""After so long without a word the reader goes; only how much is read depends on it."""
LONGER = 1.2
"""So much longer it waits each time, for as long as no stream has told of anything: on a busy machine the
first word may be all that comes in so short a time."""
LONGEST_QUIET = 2.0
PATIENCE_SECONDS = 60.0
FIELDS = {"", "id", "event", "data", "retry"}
"""What a line may begin with; nothing before the colon is a comment (HTML Living Standard, 9.2.6)."""
NAMES = ("type", "region", "depuis", "after", "since", "coordinator_id", "limit", "cursor", "entity_id", "q")


@dataclass
class Listener:
    """Opens streams; `findings` says which came as they must not, with what was asked."""

    region: Seeded
    front: Front
    client: httpx.AsyncClient
    documented: dict[str, set[str]]
    paths: list[str]
    findings: dict[str, str] = field(default_factory=dict)
    events: int = 0
    quiet: float = QUIET_SECONDS

    async def listen(self, chance: random.Random) -> None:
        """One stream, by its path or through the portal, by anybody, from anywhere."""
        path = chance.choice(self.paths)
        last = chance.choice((None, "0", "1", str(chance.randrange(10**20)), text(chance)[:100]))
        query = {name: text(chance)[:100] for name in chance.sample(NAMES, chance.choice((0, 0, 1, 2)))}
        query = {name: value.encode(errors="replace").decode() for name, value in query.items()}
        headers = {**self._caller(path, chance), **({"Last-Event-ID": last} if last is not None else {})}
        pairs = [(name.encode(), on_the_wire(value)) for name, value in headers.items()]
        told = f"GET {path} {query!r} {headers!r}"
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._read(path, last, query, pairs)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding
            self.findings.setdefault(f"{path}: {type(error).__name__}: {error}", told)

    def _caller(self, path: str, chance: random.Random) -> dict[str, str]:
        if not path.startswith("/api/"):
            return {"Cookie": cookie_of(self.region, self.front.cookies, chance)}
        tokens, person = self.region.house.tokens, chance.choice(self.region.known["coordinator_id"])
        known = (
            tokens.coordinator(person),
            tokens.coordinator(person),
            tokens.admin(),
            tokens.service("x:y"),
        )
        return chance.choice((*known, {}, {"Authorization": f"Bearer {text(chance)[:200]}"}))

    async def _read(self, path: str, last: str | None, query: dict[str, str], pairs: Any) -> None:
        async with self.client.stream("GET", path, params=query, headers=pairs) as answer:
            status = str(answer.status_code)
            allowed = self.documented.get(path, {"200", "204", "303", "401", "403"})
            assert status in allowed, f"{status} is not documented"
            if not answer.headers.get("content-type", "").startswith("text/event-stream"):
                assert status != "200", "no stream"
                return
            assert "no-store" in answer.headers["cache-control"]
            self.events += _judge(await _beginning(answer.aiter_raw(), self.quiet), parse_number(last))
            if not self.events:
                self.quiet = min(self.quiet * LONGER, LONGEST_QUIET)


async def _beginning(pieces: AsyncIterator[bytes], quiet: float) -> str:
    """What comes until nothing does for a moment, cut after the last whole event."""
    read = await anext(pieces)
    try:
        while True:
            async with asyncio.timeout(quiet):
                read += await anext(pieces)
    except (TimeoutError, StopAsyncIteration):
        pass
    whole = LINE_ENDS.sub("\n", read.decode())
    return whole[: whole.rfind("\n\n") + 1]


def _judge(told: str, last: int | None) -> int:
    """Raises AssertionError, or ValueError for data that are no JSON; how many events there were."""
    number, events = last or 0, 0
    for event in filter(None, told.split("\n\n")):
        lines = [line.partition(":")[::2] for line in event.splitlines()]
        assert {name for name, _ in lines} <= FIELDS, f"no field: {event!r}"
        values = {name: value.strip() for name, value in lines if name}
        if "data" not in values:
            continue
        assert [name for name, _ in lines].count("data") == 1, f"torn: {event!r}"
        assert int(values["id"]) > number, f"{values['id']} after {number}"
        number, events = int(values["id"]), events + 1
        if not values["data"].startswith("<"):
            json.loads(values["data"])
    return events


async def listened(region: Seeded, chance: random.Random, count: int, folder: Path) -> list[str]:
    """What was wrong with so many streams, and with how they ended."""
    documented = {}
    for harness in region.house.services.values():
        for path, methods in harness.app.openapi()["paths"].items():
            if path.endswith(calls.STREAMS):
                documented[path] = set(methods["get"]["responses"])
    async with fronted(region, folder) as front:
        paths = [*documented, *(each for each in pages_of(front.portal) if each.endswith(STREAMS))]
        assert len(paths) >= 4, paths
        async with httpx.AsyncClient(transport=front.loopback, base_url="http://localhost:8000") as client:
            listener = Listener(region, front, client, documented, paths)
            for _ in range(count):
                await listener.listen(chance)
        found = [f"{why}\n{asked}" for why, asked in listener.findings.items()]
        if not await _all_quiet(front):
            found.append("a stream goes on although its reader has gone")
        if count >= 50 and not listener.events:
            found.append("no stream told of anything: nothing was tried")
        return found


async def _all_quiet(front: Front) -> bool:
    """Whether every stream has come to its end."""
    waiting = front.loopback.running()
    if waiting:
        await asyncio.wait(waiting, timeout=PATIENCE_SECONDS)
    return not front.loopback.running()
