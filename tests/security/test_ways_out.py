"""Nobody is led out of the house, and the house is led nowhere.

| threat | test |
|---|---|
| open redirect by `next` and by the language | test_no_parameter_leads_to_another_site |
| a redirect to the host that a request names | test_no_host_that_a_request_names_is_led_to |
| a redirect by what a service says | services/portal/tests/test_inbox_pages.py (`safe_next`) |
| a request to an address that somebody sends (SSRF) | test_no_body_and_no_form_takes_an_address |
| a new place from which requests leave | test_requests_leave_from_known_places_only |
| paths out of a folder, written in every way | test_no_path_leads_out_of_a_folder |

Places that take an address, all from an operator's settings: the OIDC provider (https in production, no
redirects), documents and monitoring of the catalogue, the issuer's keys, the tiles of the map (fetched by
browsers), the links between regions.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from maillage_portal.session import SessionCookies

from tests.security.browsing import Browser
from tests.security.house import ORDER, URL, House
from tests.security.test_bodies import bodies, objects

in_the_house = pytest.mark.asyncio(loop_scope="session")
ROOT = Path(__file__).parents[2]
HOSTILE = (
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example/",
    "HTTPS:/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\x01//evil.example",
    " //evil.example",
    "///evil.example",
    "/%09/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/@evil.example/\r\nLocation: https://evil.example",
    "http://localhost:8000@evil.example/",
    ".evil.example",
    "@evil.example",
)


def _redirecting(house: House) -> list[str]:
    """Pages that take `next`, as their signatures say."""
    found = []
    for context in iter_route_contexts(house.portal.routes):
        route = getattr(context, "original_route", context)
        dependant = getattr(route, "dependant", None)
        if dependant is not None and any(param.alias == "next" for param in dependant.query_params):
            found.append(str(context.path).replace("{language}", "fr"))
    return found


def _as_a_browser_reads(location: str) -> str:
    """Browsers drop tabs and newlines and take a backslash for a slash (WHATWG URL)."""
    plain = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    return urlsplit(urljoin(f"{URL}/", plain)).netloc


@in_the_house
@pytest.mark.parametrize("target", HOSTILE, ids=ascii)
async def test_no_parameter_leads_to_another_site(house: House, target: str) -> None:
    pages = _redirecting(house)
    assert {"/connexion", "/langue/fr"} <= set(pages)
    for who in ("anonymous", "owner"):
        browser = Browser.of(house, who)
        for page in pages:
            answer = await house.call(
                "GET", page, params={"next": target}, headers=_with_cookie(house, browser)
            )
            location = answer.headers.get("location", "/")
            if page != "/connexion/fournisseur":
                assert _as_a_browser_reads(location) == urlsplit(URL).netloc, f"{page}: {location}"
            for kept in re.findall(r'name="next" value="([^"]*)"', answer.text):
                assert _as_a_browser_reads(unescape(kept)) == urlsplit(URL).netloc, f"{page} keeps {kept}"
        sent = await browser.post("/connexion", {"email": "x@exemple.fr", "next": target})
        assert _as_a_browser_reads(sent.headers["location"]) == urlsplit(URL).netloc


@in_the_house
@pytest.mark.parametrize("written", ["{path}", "{path}/?a=b", "//evil.example{path}/"])
async def test_no_host_that_a_request_names_is_led_to(house: House, written: str) -> None:
    """Whoever stands between may name any, and keep the answer for others."""
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    led = set()
    paths = {str(each.path) for each in iter_route_contexts(house.portal.routes)} | {"/api/directory/v1/cpts"}
    for path in sorted(path for path in paths if "{" not in path):
        url = httpx.URL(URL).copy_with(raw_path=written.format(path=path).encode())
        request = house.client.build_request("GET", url, headers=headers)
        request.headers.pop("cookie", None)  # of whoever signed in before: to her some answers have no end
        answer = await house.client.send(request)
        location = answer.headers.get("location")
        if location and path != "/connexion/fournisseur":
            led.add(path)
            assert _as_a_browser_reads(location) == urlsplit(URL).netloc, f"{path}: {location}"
        assert "evil.example" not in answer.text.replace(unescape(written.format(path=path)), "")
    assert "/mon-profil" in led or written.startswith("//")


def _with_cookie(house: House, browser: Browser) -> dict[str, str]:
    return {"Cookie": SessionCookies(house.portal_settings).write(browser.session).split(";")[0]}


@in_the_house
@pytest.mark.parametrize("name", ORDER)
async def test_no_body_and_no_form_takes_an_address(house: House, name: str) -> None:
    document = house.services[name].app.openapi()
    telling = re.compile(r"(^|_)(ur[il]s?|href|webhook|callback|endpoint|host|redirect(_ur[il])?)($|_)")
    for method, path, schema in bodies(house, name):
        for shape, found in objects({"body": schema}, document, set()):
            names = [field for field in found.get("properties", {}) if telling.search(field)]
            assert not names, f"{method} {path}: {shape} takes {names}: who fetches it, and from where?"


LEAVING = re.compile(
    r"httpx\.(AsyncClient|Client)\(|AsyncOAuth2Client\(|urlopen\(|import (aiohttp|requests)|open_connection\("
)
KNOWN_CALLERS = {
    "services/catalogue/maillage_catalogue/documents.py",
    "services/catalogue/maillage_catalogue/readers.py",
    "services/directory/maillage_directory/auth/oidc/provider.py",
    "services/portal/maillage_portal/app.py",
    "shared/maillage/auth/keys.py",
    "shared/maillage/nats/monitoring.py",
}


def test_requests_leave_from_known_places_only() -> None:
    found = set()
    for folder in ("shared/maillage", *(f"services/{name}" for name in (*ORDER, "portal"))):
        for path in (ROOT / folder).rglob("*.py"):
            place = path.relative_to(ROOT).as_posix()
            text = path.read_text(encoding="utf-8")
            if "/tests/" not in place and "/testing/" not in place and LEAVING.search(text):
                found.add(place)
                assert "follow_redirects=True" not in text, place
    assert found == KNOWN_CALLERS


OUT = (
    "../../../../etc/passwd",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%5c..%5cetc%5cpasswd",
    "%252e%252e%252fetc%252fpasswd",
    "....//....//etc/passwd",
    "%2fetc%2fpasswd",
    ".%00./etc/passwd",
    "keys%2fhmac.key",
    "..%2fkeys%2fhmac.key",
    ".hidden",
    "%00",
)


@in_the_house
@pytest.mark.parametrize("path", OUT)
async def test_no_path_leads_out_of_a_folder(house: House, path: str) -> None:
    name = house.ids["name"]
    for start in (
        "/static/",
        "/boite-aux-lettres/",
        f"/boite-aux-lettres/{name}/pieces/",
        "/api/notifications/v1/mailbox/",
        f"/api/notifications/v1/mailbox/{name}/attachments/",
        "/api/directory/v1/imports/model.",
    ):
        answer = await house.call("GET", start + path)
        assert answer.status_code in (400, 404, 405, 422), f"{start}{path}: {answer.status_code}"
        assert "root:" not in answer.text


def test_routes_are_read_as_fastapi_makes_them() -> None:
    """What `_redirecting` relies on."""
    assert hasattr(APIRoute("/x", lambda: None), "dependant")
