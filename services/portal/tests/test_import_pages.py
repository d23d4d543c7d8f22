"""The animator's pages to bring a list, and the files that anybody signed in may take away."""

import pytest
from browser import ORIGIN, Browser
from fake_data import CLAIRE
from fake_imports import IMPORT, brought, know_imports
from fake_services import FakeServices

HOME, API = "/animer/importer", "/api/directory/v1/imports"
ONE = f"{HOME}/{IMPORT}"
OUTDATED = {"code": "report-outdated", "title": "L’annuaire a changé"}
NAMED = {"content-type": "text/csv; charset=utf-8", "content-disposition": 'attachment; filename="a.csv"'}


@pytest.fixture
async def claire(browser: Browser, services: FakeServices) -> Browser:
    services.house.roles[CLAIRE] = ["coordinator", "animator"]
    know_imports(services.house)
    await browser.sign_in("claire.fontaine@exemple.fr")
    return browser


async def bring(claire: Browser, content: bytes = b"x", name: str = "liste.csv") -> int:
    """Sends the form with a file, as a browser without JavaScript does."""
    page = await claire.get(HOME)
    fields = {key: page.text.split(f'name="{key}" value="')[1].split('"')[0] for key in ("csrf", "once")}
    files = {"file": (name, content, "text/csv")} if name else None
    claire.last = await claire.client.post(HOME, data=fields, files=files, headers={"Origin": ORIGIN})
    return claire.last.status_code


async def test_these_pages_are_for_animators(claire: Browser, services: FakeServices) -> None:
    assert f'href="{HOME}"' in (await claire.get("/animer")).text
    assert (await claire.get(HOME)).status_code == 200
    services.house.roles[CLAIRE] = ["coordinator"]
    for path in (HOME, ONE, f"{ONE}/refus.csv", f"{HOME}/modele.csv"):
        assert (await claire.get(path)).status_code == 403


async def test_a_file_is_handed_on_and_its_report_shown(claire: Browser, services: FakeServices) -> None:
    services.house.refuse_once("POST", API, 201, brought())
    assert await bring(claire, "Prénom;Nom\nZoé;Lu\n".encode("cp1252"), "ma liste.csv") == 200
    body, headers = services.written("POST", "/imports")
    assert "Zoé;Lu".encode("cp1252") in body
    assert b'filename="ma liste.csv"' in body
    assert headers["content-type"].startswith("multipart/form-data; boundary=")
    assert headers["idempotency-key"]
    for told in ("3 lignes changeront l’annuaire.", "2 sont à corriger.", "Adresse postale", "Archives"):
        assert told in claire.text


async def test_the_report_says_of_each_line_what_it_does_or_why_not(claire: Browser) -> None:
    page = await claire.get(ONE)
    for told in (
        "Ligne 2",
        "Modifiées 1",
        "Nouvelle CPTS",
        "Personne, change : Téléphone",
        "Déjà dans l’annuaire",
        "Courriel : Il manque l’adresse électronique",
        "Téléphone « zéro quatre » : La forme n’est pas celle attendue.",
    ):
        assert told in claire.text
    assert "<b>Faure" not in page.text
    assert f"{ONE}?voir=&amp;suite=suite-des-lignes" in page.text
    await claire.get(f"{ONE}?voir=refused")
    assert (await claire.get(f"{ONE}?voir=autre")).status_code == 422


async def test_confirming_does_it_or_says_that_things_have_changed(
    claire: Browser, services: FakeServices
) -> None:
    await claire.get(ONE)
    services.house.refuse_once("POST", f"{API}/{IMPORT}/confirm", 409, OUTDATED)
    await claire.submit(f"{ONE}/confirmer")
    assert "rien n’est importé" in claire.text
    services.house.refuse_once("POST", f"{API}/{IMPORT}/confirm", 200, brought("done"))
    know_imports(services.house, status="done")
    await claire.submit(f"{ONE}/confirmer")
    assert services.written("POST", "/confirm")[1]["if-match"] == '"1"'
    assert "C’est fait : 3 lignes importées." in claire.text
    assert "sont entrées dans l’annuaire" in claire.text
    assert "Confirmer l’import" not in claire.text


async def test_lines_can_be_deleted_at_once(claire: Browser, services: FakeServices) -> None:
    await claire.get(ONE)
    services.house.refuse_once("DELETE", f"{API}/{IMPORT}", 204, {})
    await claire.submit(f"{ONE}/oublier")
    assert services.written("DELETE", f"/imports/{IMPORT}")[1]["if-match"] == '"1"'
    assert "Les lignes de ce fichier sont supprimées." in claire.text


async def test_a_file_that_cannot_be_read_is_refused_beside_its_field(
    claire: Browser, services: FakeServices
) -> None:
    told = {"code": "file-refused", "title": "Illisible", "detail": "Le classeur est abîmé."}
    services.house.refuse_once("POST", API, 422, told)
    assert await bring(claire, b"PK\x03\x04", "x.xlsx") == 422
    assert 'id="e-file"' in claire.last.text  # type: ignore[union-attr]
    assert "Le classeur est abîmé." in claire.text
    assert await bring(claire, name="") == 422
    assert "Choisissez un fichier." in claire.text
    assert await bring(claire, b"x" * 1_100_000) == 413


async def test_files_keep_the_name_and_type_the_directory_gave(
    claire: Browser, services: FakeServices
) -> None:
    for path, asked in (
        (f"{HOME}/modele.csv", f"{API}/model.csv"),
        (f"{ONE}/refus.csv", f"{API}/{IMPORT}/refused.csv"),
        ("/annuaire/personnes.csv?department=04", "/api/directory/v1/exports/coordinators.csv"),
        ("/annuaire/cpts.csv", "/api/directory/v1/exports/cpts.csv"),
    ):
        services.house.files[asked] = (b"\xef\xbb\xbfa;b\r\n", NAMED)
        answer = await claire.get(path)
        assert answer.content == b"\xef\xbb\xbfa;b\r\n"
        assert answer.headers["content-disposition"] == NAMED["content-disposition"]
        assert answer.headers["cache-control"] == "no-store"


async def test_the_list_offers_itself_as_a_file_to_who_is_signed_in(claire: Browser, browsers) -> None:  # type: ignore[no-untyped-def]
    page = await claire.get("/annuaire?department=04&scope=national")
    assert 'href="/annuaire/personnes.xlsx?department=04"' in page.text
    async with browsers() as stranger:
        assert "/annuaire/personnes" not in (await stranger.get("/annuaire")).text
        assert "connexion" in str((await stranger.get("/annuaire/personnes.csv")).url)
