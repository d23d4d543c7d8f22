"""The animators' pages for CPTS, without JavaScript: found, entered, changed, closed, and refused."""

from typing import Any

import pytest
from browser import Browser
from fake_data import CLAIRE, CPTS
from fake_services import FakeServices
from maillage_portal.cpts_form import communes_of, communes_text, cpts_body
from starlette.datastructures import FormData

UBAYE = CPTS[0]
LIST, NEW, ONE = "/animer/cpts", "/animer/cpts/nouveau", f"/animer/cpts/{CPTS[0]['id']}"
API = "/api/directory/v1/cpts"


@pytest.fixture
async def claire(browser: Browser, services: FakeServices) -> Browser:
    services.house.roles[CLAIRE] = ["coordinator", "animator"]
    await browser.sign_in("claire.fontaine@exemple.fr")
    return browser


@pytest.mark.parametrize("path", [LIST, NEW, ONE])
async def test_these_pages_are_for_animators(browser: Browser, services: FakeServices, path: str) -> None:
    await browser.sign_in("camille.roux@exemple.fr")
    assert (await browser.get(path)).status_code == 403
    page = await browser.get(f"/cpts/{UBAYE['id']}")
    assert ONE not in page.text


async def test_the_way_there(claire: Browser) -> None:
    assert f'href="{LIST}"' in (await claire.get("/animer")).text
    assert f'href="{ONE}"' in (await claire.get(f"/cpts/{UBAYE['id']}")).text
    page = await claire.get(LIST)
    assert f'href="{ONE}"' in page.text
    assert f'href="{NEW}"' in page.text
    page = await claire.get(f"{LIST}?q=Guil")
    assert "CPTS Guil Durance" in claire.text
    assert ONE not in page.text
    await claire.get(f"{LIST}?q=zzz")
    assert "Aucune CPTS ne correspond" in claire.text


async def test_an_empty_directory_says_what_comes_first(claire: Browser, services: FakeServices) -> None:
    services.house.answers[API] = {"items": [], "next": None}
    await claire.get(LIST)
    assert "L’annuaire n’a pas encore de CPTS" in claire.text
    assert (await claire.get(NEW)).status_code == 200


async def test_a_cpts_is_entered(claire: Browser, services: FakeServices) -> None:
    services.house.answers[f"{API}/new"] = {**UBAYE, "id": "new"}
    services.house.answers[f"{API}/new/positions"] = {"items": [], "next": None}
    await claire.get(NEW)
    await claire.submit(
        NEW,
        name="CPTS des Deux Rives",
        aliases="C2R\n\n Deux Rives ",
        communes="06088* 06149\n06004",
        challenges=["sante-mentale"],
        population="12 345",
    )
    body, headers = services.written("POST", "/cpts")
    assert body == {
        "name": "CPTS des Deux Rives",
        "aliases": ["C2R", "Deux Rives"],
        "status": "aci-signe",
        "communes": [
            {"insee": "06088", "shared": True},
            {"insee": "06149", "shared": False},
            {"insee": "06004", "shared": False},
        ],
        "challenges": ["sante-mentale"],
        "territory_types": [],
        "population": 12345,
    }
    assert headers["idempotency-key"]
    assert "La CPTS est dans l’annuaire" in claire.text


async def test_a_cpts_is_changed_in_the_version_that_was_read(
    claire: Browser, services: FakeServices
) -> None:
    page = await claire.get(ONE)
    assert "04019 04999*" in page.text
    await claire.submit(ONE, name="CPTS Ubaye", territory_types=["littoral", "montagne"])
    body, headers = services.written("PATCH", f"/cpts/{UBAYE['id']}")
    assert headers["if-match"] == '"1"'
    assert body["name"] == "CPTS Ubaye"
    assert [one["name"] for one in body["communes"]] == ["Barcelonnette", "Le Village"]
    assert body["territory_types"] == ["montagne", "littoral"], "the principal one stays first"
    assert "population" not in body, "what was not touched is left to the directory"
    assert "La CPTS est enregistrée" in claire.text


REFUSALS: list[tuple[int, dict[str, Any], str, str]] = [
    (
        422,
        {
            "code": "unknown-commune",
            "detail": "Une commune se désigne par son code INSEE.",
            "errors": [{"pointer": "/communes/1/insee", "detail": "INSEE"}],
        },
        "communes",
        "Ce code n’est celui d’aucune commune de la région : 99999",
    ),
    (
        422,
        {
            "code": "invalid",
            "errors": [{"pointer": "/challenges", "detail": "5 éléments au plus."}],
        },
        "challenges",
        "5 éléments au plus",
    ),
    (409, {"code": "slug-taken", "detail": "…"}, "name", "Une autre CPTS porte déjà ce nom"),
    (
        422,
        {"code": "invalid", "errors": [{"pointer": "/population", "detail": "Un nombre entier."}]},
        "population",
        "Un nombre entier",
    ),
]


