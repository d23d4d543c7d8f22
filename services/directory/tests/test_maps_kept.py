"""A map is made once for all who ask the same, and kept as long as there is room."""

import asyncio
from typing import Any

import pytest
from maillage_directory.api import maps
from maillage_directory.queries import maps_kept
from maillage_directory.queries.maps_kept import Maps, Written


async def test_a_map_is_made_once_for_all_who_wait_for_it(world: Any, monkeypatch: Any) -> None:
    await world.cpts()
    made, really = [], maps.feature_collection

    async def counted(*asked: Any) -> dict[str, Any]:
        made.append(asked)
        return await really(*asked)

    monkeypatch.setattr(maps, "feature_collection", counted)
    answers = await asyncio.gather(*(world.client.get("/map.geojson") for _ in range(4)))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert len(answers[0].json()["features"]) == 1
    assert len(made) == 1
    await world.cpts()
    assert len((await world.get("/map.geojson"))["features"]) == 2
    assert len(made) == 2


def test_the_map_asked_for_longest_ago_goes_and_its_tag_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps_kept, "BYTES_KEPT", 10)
    kept = Maps()
    for name in ("a", "b"):
        kept.keep(name, Written(f'"{name}"', b"12345"))
    kept.kept("a")
    kept.keep("c", Written('"c"', b"12345"))
    assert [name for name in "abc" if kept.kept(name)] == ["a", "c"]
    assert kept.tag("b") == '"b"'
    kept.keep("huge", Written('"huge"', b"more than there is room for"))
    assert not any(kept.kept(name) for name in ("a", "c", "huge"))
    assert kept.tag("huge") == '"huge"'
