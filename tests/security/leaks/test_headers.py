"""Headers and cookies where the story does not lead: behind TLS, on errors, built files, proxies' answers.

Services and portal are built without a bus or a running house: what surrounds every answer needs neither.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from maillage.safety import ALWAYS
from maillage_embedded.house import services
from maillage_embedded.root import Root
from maillage_portal import assets
from maillage_portal.app import build
from maillage_portal.settings import PortalSettings

from tests.security.leaks.headers import directives, problems

ROOT = Path(__file__).parents[3]
TLS = "https://maillage.test"
HSTS = "max-age=31536000"
NAMES = ("directory", "events", "mentoring", "notifications", "catalogue")


@pytest.fixture
async def behind_tls(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The house as it is built where its public address is https, none of its databases there."""
    apps = {
        each.name: each.build(
            each.settings(public_url=TLS, database_url=f"sqlite:///{tmp_path}/none.db", data_dir=tmp_path),
            workers=False,
        )
        for each in services()
    }
    broken = httpx.MockTransport(lambda _: httpx.Response(503))
    portal = build(PortalSettings(environment="demo", public_url=TLS, keys_dir=tmp_path), broken)
    assets.build()
    async with AsyncExitStack() as stack:
        root = httpx.ASGITransport(Root(apps, portal, tls=True), raise_app_exceptions=False)
        yield await stack.enter_async_context(httpx.AsyncClient(transport=root, base_url=TLS))


@pytest.mark.parametrize("name", NAMES)
async def test_every_kind_of_answer_of_a_service(behind_tls: httpx.AsyncClient, name: str) -> None:
    base = f"/api/{name}/v1"
    seen = set()
    large = b"x" * 1_100_000
    for method, path, content in (
        ("GET", "/livez", None),
        ("GET", "/metrics", None),
        ("GET", "/openapi.json", None),
        ("GET", "/no-such-thing", None),
        ("DELETE", "/livez", None),
        ("POST", "/auth/codes" if name == "directory" else "/seminars", large),
        ("GET", "/coordinators?limit=none", None),
        ("GET", "/cpts", None),
        ("GET", "/seminars", None),
        ("GET", "/event-types", None),
        ("GET", "/mentors", None),
        ("GET", "/me/notifications", None),
        ("GET", "/unsubscribe/none", None),
        ("OPTIONS", "/livez", None),
    ):
        answer = await behind_tls.request(method, base + path, content=content)
        seen.add(answer.status_code)
        assert not list(problems(answer.headers, page=False)), (method, path, answer.headers)
        assert answer.headers["strict-transport-security"] == HSTS
    assert {200, 404, 405} <= seen
    assert seen & {500, 503} or name in ("mentoring", "notifications"), "there is no database"


async def test_every_kind_of_answer_of_the_portal(behind_tls: httpx.AsyncClient) -> None:
    seen = set()
    for method, path, content in (
        ("GET", "/", None),
        ("GET", "/connexion", None),
        ("GET", "/mes-inscriptions", None),
        ("GET", "/no-such-page", None),
        ("DELETE", "/", None),
        ("POST", "/connexion", b"x" * 1_100_000),
        ("POST", "/connexion", b"email=a"),
        ("GET", "/langue/en", None),
        ("GET", "/robots.txt", None),
        ("GET", "/readyz", None),
        ("GET", "/api/portal/v1/metrics", None),
    ):
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if content else {}
        answer = await behind_tls.request(method, path, content=content, headers=headers)
        seen.add(answer.status_code)
        api = path.startswith("/api/")
        assert not list(problems(answer.headers, page=not api)), (method, path, answer.headers)
        assert answer.headers["strict-transport-security"] == HSTS
    assert {200, 303, 403, 404, 405, 413, 503} <= seen, seen


async def test_a_page_that_breaks_is_a_page_with_its_headers(
    behind_tls: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maillage_portal.visit.Visit.page", lambda *_, **__: 1 / 0)
    answer = await behind_tls.get("/accessibilite")
    assert answer.status_code == 500
    assert not list(problems(answer.headers, page=True))


async def test_cookies_behind_tls_are_this_hosts_alone(behind_tls: httpx.AsyncClient) -> None:
    answers = [await behind_tls.get("/connexion"), await behind_tls.get("/langue/en")]
    cookies = [cookie for answer in answers for cookie in answer.headers.get_list("set-cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-maillage", "__Host-maillage_language"}
    for cookie in cookies:
        parts = {part.strip().lower().partition("=")[0] for part in cookie.split(";")}
        assert {"secure", "httponly", "path", "samesite"} <= parts, cookie
        assert "domain" not in parts
        assert re.search(r"samesite=(lax|strict)", cookie, re.IGNORECASE)


async def test_built_files_are_kept_for_ever_and_are_what_they_say(behind_tls: httpx.AsyncClient) -> None:
    files = [path for path in assets.DIST.iterdir() if path.suffix not in (".br", ".gz")]
    assert len(files) > 8
    for file in files:
        answer = await behind_tls.get(f"/static/{file.name}")
        assert answer.status_code == 200
        kept = {**answer.headers, "cache-control": "no-store"}
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert not list(problems(kept, page=True)), file.name
        if file.suffix == ".svg":
            assert "script" not in answer.text


async def test_a_mail_of_the_demo_is_framed_by_us_alone_and_in_a_sandbox() -> None:
    from maillage_portal.pages.mailbox import MAIL_POLICY

    policy = directives(MAIL_POLICY)
    assert policy["frame-ancestors"] == "'self'"
    assert policy["default-src"] == "'none'"
    assert policy["sandbox"] == "", "no script, no form, no way out"


async def test_an_address_that_is_nobodys_is_refused_with_the_headers(behind_tls: httpx.AsyncClient) -> None:
    answer = await behind_tls.get("/api/nobody/v1/readyz")
    assert answer.status_code == 404
    assert not list(problems(answer.headers, page=False))
    assert answer.headers["strict-transport-security"] == HSTS


def test_the_proxy_of_the_containers_sets_the_same_on_answers_of_its_own() -> None:
    written = (ROOT / "deploy" / "proxy" / "haproxy.cfg").read_text(encoding="utf-8")
    line = r'http-after-response set-header (?P<name>\S+) (?P<value>"[^"]+"|\S+) '
    found = {one["name"]: one["value"].strip('"') for one in re.finditer(line, written)}
    assert found == {**ALWAYS, "Strict-Transport-Security": HSTS}
