"""What is done to which kind of house, and that nothing of what is to be survived is left out."""

from pathlib import Path

import pytest
from maillage.testing.postgres import NoPostgresError

from tests.faults.harms import HARMS
from tests.faults.table import ASKED, possible, table

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"


@pytest.fixture(scope="module")
def where() -> dict[str, list[str]]:
    try:
        return possible()
    except NoPostgresError as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("what", ASKED)
def test_each_is_done_to_two_kinds_of_house_or_more(what: str, where: dict[str, list[str]]) -> None:
    assert len({kind for name in ASKED[what] for kind in where[name]}) >= 2


def test_each_harm_can_be_done_somewhere_and_is_asked_for(where: dict[str, list[str]]) -> None:
    assert [name for name, kinds in where.items() if not kinds] == []
    assert set(HARMS) - {name for names in ASKED.values() for name in names} == {"stop-container"}


def test_the_page_shows_what_is_so(where: dict[str, list[str]]) -> None:
    assert where
    assert table() in PAGE.read_text(encoding="utf-8"), "python -m tests.faults.table"
