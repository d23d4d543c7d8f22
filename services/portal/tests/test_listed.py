"""What the portal keeps of lists: used again while the directory says so, and never for anyone else."""

from typing import Any

import httpx
from browser import Browser
from fake_data import CAMILLE, CPTS, PEOPLE
from fake_house import FakeHouse
from fastapi import FastAPI, Request
from maillage_portal.listed import Listed, lists
from markupsafe import Markup
from starlette.responses import JSONResponse, Response
from test_atlas import caller

OVERVIEW = "/api/directory/v1/coordinators/overview"


def answer(**more: Any) -> dict[str, Any]:
    bare = {"items": [], "total": 0, "cpts_ids": [], "challenges": {}, "regions": [], "map_tag": None}
    return {**bare, **more}


async def test_each_is_listed_what_is_open_to_her_whatever_is_kept() -> None:
    app, made = FastAPI(), []

    @app.get(OVERVIEW)
    async def shown(request: Request) -> Response:
        who = request.headers.get("authorization", "")
        tag = f'"{who[-1:]}"'
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"ETag": tag})
        made.append(tag)
        return JSONResponse(answer(total=len(who)), headers={"ETag": tag})

    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://portal")
    kept = lists()
    member, animator = caller(http, "m"), caller(http, "an")
    for _ in range(2):
        found = [(await kept.ask(who, {"limit": "50"})).total for who in (member, animator)]
        assert found == [len("Bearer m"), len("Bearer an")]
    assert made == ['"m"', '"n"']


def test_lines_are_written_again_when_what_they_are_made_of_is_another() -> None:
    listed, written = Listed.of(answer()), []

    def write() -> str:
        written.append(1)
        return "<li>"

    atlas, words = object(), object()
    assert [listed.lines("fr", (atlas, words), write) for _ in range(2)] == [Markup("<li>")] * 2
    assert len(written) == 1
    for made_of, locale in (((atlas, object()), "fr"), ((object(), words), "fr"), ((atlas, words), "en")):
        before = len(written)
        listed.lines(locale, made_of, write)
        assert len(written) == before + 1


async def test_a_map_that_is_held_is_not_asked_for_again(browser: Browser, house: FakeHouse) -> None:
    """One visit learns the map's tag, as it asks for the map; the directory names it from then on."""
    tag = '"the map"'
    asked: list[str] = []
    shown = {"type": "FeatureCollection", "features": [], "unplaced": CPTS}

    async def answers(request: Request, call_next: Any) -> Response:
        asked.append(request.url.path.rpartition("/")[2])
        if asked[-1] == "map.geojson":
            return JSONResponse(shown, headers={"ETag": tag})
        if asked[-1] == "overview":
            known = tag if "map.geojson" in asked else None
            one = {**PEOPLE[0], "cpts_ids": [PEOPLE[0]["positions"][0]["cpts_id"]]}
            return JSONResponse(answer(items=[one], total=1, map_tag=known))
        response: Response = await call_next(request)
        return response

    house.app.middleware("http")(answers)
    await browser.sign_in("camille.roux@exemple.fr")
    asked.clear()
    pages = [(await browser.get("/annuaire")).text for _ in range(3)]
    assert asked.count("overview") == 3
    assert asked.count("map.geojson") == 1
    assert all(f"/coordonnateurs/{CAMILLE}" in page for page in pages)
