"""Signing in through the OIDC provider, as the browser sees it; the directory tests what it verifies."""

from urllib.parse import parse_qs, urlsplit

import pytest
from browser import Browser
from fake_data import PEOPLE
from fake_house import FakeHouse
from fastapi import FastAPI
from maillage_portal.app import build
from maillage_portal.settings import PortalSettings

PROVIDER = {"code": True, "provider": {"label": "ProConnect"}}
EMAIL = "camille.roux@exemple.fr"


@pytest.fixture(autouse=True)
def with_provider(house: FakeHouse) -> None:
    house.methods = dict(PROVIDER)


async def start(browser: Browser, path: str = "/connexion/fournisseur?next=/mon-profil") -> str:
    """Begins; the state that the provider is to bring back."""
    answer = await browser.client.get(path, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("https://id.example/go?")
    return parse_qs(urlsplit(answer.headers["location"]).query)["state"][0]


async def test_the_button_stands_beside_the_code_and_each_can_be_off(
    browser: Browser, house: FakeHouse, settings: PortalSettings
) -> None:
    await browser.get("/connexion?next=/mon-profil")
    assert "Se connecter avec ProConnect" in browser.text
    assert "Recevoir un code" in browser.text
    assert browser.last is not None
    assert "/connexion/fournisseur?next=/mon-profil" in browser.last.text
    for methods, there, gone in (
        ({**PROVIDER, "code": False}, "Se connecter avec ProConnect", "Recevoir un code"),
        ({"code": True, "provider": None}, "Recevoir un code", "Se connecter avec"),
    ):
        house.methods = methods
        browser.client._transport.app.state.house._kept.clear()  # type: ignore[attr-defined]
        await browser.get("/connexion")
        assert there in browser.text
        assert gone not in browser.text


async def test_there_and_back_leads_to_the_page_that_was_asked_for(
    browser: Browser, house: FakeHouse
) -> None:
    state = await start(browser)
    answer = await browser.get(f"/connexion/retour?code=c-1&state={state}")
    assert answer.url.path == "/mon-profil"
    _, _, body, _ = house.written[-1]
    assert body == {"grant_type": "authorization_code", "code": "c-1", "state": state, "flow": "flow-1"}
    await browser.get(f"/connexion/retour?code=c-1&state={state}")
    assert "La connexion n’a pas abouti" in browser.text
    assert len(house.written) == 2


async def test_an_answer_is_worth_nothing_in_another_browser(
    browser: Browser, house: FakeHouse, portal: FastAPI
) -> None:
    state = await start(browser)
    async with Browser.on(portal) as other:
        answer = await other.get(f"/connexion/retour?code=c-1&state={state}")
        assert answer.status_code == 400
        assert "Revenir à la connexion" in other.text
    assert [path for _, path, _, _ in house.written] == ["/api/directory/v1/auth/authorizations"]


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/%5Cevil.example"])
async def test_no_way_out_of_the_portal_by_the_sign_in(browser: Browser, target: str) -> None:
    state = await start(browser, f"/connexion/fournisseur?next={target}")
    answer = await browser.client.get(f"/connexion/retour?code=c&state={state}", follow_redirects=False)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("person-unknown", 403, "Nous ne vous trouvons pas encore"),
        ("email-not-verified", 403, "n’ouvre aucun compte"),
        ("identity-taken", 409, "déjà relié à une autre identité"),
        ("provider-away", 503, "Le service de connexion ne répond pas"),
        ("sign-in-failed", 400, "La connexion n’a pas abouti"),
    ],
)
async def test_a_refusal_says_what_to_do(
    browser: Browser, house: FakeHouse, code: str, status: int, said: str
) -> None:
    state = await start(browser)
    house.refuse_once("POST", "/api/directory/v1/auth/tokens", status, {"code": code, "title": "Non"})
    answer = await browser.get(f"/connexion/retour?code=c&state={state}")
    assert answer.status_code == status
    assert said in browser.text
    assert "Revenir à la connexion" in browser.text


async def test_an_unknown_person_reads_whom_to_write_to(house: FakeHouse, settings: PortalSettings) -> None:
    import httpx

    told = settings.model_copy(update={"contact_email": "animation@exemple.fr"})
    async with Browser.on(build(told, httpx.ASGITransport(house.app))) as browser:
        state = await start(browser)
        path = "/api/directory/v1/auth/tokens"
        house.refuse_once("POST", path, 403, {"code": "person-unknown", "title": "Non"})
        answer = await browser.get(f"/connexion/retour?code=c&state={state}")
        assert 'href="mailto:animation@exemple.fr"' in answer.text


async def test_who_says_no_over_there_comes_back_unchanged(browser: Browser) -> None:
    state = await start(browser)
    await browser.get(f"/connexion/retour?error=access_denied&state={state}")
    assert "Connexion interrompue" in browser.text


async def test_a_provider_that_is_away_is_told_before_leaving(browser: Browser, house: FakeHouse) -> None:
    path = "/api/directory/v1/auth/authorizations"
    house.refuse_once("POST", path, 503, {"code": "provider-away", "title": "Non"})
    answer = await browser.get("/connexion/fournisseur")
    assert answer.status_code == 503
    assert "Le service de connexion ne répond pas" in browser.text


async def test_one_links_and_unlinks_ones_account(browser: Browser, house: FakeHouse) -> None:
    assert PEOPLE
    await browser.sign_in(EMAIL)
    await browser.get("/mon-profil/connexion")
    assert "Relier ProConnect" in browser.text
    answer = await browser.submit("/mon-profil/connexion")
    assert answer.headers["refresh"] == "0;url=https://id.example/go?state=s-flow-1"
    assert house.written[-1][2] == {"link": True}
    await browser.get("/connexion/retour?code=c&state=s-flow-1")
    assert "Reliée à ProConnect" in browser.text
    assert house.written[-1][1] == "/api/directory/v1/auth/identities"
    await browser.submit("/mon-profil/connexion/delier")
    assert "Le lien est défait" in browser.text
    assert "Relier ProConnect" in browser.text


async def test_a_link_is_never_begun_without_the_form_and_its_proof(
    browser: Browser, house: FakeHouse
) -> None:
    await browser.sign_in(EMAIL)
    house.written.clear()
    answer = await browser.client.post("/mon-profil/connexion", data={"csrf": "x"})
    assert answer.status_code == 403
    assert house.written == []


async def test_signing_out_goes_on_to_the_provider(browser: Browser, house: FakeHouse) -> None:
    await browser.sign_in(EMAIL)
    house.end_session = "https://id.example/end?state=1"
    answer = await browser.submit("/deconnexion")
    assert answer.headers["refresh"] == "0;url=https://id.example/end?state=1"
    assert "maillage" not in browser.client.cookies
