"""The demo waits for what a service has yet to hear of, so that it is the same on a slow machine."""

from __future__ import annotations

from typing import Any, cast

import pytest
from maillage_embedded.demo import load
from maillage_embedded.demo.caller import Caller
from maillage_embedded.demo.cast import members

from .test_demo import TODAY


class Mentoring:
    """Mentoring that knows of no mentor until it was asked so many times."""

    def __init__(self, deaf: int) -> None:
        self.deaf, self.asked, self.posted = deaf, 0, list[str]()

    async def items(self, _path: str, **_: Any) -> list[Any]:
        return []

    async def get(self, _path: str, **_: Any) -> dict[str, Any]:
        self.asked += 1
        return {"items": [{"mentor_id": "hers"}] if self.asked > self.deaf else []}

    async def post(self, path: str, *_: Any, **__: Any) -> dict[str, Any]:
        self.posted.append(path)
        return {"id": f"n{len(self.posted)}"}


@pytest.mark.parametrize(("deaf", "made"), [(0, 3), (3, 3), (100, 1)])
async def test_a_mentor_whose_news_is_on_its_way_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, deaf: int, made: int
) -> None:
    async def at_once(_seconds: float) -> None:
        """The news comes by being asked for here."""

    monkeypatch.setattr(load.asyncio, "sleep", at_once)
    mentoring, everyone = Mentoring(deaf), members(TODAY)
    loader = load.Loader(cast(Caller, mentoring), TODAY, lambda _: None)
    loader._people = {member.email: member.email for member in everyone}
    await loader._find_mentor(everyone[-1])
    assert len(mentoring.posted) == made, (
        "search, proposal, acceptance; the search alone when nobody is there"
    )
