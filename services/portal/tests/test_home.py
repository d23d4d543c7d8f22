"""The page that greets somebody: each service is asked once, and one that is away takes its part along."""

from typing import Any

import pytest
from browser import Browser
from fake_mentoring import proposal
from fake_messages import note
from fake_seminars import registration
from fake_services import FakeServices
from fastapi import Request
from starlette.responses import JSONResponse, Response

NADIA_AT = "nadia.benali@exemple.fr"
PARTS = {
    "mentoring": "aimerait que vous l’accompagniez",
    "events": "Votre place est confirmée",
    "notifications": "Un message à lire",
}


@pytest.fixture
def greeted(services: FakeServices) -> FakeServices:
    """Everything there is to say to her."""
    services.mentoring.proposals = [proposal()]
    services.seminars.registrations = [registration()]
    services.messages.items = [note(title="Un message à lire")]
    return services


async def test_each_service_is_asked_once(browser: Browser, greeted: FakeServices) -> None:
    asked: list[str] = []

    async def noted(request: Request, call_next: Any) -> Response:
        asked.append(request.url.path.removeprefix("/api/"))
        response: Response = await call_next(request)
        return response

    greeted.house.app.middleware("http")(noted)
    await browser.sign_in(NADIA_AT)
    await browser.get("/")  # the portal learns what hardly ever changes
    asked.clear()
    await browser.get("/")
    for words in PARTS.values():
        assert words in browser.text
    assert "Notifications : 1 non lue" in browser.text.replace("\u00a0", " ")
    own = ["events/v1/me/agenda", "mentoring/v1/me/mentoring", "notifications/v1/me/notifications"]
    assert sorted(asked) == sorted(
        ["directory/v1/me", "directory/v1/coordinators/overview", "directory/v1/map.geojson", *own]
    ), "the fake directory gives its map no tag: it is asked for each time"


@pytest.mark.parametrize("away", PARTS)
async def test_who_is_away_takes_only_its_part_along(
    browser: Browser, greeted: FakeServices, away: str
) -> None:
    async def gone(request: Request, call_next: Any) -> Response:
        if request.url.path.startswith(f"/api/{away}/"):
            return JSONResponse({"code": "unavailable", "title": "?"}, 503)
        response: Response = await call_next(request)
        return response

    greeted.house.app.middleware("http")(gone)
    await browser.sign_in(NADIA_AT)
    assert (await browser.get("/")).status_code == 200
    for service, words in PARTS.items():
        assert (words in browser.text) == (service != away)
