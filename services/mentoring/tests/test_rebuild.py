"""A lost database is made again from the stream: the directory's facts, and what mentoring had published."""

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

from maillage import clock as kit_clock
from maillage.testing.clock import TestClock
from maillage.testing.harness import ServiceHarness
from maillage_mentoring.app import service
from mentoring_network import Network

ServiceApp = Callable[..., AbstractAsyncContextManager[ServiceHarness]]


class Stream:
    """Remembers what was delivered and what was recorded meanwhile, in order, as the stream would hold it."""

    def __init__(self, house: ServiceHarness) -> None:
        self.house = house
        self.events: list[dict[str, Any]] = []
        self._deliver, self._seen = house.deliver, 0
        house.deliver = self.deliver  # type: ignore[method-assign]

    async def catch_up(self) -> None:
        """Append what the service has recorded since."""
        recorded = await self.house.recorded()
        for each in recorded[self._seen :]:
            self.events.append(
                {
                    "event_type": each.type,
                    "data": each.data,
                    "entity_id": each.entity_id,
                    "event_id": each.event_id,
                    "sequence": each.sequence,
                    "time": each.time,
                }
            )
        self._seen = len(recorded)

    async def deliver(self, event_type: str, data: Any, **more: Any) -> Any:
        await self.catch_up()
        event = {"event_type": event_type, "data": data, "time": kit_clock.now(), **more}
        self.events.append(event)
        outcome = await self._deliver(**event)
        await self.catch_up()
        return outcome


async def what_is_known(network: Network, who: list[UUID]) -> dict[str, Any]:
    known = {
        path: (await network.get(path))["items"]
        for path in ("mentors", "requests", "proposals", "mentorships", "pathways")
    }
    return {"all": known, "profiles": [await network.get("me/mentor-profile", network.me(w)) for w in who]}


def comparable(known: dict[str, Any]) -> Any:
    """Without what never travels: versions and times of rows."""
    private = ("version", "updated_at")
    return json.loads(
        json.dumps(known), object_hook=lambda o: {k: v for k, v in o.items() if k not in private}
    )


async def test_a_lost_database_is_rebuilt_without_any_new_effect(
    service_app: ServiceApp, clock: TestClock
) -> None:
    async with service_app(service) as first:
        stream, network = Stream(first), Network(first)
        challenge = "sante-mentale"
        best = await network.mentor(capacity=2, challenges=[{"challenge": challenge, "stance": "solved"}])
        other = await network.mentor(capacity=2)
        mine = [{"challenge": challenge, "stance": "working"}]
        one, two = await network.newcomer(challenges=mine), await network.newcomer(challenges=mine)
        clock.advance(hours=5)
        await network.accept(one)
        clock.advance(hours=1)
        declined = await network.pending(two)
        await network.post(f"proposals/{declined['id']}/decline", network.me(best))
        until = (kit_clock.today() + timedelta(days=5)).isoformat()
        await network.offers(best, capacity=2, paused_until=until)
        await stream.catch_up()
        before = await what_is_known(network, [best, other])

    async with service_app(service) as second:
        network = Network(second)
        for event in stream.events:
            await second.deliver(**event, replayed=True)
        assert await network.types() == [], "a rebuild tells nobody anything again"
        assert comparable(await what_is_known(network, [best, other])) == comparable(before)

        mentorship = (await network.get("mentorships"))["items"][0]
        ended = await network.post(f"mentorships/{mentorship['id']}/end", network.me(one))
        assert ended["version"] > mentorship["version"]
        clock.advance(days=8)
        await second.fire_timers()
        types = await network.types()
        assert "proposal.expired.v1" in types, "deadlines are set again"
        assert (await network.get("me/mentor-profile", network.me(best)))["paused_until"] is None
