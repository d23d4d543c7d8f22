"""How long the relay lets events gather: not at all up to fifty a second, longer and longer in a rush."""

import pytest
from maillage.events.relay import gathers


@pytest.mark.parametrize("rate", [1, 10, 50])
def test_at_an_ordinary_rate_events_go_as_they_come(rate: int) -> None:
    assert settled(rate) == 0.01


@pytest.mark.parametrize("rate", [200, 1000, 10_000])
def test_in_a_rush_more_go_together_and_none_waits_long(rate: int) -> None:
    assert settled(rate) == 0.2


def settled(rate: int) -> float:
    """The gathering that a steady rate of events a second leads to, beginning from the shortest."""
    seconds = gathers(1)
    for _ in range(100):
        seconds = gathers(round(rate * seconds))
    return seconds
