"""From the 201 to the notification in the inbox, over three processes: events, NATS, notifications."""

from __future__ import annotations

import asyncio
import json
from time import perf_counter
from uuid import uuid4

from maillage.ids import new_id

from tests.load.benches.registration import publish_seminar
from tests.load.events import provision_streams
from tests.load.figures import Benchmark, Figure, Plot, Report, Scale, Target
from tests.load.house import Servers, servers
from tests.load.http import Connection, prepare
from tests.load.rounds import percentile

RATE = 50.0
ONE_IN = 5
LOOK_EVERY = 0.008
PATIENCE = 20.0


async def run(scale: Scale) -> Report:
    """Fifty registrations a second; one person in five looks into her inbox until it is there."""
    people = int(scale.pick(0.6, 20) * RATE)
    async with servers(scale.folder) as here:
        await provision_streams(here.nats.url)
        events = await here.service("events", await here.database("events"))
        inbox = await here.service("notifications", await here.database("notifications"))
        seminar = await publish_seminar(events, here)
        rush = Rush(here, f"{events}/seminars/{seminar}/registrations", inbox)
        await rush.registered(0)  # the first one meets everything cold
        rush.waits.clear()
        await rush.press(people)
    waits = sorted(rush.waits)
    figures = [
        Figure("p50 at 50 registrations/s", "ms", [percentile(waits, 50)], target=_under(50)),
        Figure("p99 at 50 registrations/s", "ms", [percentile(waits, 99)], target=_under(250)),
    ]
    curve = [(wait, 100 * (place + 1) / len(waits)) for place, wait in enumerate(waits)]
    title = "From the 201 to the inbox"
    plot = Plot("latency", title, "milliseconds", "per cent of the notifications", {"inbox": curve})
    return Report(figures, [plot], LIMIT)


class Rush:
    """People who register at a steady rate, and how long the watched ones waited, in milliseconds."""

    def __init__(self, here: Servers, address: str, inbox: str) -> None:
        self._here, self._address, self._inbox = here, address, inbox
        self.waits: list[float] = []

    async def press(self, people: int) -> None:
        """Each at her moment, whatever becomes of those before."""
        started, tasks = perf_counter(), []
        for number in range(people):
            await asyncio.sleep(max(0.0, started + number / RATE - perf_counter()))
            tasks.append(asyncio.create_task(self.registered(number)))
        await asyncio.gather(*tasks)

    async def registered(self, number: int) -> None:
        """One registers; if she is watched, her inbox is looked into until it has the news."""
        person = new_id()
        token = self._here.tokens.coordinator(person)
        headers = {**token, "Idempotency-Key": str(uuid4())}
        connection = await Connection.open(self._address)
        status, body = await connection.ask(prepare("POST", self._address, {}, headers))
        answered = perf_counter()
        connection.close()
        assert status == 201, body
        if number % ONE_IN == 0:
            await self._arrival(token)
            self.waits.append(1000 * (perf_counter() - answered))

    async def _arrival(self, token: dict[str, str]) -> None:
        look = prepare("GET", f"{self._inbox}/me/notifications?limit=1", headers=token)
        connection = await Connection.open(self._inbox)
        deadline = perf_counter() + PATIENCE
        while perf_counter() < deadline:
            status, body = await connection.ask(look)
            assert status == 200, body
            if json.loads(body)["items"]:
                connection.close()
                return
            await asyncio.sleep(LOOK_EVERY)
        connection.close()  # it counts as having come now, which no target forgives


def _under(limit: float) -> Target:
    return Target("value", "at most", limit)


LIMIT = (
    "The disk and the two cores: two synced commits and one synced publish lie on the way, and the load "
    "and the looking into inboxes run on the same cores. The relay waits 10 ms or a little more for company."
)

BENCHMARK = Benchmark(
    "latency",
    "From the answer to the inbox",
    "Fifty people a second register over HTTP; from the moment one in five has her 201, her inbox is "
    "read every 8 ms until the notification is there. The events and notifications services and nats- "
    "server are processes of their own, on PostgreSQL, everything synced.",
    run,
    order=20,
)
