"""The whole sign-in through an OIDC provider, in a real browser, against a real house and a real provider."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from maillage.testing.oidc import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import CHROMIUM, chromium
from tests.support.embedded import Embedded

AXE = Path(__file__).parents[2] / "services/portal/frontend/node_modules/axe-core/axe.min.js"
PATIENCE = 60_000
"""Milliseconds until what a click leads to is believed not to come."""
PICTURES = os.environ.get("MAILLAGE_PICTURES")
CAMILLE = {"sub": "c-1", "email": "camille.essai@exemple.fr", "email_verified": True}
UNKNOWN = {"sub": "x-1", "email": "inconnue@exemple.fr", "email_verified": True}
UNVERIFIED = {"sub": "y-1", "email": "camille.essai@exemple.fr", "email_verified": False}


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture(scope="module")
def house(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    if not CHROMIUM.exists():
        if os.environ.get("MAILLAGE_REQUIRE_CHROMIUM"):
            pytest.fail("Chromium is required here and is not on this machine")
        pytest.skip("Chromium is not on this machine: the sign-in was not looked at")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MAILLAGE_OIDC_ISSUER", provider.url)
        environment.setenv("MAILLAGE_OIDC_CLIENT_ID", CLIENT_ID)
        environment.setenv("MAILLAGE_OIDC_CLIENT_SECRET", CLIENT_SECRET)
        environment.setenv("MAILLAGE_OIDC_LABEL", "ProSanté d’essai")
        environment.setenv("MAILLAGE_CONTACT_EMAIL", "animation@exemple.fr")
        started = Embedded(tmp_path_factory.mktemp("provider") / "data")
        started.start()
    body = {"first_name": "Camille", "last_name": "Essai", "email": CAMILLE["email"]}
    started.house().operator.post("directory/v1/coordinators", body)
    yield started
    started.stop()


@pytest.fixture(scope="module")
def browser(house: Embedded) -> Iterator[Browser]:
    with chromium() as running:
        yield running


def site(house: Embedded) -> str:
    """The house by its public name, which the provider sends browsers back to: cookies know only that one."""
    return f"http://localhost:{house.port}"


def faults(page: Page, name: str) -> list[str]:
    """What axe-core and a narrow window find wrong; a picture of each width where pictures are wanted."""
    found = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        found += [f"{name}: too wide at {width}"] if wide else []
    page.evaluate(AXE.read_text(encoding="utf-8"))
    said = page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]
    return found + [f"{name}: {rule['id']} {rule['nodes'][0]['html'][:120]}" for rule in said]


def enter(page: Page, house: Embedded, path: str = "/mon-profil", choose: str = "#enter") -> None:
    page.set_default_timeout(PATIENCE)
    page.goto(f"{site(house)}{path}")
    page.click("main a[href^='/connexion/fournisseur']")
    page.wait_for_selector(choose)
    page.click(choose)
    page.wait_for_url(f"{site(house)}/**")


def test_from_the_button_to_the_page_and_out_again(
    house: Embedded, provider: Provider, browser: Browser
) -> None:
    provider.claims = dict(CAMILLE)
    page = browser.new_context(locale="fr-FR", reduced_motion="reduce").new_page()
    page.set_default_timeout(PATIENCE)
    wrong: list[str] = []
    page.goto(f"{site(house)}/connexion")
    wrong += faults(page, "sign-in")
    enter(page, house)
    page.wait_for_url(f"{site(house)}/mon-profil")
    expect(page.locator("input[name=first_name]")).to_have_value("Camille", timeout=PATIENCE)
    page.goto(f"{site(house)}/mon-profil/connexion")
    expect(page.locator("main")).to_contain_text("Reliée à ProSanté d’essai", timeout=PATIENCE)
    wrong += faults(page, "my-sign-in-linked")
    page.click("main form button")
    expect(page.locator("main")).to_contain_text("Relier ProSanté d’essai", timeout=PATIENCE)
    wrong += faults(page, "my-sign-in")
    page.click("main form button")
    page.wait_for_selector("#enter")
    page.click("#enter")
    page.wait_for_url(f"{site(house)}/mon-profil/connexion")
    expect(page.locator("main")).to_contain_text("Reliée à", timeout=PATIENCE)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.click("header.top details summary")
    page.click("form[action='/deconnexion'] button")
    page.wait_for_url(f"{site(house)}/?state=*")
    assert provider.ended[-1]["id_token_hint"].count(".") == 2
    page.goto(f"{site(house)}/mon-profil")
    assert "/connexion" in page.url
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("claims", "choose", "said"),
    [
        (UNKNOWN, "#enter", "animation@exemple.fr"),
        (UNVERIFIED, "#enter", "n’ouvre aucun compte"),
        (CAMILLE, "#deny", "Connexion interrompue"),
    ],
)
def test_who_may_not_enter_reads_why(
    house: Embedded, provider: Provider, browser: Browser, claims: dict[str, object], choose: str, said: str
) -> None:
    provider.claims = dict(claims)
    page = browser.new_context(locale="fr-FR", reduced_motion="reduce").new_page()
    enter(page, house, choose=choose)
    expect(page.locator("main")).to_contain_text(said, timeout=PATIENCE)
    wrong = faults(page, f"refused-{claims['sub']}{choose[1:]}")
    page.goto(f"{site(house)}/mon-profil")
    assert "/connexion?next=/mon-profil" in page.url
    assert not wrong, "\n".join(wrong)
