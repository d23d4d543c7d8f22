"""Renewal of the tokens in the cookie: without a word, once for many requests, no sign-out by mistake."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from browser import ORIGIN, Browser
from fake_data import CAMILLE
from fake_house import FakeHouse
from fastapi import Request
from maillage_portal.session import Session
from maillage_portal.settings import PortalSettings
from session_cookie import EMAIL, cookie_of, put_session
from starlette.responses import Response


async def test_an_old_access_token_is_renewed_without_a_word(
    browser: Browser, house: FakeHouse, settings: PortalSettings
) -> None:
    stale = replace(Session().with_tokens(house.tokens(CAMILLE)), expires_at=time.time() - 5)
    put_session(browser, settings, stale)
    answer = await browser.get("/mon-profil")
    assert answer.status_code == 200
    assert house.renewals == 1
    session = cookie_of(browser, settings)
    assert session is not None
    assert session.access == f"token-{CAMILLE}-2"


async def test_a_token_refused_early_is_renewed_once(browser: Browser, house: FakeHouse) -> None:
    await browser.sign_in(EMAIL)
    house.expired.add(f"token-{CAMILLE}-1")
    assert (await browser.get("/mon-profil")).status_code == 200
    assert house.renewals == 1


async def test_a_new_token_refused_too_signs_nobody_out(
    browser: Browser, house: FakeHouse, settings: PortalSettings
) -> None:
    """Where the news of her new rights comes before her new token's date, by clocks that differ."""
    await browser.sign_in(EMAIL)
    path = "/api/directory/v1/me"
    house.refused[path] = (401, {"code": "token-ended", "title": "Session à renouveler"})
    answer = await browser.get("/mon-profil")
    assert (answer.status_code, answer.url.path) == (503, "/mon-profil")
    assert cookie_of(browser, settings) is not None
    del house.refused[path]
    assert (await browser.get("/mon-profil")).status_code == 200
    assert house.renewals == 1


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"<h1>It works!</h1>", "text/html"),
        (200, b"{}", "application/json"),
        (200, b"[]", "application/json"),
        (302, b"", "text/html"),
        (404, b"no such backend", "text/plain"),
        (429, b"{}", "application/problem+json"),
        (502, b"<h1>Bad gateway</h1>", "text/html"),
    ],
)
async def test_an_answer_that_is_not_the_issuers_signs_nobody_out(
    browser: Browser, house: FakeHouse, settings: PortalSettings, status: int, body: bytes, kind: str
) -> None:
    stale = replace(Session().with_tokens(house.tokens(CAMILLE)), expires_at=time.time() - 5)
    put_session(browser, settings, stale)

    async def instead(request: Request, call_next: Any) -> Response:
        if request.url.path.endswith("/auth/tokens"):
            return Response(body, status, media_type=kind, headers={"Location": "https://captive.example"})
        answer: Response = await call_next(request)
        return answer

    house.app.middleware("http")(instead)
    answer = await browser.get("/mon-profil")
    assert (answer.status_code, answer.url.path) == (503, "/mon-profil")
    assert cookie_of(browser, settings) == stale


async def test_parallel_requests_share_one_renewal(
    browser: Browser, house: FakeHouse, settings: PortalSettings
) -> None:
    stale = replace(Session().with_tokens(house.tokens(CAMILLE)), expires_at=time.time() - 5)
    put_session(browser, settings, stale)
    answers = await asyncio.gather(*(browser.client.get("/mon-profil") for _ in range(5)))
    assert [answer.url.path for answer in answers] == ["/mon-profil"] * 5
    assert house.renewals == 1


async def test_a_request_that_comes_after_the_renewal_shares_it_too(
    browser: Browser, house: FakeHouse, settings: PortalSettings
) -> None:
    stale = replace(Session().with_tokens(house.tokens(CAMILLE)), expires_at=time.time() - 5)
    for _ in range(3):
        put_session(browser, settings, stale)
        assert (await browser.get("/mon-profil")).url.path == "/mon-profil"
    assert house.renewals == 1


async def test_a_session_over_at_the_issuer_leads_to_the_sign_in(
    browser: Browser, house: FakeHouse, settings: PortalSettings
) -> None:
    stale = replace(Session().with_tokens(house.tokens(CAMILLE)), expires_at=time.time() - 5)
    put_session(browser, settings, stale)
    house.expired.add(f"refresh-{CAMILLE}-1")
    answer = await browser.get("/mon-profil")
    assert str(answer.url) == f"{ORIGIN}/connexion?next=/mon-profil"
    assert (await browser.get("/annuaire")).status_code == 200


async def test_an_issuer_that_is_away_does_not_sign_out(
    browser: Browser, house: FakeHouse, settings: PortalSettings
) -> None:
    stale = replace(Session().with_tokens(house.tokens(CAMILLE)), expires_at=time.time() - 5)
    put_session(browser, settings, stale)
    house.away.add("directory")
    answer = await browser.get("/mon-profil")
    assert answer.status_code == 503
    house.away.clear()
    assert (await browser.get("/mon-profil")).url.path == "/mon-profil"
