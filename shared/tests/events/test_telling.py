"""Which of two words about a thing is the later one."""

from datetime import UTC, datetime, timedelta

import pytest
from maillage.events import Telling

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "minutes", "known", "older"),
    [
        (3, 0, 4, True),  # the publisher's number decides, whatever the clock says
        (4, -9, 4, False),
        (5, -9, 4, False),
        (None, -1, 4, True),  # without a number, the time does
        (None, 1, 4, False),
        (2, -1, None, True),
        (2, 0, None, False),
    ],
)
def test_the_number_decides_and_else_the_time(
    number: int | None, minutes: int, known: int | None, older: bool
) -> None:
    telling = Telling("fr-occ", number, NOON + timedelta(minutes=minutes))
    assert telling.is_older_than(known, NOON) is older


def test_what_was_never_told_is_older_than_nothing() -> None:
    assert not Telling("fr-occ", None, NOON).is_older_than(3, None)
