"""What is refused, misspelt or broken is a page too, and says what to do."""

from typing import Any

import httpx
import pytest
from browser import Browser
from fake_data import SOPHIE
from fake_house import FakeHouse
from fastapi import FastAPI
from maillage_portal.api import address

EMAIL = "camille.roux@exemple.fr"


@pytest.mark.parametrize("wild", ["a%00b", "%0d%0aX: y", "%3Fq=1", "%23", "..", "%25zz", "%C3%A9", "%5Cx"])
async def test_whatever_stands_in_an_address_is_a_page_that_is_not_there(browser: Browser, wild: str) -> None:
    for path in (f"/seminaires/{wild}", f"/seminaires/ailleurs/{wild}", f"/groupes/{wild}", f"/cpts/{wild}"):
        assert (await browser.get(path)).status_code < 500, path


async def test_an_address_longer_than_any_is_a_page_that_is_not_there(browser: Browser) -> None:
    """httpx refuses to send one of more than 65536 characters; a server of ours may read a little less."""
    assert (await browser.get("/cpts/" + "a" * 65_510)).status_code == 404


def test_what_stands_in_an_address_ends_no_path() -> None:
    assert address("events", "/seminars/a?b=1#c\0/é") == "/api/events/v1/seminars/a%3Fb=1%23c%00/%C3%A9"


@pytest.mark.parametrize("dots", [".", ".."])
def test_what_stands_in_an_address_climbs_out_of_no_path(dots: str) -> None:
    """As a client sends it: it would resolve dots, and `/notifications/..` be a POST to another address."""
    sent = httpx.Request("POST", f"http://x{address('notifications', f'/me/notifications/{dots}/read')}")
    assert (
        sent.url.raw_path.decode().lower()
        == f"/api/notifications/v1/me/notifications/{dots}/read".replace(
            f"/{dots}/", f"/{dots.replace('.', '%2e')}/"
        )
    )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "Cette page n’existe pas"),
        (412, "vient de modifier"),
        (429, "Trop d’essais"),
        (500, "ne répond pas|mal tourné"),
    ],
)
async def test_refusals_become_pages_that_say_what_to_do(
    browser: Browser, house: FakeHouse, status: int, words: str
) -> None:
    await browser.sign_in(EMAIL)
    house.refused[f"/api/directory/v1/coordinators/{SOPHIE}"] = (
        status,
        {"code": "x", "title": "", "trace_id": "abc123"},
    )
    answer = await browser.get(f"/coordonnateurs/{SOPHIE}")
    assert answer.status_code == (502 if status == 500 else status)
    assert any(word in browser.text for word in words.split("|"))
    assert "abc123" in browser.text


async def test_an_address_that_no_service_can_read_is_a_page_that_is_not_there(
    browser: Browser, house: FakeHouse
) -> None:
    errors = [{"pointer": "path:cpts_id", "detail": "Un identifiant UUID est attendu."}]
    house.refused["/api/directory/v1/cpts/actes-sante"] = (422, {"code": "invalid", "errors": errors})
    answer = await browser.get("/cpts/actes-sante")
    assert answer.status_code == 404
    assert "Cette page n’existe pas" in browser.text


async def test_a_bug_of_the_portal_is_a_page_too(browser: Browser, house: FakeHouse) -> None:
    house.answers["/api/directory/v1/map.geojson"] = {"unexpected": True}
    answer = await browser.get("/annuaire")
    assert answer.status_code == 500
    assert "Quelque chose a mal tourné" in browser.text
    assert "content-security-policy" in answer.headers


async def test_who_hangs_up_in_the_middle_of_a_form_has_broken_nothing(
    portal: FastAPI, capfd: pytest.CaptureFixture[str]
) -> None:
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "server": ("test", 80), "root_path": "", "path": "/connexion", "raw_path": b"/connexion",
        "query_string": b"",
        "headers": [(b"content-length", b"40"), (b"content-type", b"application/x-www-form-urlencoded")],
    }  # fmt: skip
    heard = iter([{"type": "http.request", "body": b"em", "more_body": True}, {"type": "http.disconnect"}])
    sent = []

    async def receive() -> Any:
        return next(heard)

    async def send(message: Any) -> None:
        sent.append(message.get("status"))

    await portal(scope, receive, send)
    said = capfd.readouterr()
    assert sent[0] == 499
    assert "crashed" not in said.out + said.err
