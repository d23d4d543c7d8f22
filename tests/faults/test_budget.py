"""All houses have their turn within the time, on a quiet machine and on one that is busy."""

import pytest

from tests.faults.__main__ import IN_TURN
from tests.faults.budget import BESIDE, SHORTEST, Budget
from tests.faults.campaign import CONTAINERS, HOUSES, REGIONS


@pytest.mark.parametrize("slower", [1.0, 1.5, 2.2])
def test_each_house_has_a_turn_and_the_last_is_over_in_time(slower: float) -> None:
    used, told = slower * (BESIDE + 8), list[float]()
    budget = Budget(600, longest=60)
    budget.took(8, used)
    for number in range(len(IN_TURN)):
        seconds = budget.stories(used, len(IN_TURN) - number)
        assert seconds is not None
        told.append(seconds)
        used += slower * (BESIDE + seconds)
        budget.took(seconds, slower * (BESIDE + seconds))
    assert used <= 600
    assert SHORTEST <= min(told) <= max(told) <= 60


def test_what_has_no_room_is_not_begun() -> None:
    budget = Budget(600, longest=60)
    budget.took(8, 10 * (BESIDE + 8))
    assert budget.stories(380, 5) is None


def test_every_kind_of_house_has_its_turn_but_those_that_are_asked_for_by_name() -> None:
    assert {*IN_TURN, CONTAINERS, REGIONS} == set(HOUSES)
