"""An event's schema may only grow: what was released stays readable by those who wrote against it.

`contract/released/` holds each schema as last released (`make release-contracts` copies them). The gate takes
the publisher's side: every body the new schema allows must be allowed by the released one.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsoncompat import check_compat

from tests.contracts.installed import SERVICES, contract

RELEASED = [path for name in SERVICES for path in sorted((contract(name) / "released").glob("*.json"))]


def grows_only(released: str, today: str) -> bool:
    """The publisher's rule; the schema's own name is left out, which the checker would try to follow."""
    nameless = [{k: v for k, v in json.loads(each).items() if k != "$id"} for each in (released, today)]
    return bool(check_compat(json.dumps(nameless[0]), json.dumps(nameless[1]), "serializer"))


def test_every_published_event_was_released() -> None:
    for name in SERVICES:
        today = {path.name for path in (contract(name) / "schemas").glob("*.json")}
        released = {path.name for path in (contract(name) / "released").glob("*.json")}
        assert released >= today, "a new event: run `make release-contracts`"


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.stem)
def test_a_released_event_only_grows(released: Path) -> None:
    today = released.parent.parent / "schemas" / released.name
    assert today.exists(), f"{released.stem} was released: publish it until its consumers have moved"
    assert grows_only(released.read_text(), today.read_text()), (
        f"{released.stem} breaks its readers: a new major"
    )


@pytest.mark.parametrize("released", RELEASED[:3], ids=lambda path: path.stem)
def test_the_gate_refuses_a_field_taken_away_and_allows_one_added(released: Path) -> None:
    schema = json.loads(released.read_text())
    required = schema["required"][0]
    poorer = {**schema, "properties": {k: v for k, v in schema["properties"].items() if k != required}}
    poorer["required"] = [name for name in schema["required"] if name != required]
    richer = {**schema, "properties": {**schema["properties"], "added_later": {"type": "string"}}}
    assert not grows_only(released.read_text(), json.dumps(poorer))
    assert grows_only(released.read_text(), json.dumps(richer))
