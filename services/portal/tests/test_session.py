"""Signing in and out, what the cookie holds, and forms that prove themselves."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from browser import ORIGIN, Browser
from fake_data import CAMILLE
from fake_house import FakeHouse
from fastapi import FastAPI
from maillage_portal.session import Session, SessionCookies
from maillage_portal.settings import PortalSettings
from maillage_portal.visit import safe_next
from session_cookie import EMAIL, cookie_of


async def test_two_steps_lead_to_the_page_that_was_asked_for(browser: Browser) -> None:
    answer = await browser.get("/mon-profil")
    assert answer.url.path == "/connexion"
    await browser.submit("/connexion", email=EMAIL)
    assert "camille.roux@exemple.fr est connue" in browser.text
    answer = await browser.submit("/connexion/code", code="123 456")
    assert answer.url.path == "/mon-profil"
    assert "Camille Roux" in browser.text


async def test_a_wrong_code_is_told_beside_the_field(browser: Browser) -> None:
    await browser.get("/connexion")
    await browser.submit("/connexion", email=EMAIL)
    answer = await browser.submit("/connexion/code", code="000000")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "Ce code n’est pas le bon" in browser.text


async def test_the_cookie_is_sealed_and_readable_only_here(
    browser: Browser, settings: PortalSettings
) -> None:
    await browser.get("/connexion")
    await browser.submit("/connexion", email=EMAIL)
    answer = await browser.client.post("/connexion/code", follow_redirects=False)
    assert answer.status_code == 403
    answer = await browser.submit("/connexion/code", code="123456")
    header = answer.history[0].headers["set-cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert "token-" not in header
    assert len(header) < 4096
    session = cookie_of(browser, settings)
    assert session is not None
    assert session.refresh == f"refresh-{CAMILLE}-1"
    other = settings.model_copy(update={"keys_dir": settings.keys_dir / "other"})
    assert cookie_of(browser, other) is None


async def test_signing_in_changes_the_session_id(browser: Browser, settings: PortalSettings) -> None:
    await browser.get("/connexion")
    before = cookie_of(browser, settings)
    await browser.sign_in(EMAIL)
    after = cookie_of(browser, settings)
    assert before is not None
    assert after is not None
    assert before.sid != after.sid
    assert after.email is None


async def test_over_tls_the_cookie_is_secure_and_bound_to_the_host(
    house: FakeHouse, settings: PortalSettings
) -> None:
    cookies = SessionCookies(settings.model_copy(update={"public_url": "https://maillage.example"}))
    header = cookies.write(Session())
    assert header.startswith("__Host-maillage=")
    assert "Secure" in header
    assert "Path=/" in header


async def test_signing_out_ends_the_session_here_and_at_the_issuer(
    browser: Browser, house: FakeHouse
) -> None:
    await browser.sign_in(EMAIL)
    answer = await browser.submit("/deconnexion")
    assert "Me connecter" in answer.text
    assert "maillage" not in browser.client.cookies
    assert ("POST", "/api/directory/v1/auth/logout") in [written[:2] for written in house.written]


@pytest.mark.parametrize("changes", [{"csrf": ""}, {"csrf": "A" * 86}, {"csrf": "é"}])
async def test_a_form_without_its_proof_is_refused(
    browser: Browser, house: FakeHouse, changes: dict[str, str]
) -> None:
    await browser.sign_in(EMAIL)
    await browser.get("/mon-profil")
    house.written.clear()
    answer = await browser.submit("/mon-profil", **changes)
    assert answer.status_code == 403
    assert house.written == []
    assert "restée ouverte trop longtemps" in browser.text


async def test_the_proof_of_one_browser_is_worth_nothing_in_another(
    browser: Browser, browsers: Callable[[], Browser]
) -> None:
    async with browsers() as attacker:
        await attacker.get("/connexion")
        form = attacker.last.text.split('name="csrf" value="')[1].split('"')[0] if attacker.last else ""
    await browser.sign_in(EMAIL)
    await browser.get("/mon-profil")
    assert (await browser.submit("/mon-profil", csrf=form)).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_a_form_from_another_origin_is_refused(browser: Browser, headers: dict[str, str]) -> None:
    await browser.get("/connexion")
    token = browser.last.text.split('name="csrf" value="')[1].split('"')[0] if browser.last else ""
    answer = await browser.client.post("/connexion", data={"csrf": token, "email": EMAIL}, headers=headers)
    assert answer.status_code == 403
    answer = await browser.client.post(
        "/connexion", data={"csrf": token, "email": EMAIL}, headers={"Origin": ORIGIN}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\tx", "evil"],
)
def test_no_way_out_of_the_portal(target: str) -> None:
    assert safe_next(target) == "/"


def test_ways_inside_are_kept() -> None:
    assert safe_next("/annuaire?q=sant%C3%A9&challenge=x") == "/annuaire?q=sant%C3%A9&challenge=x"


async def test_redirects_after_sign_in_and_language_stay_here(browser: Browser) -> None:
    await browser.get("/connexion?next=https://evil.example/")
    assert browser.last is not None
    assert "evil.example" not in browser.last.text
    answer = await browser.client.get("/langue/en?next=//evil.example", follow_redirects=False)
    assert answer.headers["location"] == "/"


async def test_a_key_may_come_from_a_mounted_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: PortalSettings
) -> None:
    (tmp_path / "key").write_text("ab" * 32)
    monkeypatch.setenv("MAILLAGE_SESSION_KEY_FILE", str(tmp_path / "key"))
    one, other = PortalSettings(keys_dir=tmp_path / "a"), PortalSettings(keys_dir=tmp_path / "b")
    written = SessionCookies(one).write(Session(email=EMAIL)).split("=", 1)[1].split(";")[0]
    read = SessionCookies(other).read({"maillage": written})
    assert read is not None
    assert read.email == EMAIL
    assert not (tmp_path / "a").exists()


async def test_a_form_that_is_too_large_is_refused(browser: Browser) -> None:
    await browser.get("/connexion")
    answer = await browser.submit("/connexion", email="x" * 1_100_000)
    assert answer.status_code == 413
    assert "Cet envoi est trop grand" in browser.text


async def test_metrics_count_pages_by_their_template_and_not_by_what_callers_make_up(
    browser: Browser,
) -> None:
    await browser.get("/groupes/desertification-medicale")
    await browser.get("/nulle-part-du-tout")
    told = (await browser.get("/api/portal/v1/metrics")).text
    assert 'maillage_service{region="fr-pac",service="portal"} 1.0' in told
    assert 'route="/groupes/{slug}"' in told or 'route="/groupes/' in told
    assert "nulle-part-du-tout" not in told
    assert "desertification-medicale" not in told


async def test_visitor_language_and_trace_reach_the_services(portal: FastAPI, house: FakeHouse) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(portal), base_url=ORIGIN) as client:
        await client.get("/annuaire", headers={"Accept-Language": "en-GB", "traceparent": trace})
    sent = house.seen_headers[-1]
    assert sent["accept-language"] == "en"
    assert sent["traceparent"] == trace
    assert sent["x-forwarded-for"] == "127.0.0.1"
