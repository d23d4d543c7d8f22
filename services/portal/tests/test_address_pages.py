"""A new address of one's own waits for its code; what the directory checks of it is tested there."""

import fake_address
import pytest
from browser import Browser
from fake_data import CAMILLE
from fake_house import FakeHouse
from fake_sign_in import GOOD_CODE

EMAIL, NEW = "camille.roux@exemple.fr", "camille@nouvelle.exemple.fr"
PAGE = "/mon-profil/adresse"


@pytest.fixture(autouse=True)
def with_addresses(house: FakeHouse) -> None:
    fake_address.on(house)


async def ask(browser: Browser) -> None:
    await browser.sign_in(EMAIL)
    await browser.get("/mon-profil")
    answer = await browser.submit("/mon-profil", email=NEW)
    assert answer.url.path == PAGE


async def test_a_new_address_leads_to_its_code_and_the_code_to_the_new_address(browser: Browser) -> None:
    await ask(browser)
    assert "Votre profil est enregistré." in browser.text
    assert NEW in browser.text
    assert f"vous vous connectez avec {EMAIL}" in browser.text
    answer = await browser.submit(PAGE, code=GOOD_CODE)
    assert answer.url.path == "/mon-profil"
    assert f"vos messages arrivent à {NEW}" in browser.text


async def test_a_wrong_code_is_told_beside_its_field(browser: Browser) -> None:
    await ask(browser)
    answer = await browser.submit(PAGE, code="000000")
    assert answer.status_code == 422
    assert 'id="e-code"' in answer.text
    assert "Ce code n’est pas le bon" in browser.text
    assert NEW in browser.text


async def test_the_profile_says_what_waits_and_the_address_may_stay(
    browser: Browser, house: FakeHouse
) -> None:
    await ask(browser)
    await browser.get("/mon-profil")
    assert f"{NEW} attend d’être confirmée" in browser.text
    await browser.get(PAGE)
    answer = await browser.submit(f"{PAGE}/garder")
    assert (answer.url.path, house.pending_email) == ("/mon-profil", None)
    assert "Votre adresse reste la même." in browser.text
    assert (await browser.get(PAGE)).url.path == "/mon-profil", "nothing waits any more"


async def test_another_code_is_asked_for_the_same_address_until_it_was_too_often(
    browser: Browser, house: FakeHouse
) -> None:
    await ask(browser)
    answer = await browser.submit(f"{PAGE}/autre-code")
    method, _, body, headers = house.written[-1]
    assert (method, body, headers["if-match"]) == ("PATCH", {"email": NEW}, '"7"')
    assert answer.url.path == PAGE
    assert "Un autre code vient de partir." in browser.text
    told = {"code": "too-many-codes", "title": "x", "detail": "Attendez quelques minutes."}
    house.refuse_once("PATCH", f"/api/directory/v1/coordinators/{CAMILLE}", 429, told)
    answer = await browser.submit(f"{PAGE}/autre-code")
    assert answer.status_code == 429
    assert "Attendez quelques minutes." in browser.text


async def test_without_a_new_address_saving_leads_to_the_profile(browser: Browser, house: FakeHouse) -> None:
    await browser.sign_in(EMAIL)
    await browser.get("/mon-profil")
    answer = await browser.submit("/mon-profil", bio="Bonjour")
    assert answer.url.path == f"/coordonnateurs/{CAMILLE}"
    assert house.pending_email is None