@pytest.mark.parametrize(("status", "problem", "field", "told"), REFUSALS)
async def test_a_refusal_stands_beside_its_field(
    claire: Browser, services: FakeServices, status: int, problem: dict[str, Any], field: str, told: str
) -> None:
    await claire.get(NEW)
    services.house.refuse_once("POST", API, status, {"title": "Refusé", **problem})
    answer = await claire.submit(
        NEW, name="CPTS d'ici", communes="06088* 99999", challenges=["sante-mentale"], population="beaucoup"
    )
    assert answer.status_code == status
    assert f'id="e-{field}"' in answer.text
    assert answer.text.count('<p class="error"') == 1
    assert told in claire.text
    for kept in ("06088* 99999</textarea>", 'value="beaucoup"', 'value="sante-mentale" checked'):
        assert kept in answer.text


async def test_a_territory_is_asked_for(claire: Browser, services: FakeServices) -> None:
    await claire.get(NEW)
    problem = {"code": "invalid", "errors": [{"pointer": "/communes", "detail": "1 élément au moins."}]}
    services.house.refuse_once("POST", API, 422, problem)
    answer = await claire.submit(NEW, name="CPTS d'ici", communes=" ")
    assert 'id="e-communes"' in answer.text
    assert "Indiquez au moins une commune" in claire.text


async def test_a_change_made_meanwhile_is_not_overwritten(claire: Browser, services: FakeServices) -> None:
    await claire.get(ONE)
    services.house.refuse_once("PATCH", f"{API}/{UBAYE['id']}", 412, {"code": "precondition-failed"})
    assert (await claire.submit(ONE, name="CPTS Ubaye")).status_code == 412


async def test_closing_asks_first_and_says_what_stands_in_the_way(
    claire: Browser, services: FakeServices
) -> None:
    await claire.get(ONE)
    answer = await claire.submit(f"{ONE}/fermer")
    assert answer.status_code == 422
    assert 'id="e-understood"' in answer.text
    assert all(method != "DELETE" for method, *_ in services.house.written)
    problem = {"code": "post-still-held", "title": "Postes occupés", "detail": "Terminez les postes."}
    services.house.refuse_once("DELETE", f"{API}/{UBAYE['id']}", 409, problem)
    answer = await claire.submit(f"{ONE}/fermer", understood="yes")
    assert answer.status_code == 409
    assert "Terminez les postes" in claire.text
    assert 'value="montagne" checked' in answer.text, "the other form still shows what is saved"
    services.house.refuse_once("DELETE", f"{API}/{UBAYE['id']}", 200, {**UBAYE, "closed_on": "2026-11-22"})
    await claire.submit(f"{ONE}/fermer", understood="yes", merged_into=CPTS[1]["id"])
    _, headers = services.written("DELETE", f"/cpts/{UBAYE['id']}")
    assert headers["if-match"] == '"1"'
    assert "merged_into=" + CPTS[1]["id"] in services.house.queries[-1]
    assert "La CPTS est fermée" in claire.text


async def test_a_closed_cpts_has_no_form(claire: Browser, services: FakeServices) -> None:
    services.house.answers[f"{API}/{UBAYE['id']}"] = {**UBAYE, "closed_on": "2026-11-22"}
    answer = await claire.get(ONE)
    assert "Cette CPTS est fermée" in claire.text
    assert f'action="{ONE}"' not in answer.text


def _form(**values: str) -> FormData:
    return FormData([*values.items()])


def test_codes_are_read_however_they_are_typed() -> None:
    typed = _form(communes="06088 *, 06149;06004\r\n2a004\n06149*")
    assert communes_of(typed) == [
        {"insee": "06088", "shared": True},
        {"insee": "06149", "shared": True},
        {"insee": "06004", "shared": False},
        {"insee": "2A004", "shared": False},
    ]
    laid_out = communes_text([{"insee": f"060{at:02}", "shared": at == 3} for at in range(10)])
    assert laid_out.splitlines()[1] == "06008 06009"
    assert "06003*" in laid_out


@pytest.mark.parametrize(
    ("typed", "communes", "sent"),
    [
        ("48376", "04019 04999*", "nothing"),
        ("48376", "04019", "nothing"),
        ("48376", "04019* 04999*", 48376),
        ("", "04019 04999*", None),
        ("50 000", "04019 04999*", 50000),
    ],
)
def test_inhabitants_are_told_only_where_the_directory_cannot_count(
    typed: str, communes: str, sent: Any
) -> None:
    body = cpts_body(_form(population=typed, communes=communes), UBAYE)
    assert body.get("population", "nothing") == sent
