"""Whatever the order in which a thing's events arrive, its copy ends as if they had come in theirs."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from maillage.db.base import make_base
from maillage.events import Copied, News
from sqlalchemy.orm import Mapped, mapped_column

Base: Any = make_base()


class Thing(Copied, Base):
    __tablename__ = "thing"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    status: Mapped[str | None]

    def hear(self, sequence: int | None, name: str | None) -> None:
        """An event: told whole under this name, or ended where there is none."""
        if name is None:
            if self.hear_end(sequence):
                self.status = "ended"
            return
        news = self.hear_whole(sequence)
        if news is not News.NONE:
            self.name = name
        if news is News.ALL:
            self.status = "there"


LIVES = [
    pytest.param([(1, "a"), (2, "b"), (3, "c"), (4, None)], id="renamed twice, then ended"),
    pytest.param([(1, "a"), (2, None), (3, "b"), (4, "c")], id="ended, and there again"),
    pytest.param([(1, None), (2, "a"), (3, None), (4, None)], id="ended more than once"),
    pytest.param([(1, "a"), (2, None), (3, "b"), (4, None)], id="there again, and ended again"),
]


@pytest.mark.parametrize("life", LIVES)
def test_no_order_of_arrival_changes_how_a_copy_ends(life: list[tuple[int, str | None]]) -> None:
    expected = ("ended" if life[-1][1] is None else "there", [name for _, name in life if name][-1])
    for order in permutations(life):
        thing = Thing(id=1)
        for sequence, name in order:
            thing.hear(sequence, name)
            thing.hear(sequence, name)
        assert (thing.status, thing.name) == expected, order


def test_what_has_no_number_is_the_latest_word() -> None:
    thing = Thing(id=1)
    for sequence, name in ((2, "a"), (None, "b"), (None, None), (3, "c")):
        thing.hear(sequence, name)
    assert (thing.status, thing.name, thing.sequence) == ("there", "c", 3)


def test_an_end_that_an_earlier_version_noted_is_not_undone() -> None:
    """Its row does not say under which number its name was told: late news is left out, as it was then."""
    thing = Thing(id=1, sequence=4, name="b", status="ended")
    thing.hear(3, "a")
    assert (thing.status, thing.name) == ("ended", "b")
