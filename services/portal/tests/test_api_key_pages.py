"""The administrators' pages for API keys: made, shown once, given a new secret, revoked, and refused."""

from typing import Any

import pytest
from browser import Browser
from fake_data import CLAIRE
from fake_keys import KEY, know_keys
from fake_services import FakeServices

HOME, NEW, API = "/administrer/cles", "/administrer/cles/nouvelle", "/api/directory/v1/api-keys"
ONE = f"{HOME}/{KEY['id']}"


@pytest.fixture
async def claire(browser: Browser, services: FakeServices) -> Browser:
    house = services.house
    house.roles[CLAIRE] = ["coordinator", "admin"]
    know_keys(house)
    await browser.sign_in("claire.fontaine@exemple.fr")
    return browser


@pytest.mark.parametrize("path", [HOME, NEW, ONE])
async def test_these_pages_are_for_admins(claire: Browser, services: FakeServices, path: str) -> None:
    assert (await claire.get(path)).status_code == 200
    services.house.roles[CLAIRE] = ["coordinator", "animator"]
    assert (await claire.get(path)).status_code == 403
    assert HOME not in (await claire.get("/")).text


async def test_the_list_says_what_each_may_do_and_when_it_was_used(claire: Browser) -> None:
    assert f'href="{HOME}"' in (await claire.get("/")).text
    await claire.get(HOME)
    for told in (
        "Agenda du site régional",
        "Lire l’annuaire",
        "kitchen:read",
        "Dernier usage",
        "révoquée le",
    ):
        assert told in claire.text


async def test_a_new_key_shows_its_secret_once(claire: Browser, services: FakeServices) -> None:
    await claire.get(NEW)
    issued = {**KEY, "secret": "mlg_" + "S" * 64}
    services.house.refuse_once("POST", API, 201, issued)
    answer = await claire.submit(NEW, name="Agenda", scopes=["directory:read"], days="90")
    assert issued["secret"] in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "Copiez ce secret maintenant" in claire.text
    body, headers = services.written("POST", "/api-keys")
    assert (body["name"], body["scopes"]) == ("Agenda", ["directory:read"])
    assert "idempotency-key" not in headers, "an answer with a secret must not be kept"
    assert issued["secret"] not in (await claire.get(ONE)).text


REFUSALS = [
    (409, {"code": "api-key-name-taken", "detail": "…"}, "name", "Une clé en service porte déjà ce nom"),
    (
        422,
        {"code": "invalid", "errors": [{"pointer": "/scopes", "detail": "1 élément au moins."}]},
        "scopes",
        "Choisissez au moins un droit",
    ),
]


@pytest.mark.parametrize(("status", "problem", "field", "told"), REFUSALS)
async def test_a_refusal_stands_beside_its_field(
    claire: Browser, services: FakeServices, status: int, problem: dict[str, Any], field: str, told: str
) -> None:
    await claire.get(NEW)
    services.house.refuse_once("POST", API, status, {"title": "Refusé", **problem})
    answer = await claire.submit(NEW, name="Agenda", days="30")
    assert answer.status_code == status
    assert f'id="e-{field}"' in answer.text
    assert told in claire.text
    assert 'value="Agenda"' in answer.text


async def test_a_new_secret_is_given_with_an_overlap_and_only_once(
    claire: Browser, services: FakeServices
) -> None:
    page = await claire.get(ONE)
    assert "finit par k3Qz" in claire.text
    services.house.refuse_once("POST", f"{API}/{KEY['id']}/rotate", 200, {**KEY, "secret": "mlg_neuf"})
    answer = await claire.submit(f"{ONE}/renouveler", overlap="3600")
    assert "mlg_neuf" in answer.text
    assert services.written("POST", "/rotate")[0] == {"overlap_seconds": 3600}
    written = len(services.house.written)
    services.house.answers[f"{API}/{KEY['id']}"] = {**KEY, "version": 4}
    claire.last = page
    again = await claire.submit(f"{ONE}/renouveler", overlap="3600")
    assert again.status_code == 409
    assert len(services.house.written) == written, "a page sent again gives no second secret"


async def test_revoking_asks_first(claire: Browser, services: FakeServices) -> None:
    await claire.get(ONE)
    answer = await claire.submit(f"{ONE}/revoquer")
    assert answer.status_code == 422
    assert 'id="e-understood"' in answer.text
    services.house.refuse_once("DELETE", f"{API}/{KEY['id']}", 204, {})
    await claire.submit(f"{ONE}/revoquer", understood="yes")
    assert services.written("DELETE", f"/api-keys/{KEY['id']}")[1]["if-match"] == '"3"'
    assert "La clé est révoquée" in claire.text
