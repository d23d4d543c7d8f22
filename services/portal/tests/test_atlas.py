"""What the portal keeps of the map: used again while it is the same, and never for anyone else."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from maillage_portal.api import Api
from maillage_portal.atlas import atlases
from maillage_portal.kept import Kept
from starlette.responses import JSONResponse, Response


def feature(key: str, holder: str | None) -> dict[str, Any]:
    facts = {"id": key, "name": key, "holders": [{"first_name": holder, "last_name": "X"}] if holder else []}
    place = {"type": "Point", "coordinates": [5.4, 43.3]}
    return {"geometry": place, "properties": {**facts, "vacant": False, "challenges": []}}


@pytest.fixture
def built() -> list[str]:
    return []


@pytest.fixture
def http(built: list[str]) -> httpx.AsyncClient:
    """A directory that shows a member more than a visitor, and tags what it shows."""
    app = FastAPI()

    @app.get("/api/directory/v1/map.geojson")
    async def shown(request: Request) -> Response:
        who = request.headers.get("authorization", "")
        tag = '"member"' if who else '"visitor"'
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"ETag": tag})
        built.append(tag)
        body = {"features": [feature("a", "Camille" if who else None)], "unplaced": []}
        return JSONResponse(body, headers={"ETag": tag})

    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://portal")


def caller(http: httpx.AsyncClient, token: str | None) -> Api:
    async def access(_: str | None) -> str | None:
        return token

    return Api(http, headers={}, access=access)


async def test_each_is_shown_what_is_open_to_her_whatever_is_kept(
    http: httpx.AsyncClient, built: list[str]
) -> None:
    maps = atlases()
    member, visitor = caller(http, "t"), caller(http, None)
    for _ in range(2):
        assert (await maps.ask(member, {})).cpts[0]["holders"]
        assert not (await maps.ask(visitor, {})).cpts[0]["holders"]
    assert built == ['"member"', '"visitor"']
    for question in range(20):  # others push them out; they are asked for anew
        await maps.ask(member, {"q": str(question)})
    assert not (await maps.ask(visitor, {})).cpts[0]["holders"]


async def test_what_is_not_tagged_is_asked_for_anew() -> None:
    """An older directory names no content: what it said to one is not what another may see."""
    app = FastAPI()

    @app.get("/api/directory/v1/coordinators/summary")
    async def counted(request: Request) -> Response:
        return JSONResponse({"total": 2 if "authorization" in request.headers else 1})

    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://portal")
    counts: Kept[Any] = Kept("/coordinators/summary", lambda counts: counts, 8)
    assert (await counts.ask(caller(http, "t"), {}))["total"] == 2
    assert (await counts.ask(caller(http, None), {}))["total"] == 1
