"""The order of `make test` names what there is."""

from __future__ import annotations

from pathlib import Path

from tests.support.order import LONGEST, TOGETHER, turn, unit

ROOT = Path(__file__).parents[2]
FILES = sorted(
    str(path.relative_to(ROOT))
    for folder in ("tests", "conformance", "deploy")
    for path in (ROOT / folder).rglob("test_*.py")
)


def test_every_place_that_is_named_is_there() -> None:
    for place in (*LONGEST, *(place for places in TOGETHER for place in places)):
        assert any(file.startswith(place) for file in FILES), place


def test_who_shares_a_house_is_handed_out_together_and_everything_else_by_file() -> None:
    homes = [file for file in FILES if "embedded: Embedded" in (ROOT / file).read_text() and "house/" in file]
    assert len(homes) > 2
    assert len({unit(f"{file}::test_x") for file in homes}) == 1
    assert unit("services/events/tests/test_house.py::test_x[1]") == "services/events/tests/test_house.py"


def test_the_longest_are_begun_first() -> None:
    assert turn("tests/security/leaks/test_story.py::test_x") < turn("tests/house/test_backup.py::test_x")
    assert turn("tests/house/test_backup.py::test_x") < turn("services/events/tests/test_house.py::test_x")
