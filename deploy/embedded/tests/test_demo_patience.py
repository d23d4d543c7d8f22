"""The demo waits for what a service has yet to hear of, so that it is the same on a slow machine."""

from __future__ import annotations

import httpx
import pytest
from maillage_embedded.demo import caller, load
from maillage_embedded.demo.caller import Caller
from maillage_embedded.demo.cast import members

from .test_demo import TODAY


class Mentoring:
    """Mentoring that knows of no mentor until it was asked so many times."""

    def __init__(self, deaf: int) -> None:
        self.deaf, self.asked, self.posted = deaf, 0, list[str]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/")
        if path == "directory/v1/auth/tokens":
            return httpx.Response(200, json={"access_token": "hers"})
        if request.method == "POST":
            self.posted.append(path)
            return httpx.Response(201, json={"id": f"n{len(self.posted)}"})
        if not path.endswith("/suggestions"):
            return httpx.Response(200, json={"items": []})
        self.asked += 1
        return httpx.Response(200, json={"items": [{"mentor_id": "hers"}] if self.asked > self.deaf else []})


@pytest.mark.parametrize(("deaf", "made"), [(0, 3), (3, 3), (100, 1)])
async def test_a_mentor_whose_news_is_on_its_way_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, deaf: int, made: int
) -> None:
    async def at_once(_seconds: float) -> None:
        """The news comes by being asked for here."""

    monkeypatch.setattr(caller.asyncio, "sleep", at_once)
    mentoring, everyone = Mentoring(deaf), members(TODAY)
    async with httpx.AsyncClient(transport=httpx.MockTransport(mentoring), base_url="http://demo") as client:
        loader = load.Loader(Caller(client, "operator"), TODAY, lambda _: None)
        loader._people = {member.email: member.email for member in everyone}
        await loader._find_mentor(everyone[-1])
    assert len(mentoring.posted) == made, (
        "search, proposal, acceptance; the search alone when nobody is there"
    )
