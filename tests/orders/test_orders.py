"""A slice of the search: the true order of a recorded story and others, into every service that consumes.

`python -m tests.orders` goes on for as long as it is let (docs/faults.md).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from maillage.testing.clock import TestClock

from tests.orders.copies import differences, plain
from tests.orders.messages import said_by
from tests.orders.orders import Late, in_order, smallest
from tests.orders.region import AWAY, HOME, PLACES
from tests.orders.search import Search, order_of, read_by, told_to

ORDERS = {(HOME, "notifications"): 4, (HOME, "events"): 3, (AWAY, "events"): 3}
"""How many orders each service is given here; the others two."""


@pytest.fixture(params=["sqlite"])
def database_dialect(request: pytest.FixtureRequest) -> str:
    """One database: what order does to rows, both do alike."""
    return str(request.param)


async def test_every_order_comes_to_what_the_true_one_does(service_app: Any, clock: TestClock) -> None:
    search = Search(service_app, clock)
    recorded = await search.told()
    assert recorded.refused == [], "the story is told to its end"
    assert recorded.wrong == []
    found: list[str] = []
    for place in PLACES:
        live = recorded.outcomes[place].copies
        rebuilt = await search.handed(place, read_by(place, recorded.stream), replayed=True)
        again = [each for each in differences(live, rebuilt.copies) if not each.startswith("ended_tokens")]
        found += [f"{place} rebuilt: {each}" for each in again]
        events = told_to(place, recorded.stream)
        true = await search.handed(place, events)
        for seed in range(ORDERS.get(place, 2)):
            late = order_of(place, seed, len(events))
            wrong = await search.wrong_with(place, events, true, late)
            if wrong:
                found.append(f"{'/'.join(place)}, seed {seed} of {len(events)} events: {wrong}")
    assert found == [], "\n".join(
        [*found, "python -m tests.orders makes an order as small as it still fails"]
    )


async def test_an_order_is_made_as_small_as_it_still_fails() -> None:
    asked: list[tuple[Late, ...]] = []

    async def fails(late: tuple[Late, ...]) -> bool:
        asked.append(late)
        order = in_order(range(40), late)
        return order.index(3) > order.index(8) and order.index(20) > order.index(21)

    many = tuple(Late(place, 30) for place in range(40))
    assert not await fails(many)
    some = tuple(Late(place, 1000 + place) for place in (3, 5, 9, 11, 20, 33))
    assert await fails(some)
    assert await smallest(some, fails) == (Late(3, 5), Late(20, 1))
    assert len(asked) < 60


def test_what_is_said_twice_comes_at_its_time_and_later() -> None:
    assert in_order("abcd", [Late(0, 2, twice=True), Late(3, 1)]) == ["a", "b", "c", "a", "d"]


def test_a_row_is_read_alike_from_both_databases() -> None:
    her, event = UUID(int=7), UUID(int=8)
    common = {"topic": "welcome", "key": "welcome", "number": 1, "reason": None}
    sqlite = {"recipient_id": her.hex, **common, "event_id": event.hex, "params": '{"name": "Iseult"}'}
    postgresql = {"recipient_id": her, **common, "event_id": event, "params": {"name": "Iseult"}}
    order = ("recipient_id", "topic", "key", "event_id", "number", "reason", "params")
    one, other = (said_by(plain({name: row[name] for name in order})) for row in (sqlite, postgresql))
    assert one == other
    assert (one.recipient, one.params) == (her.hex, {"name": "Iseult"})
