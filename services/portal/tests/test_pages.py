"""Each page without JavaScript: what it says, what it does, and what it says when a service is away."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from browser import Browser
from fake_data import CAMILLE, CPTS, NADIA
from fake_house import FakeHouse
from maillage_portal import assets
from maillage_portal.security import content_security_policy
from maillage_portal.settings import PortalSettings

EMAIL = "camille.roux@exemple.fr"


def places_of(html: str) -> dict[str, Any]:
    block = html.split('id="places">')[1].split("</script>")[0]
    return dict(json.loads(block))


async def points_of(browser: Browser) -> dict[str, Any]:
    answer = await browser.get("/annuaire/points.json")
    return {place["id"]: place for place in answer.json()["places"]}


@pytest.mark.parametrize(
    "path", ["/", "/annuaire", "/connexion", "/accessibilite", "/nulle-part", "/static/nothing.js"]
)
async def test_every_answer_carries_the_headers(browser: Browser, path: str) -> None:
    answer = await browser.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/", "/annuaire", "/nulle-part", "/readyz"])
async def test_a_watchman_who_asks_for_the_head_alone_is_answered(browser: Browser, path: str) -> None:
    whole, head = await browser.get(path), await browser.client.head(path)
    assert (head.status_code, head.headers["content-type"]) == (
        whole.status_code,
        whole.headers["content-type"],
    )
    assert head.content == b""


async def test_no_page_has_inline_script_or_style(browser: Browser) -> None:
    await browser.sign_in(EMAIL)
    for path in ("/", "/annuaire", "/mon-profil", f"/coordonnateurs/{NADIA}", f"/cpts/{CPTS[0]['id']}"):
        html = (await browser.get(path)).text
        assert " style=" not in html
        assert " onclick=" not in html
        assert "<style" not in html
        assert all("src=" in tag or "application/json" in tag for tag in html.split("<script")[1:])


def test_tiles_open_the_policy_for_their_origin_only(settings: PortalSettings) -> None:
    tiled = settings.model_copy(update={"tile_url": "https://{s}.tiles.example/{z}/{x}/{y}.png"})
    assert "img-src 'self' data: https://*.tiles.example;" in content_security_policy(tiled)


async def test_built_files_are_small_compressed_and_kept_for_ever(browser: Browser) -> None:
    first_load = 0
    for name in ("main.css", "app.js", "icons.svg", "map.js", "map.css"):
        path = assets.url(name)
        async with browser.client.stream("GET", path, headers={"Accept-Encoding": "br"}) as answer:
            first_load += sum([len(piece) async for piece in answer.aiter_raw()])
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "br"
    for name in assets.manifest():
        if name.endswith("latin-wght-normal.woff2"):
            first_load += len((await browser.get(assets.url(name))).content)
    assert first_load < 300_000


@pytest.mark.parametrize("name", ["..%2fmanifest.json", "%2e%2e%2f%2e%2e%2fapp.py", ".hidden"])
async def test_only_built_files_are_served(browser: Browser, name: str) -> None:
    assert (await browser.get(f"/static/{name}")).status_code == 404


async def test_the_door_shows_the_region_without_names(browser: Browser) -> None:
    answer = await browser.get("/")
    assert "Quelqu’un, pas loin" in browser.text
    assert 'class="edge"' in answer.text
    assert "Benali" not in answer.text


async def test_the_desk_counts_colleagues_and_shows_one_card(browser: Browser, house: FakeHouse) -> None:
    await browser.sign_in(EMAIL)
    await browser.get("/")
    assert "Bonjour Camille, 2 collègues vivent la même chose" in browser.text
    assert browser.text.count("À faire maintenant") == 1
    assert "Connaissez-vous Nadia Benali" in browser.text


async def test_the_desk_stands_when_other_services_are_away(browser: Browser, house: FakeHouse) -> None:
    await browser.sign_in(EMAIL)
    house.away.update({"events", "mentoring", "notifications"})
    answer = await browser.get("/")
    assert answer.status_code == 200
    assert "Bonjour Camille" in browser.text


async def test_list_and_map_say_the_same(browser: Browser) -> None:
    await browser.sign_in(EMAIL)
    answer = await browser.get("/annuaire?challenge=sante-mentale")
    places = places_of(answer.text)
    assert places["edges"] == [[0, 1]]
    assert answer.text.count('class="dot chosen"') == 2
    assert "2 personnes dans 1 département" in browser.text
    assert "Claire Fontaine" in browser.text
    assert "Nadia Benali" not in browser.text
    points = await points_of(browser)
    assert len(points) == len(CPTS)
    assert [points[key]["name"] for key in places["lit"]] == ["CPTS Nice Centre", "CPTS Nice Nord"]


async def test_the_points_of_the_map_name_people_to_who_may_see_them(
    browser: Browser, browsers: Callable[[], Browser]
) -> None:
    """What is kept packed for a member is not what a visitor is given, whatever encoding either takes."""
    await browser.sign_in(EMAIL)
    async with browsers() as visitor:
        for coding in ("gzip", "identity", "gzip"):
            told = {"Accept-Encoding": coding}
            answer = await browser.get("/annuaire/points.json", headers=told)
            assert "Benali" in answer.text
            assert answer.headers["cache-control"] == "no-store"
            assert "Benali" not in (await visitor.get("/annuaire/points.json", headers=told)).text


async def test_a_picture_has_its_backdrop_by_a_name_that_tells_its_content(
    browser: Browser, house: FakeHouse
) -> None:
    async def backdrop() -> str:
        found = re.search(r'href="(/annuaire/fond/[^"#]*)#held"', (await browser.get("/annuaire")).text)
        assert found
        return found[1]

    first = await backdrop()
    answer = await browser.get(first)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.text.count("<circle") == len(CPTS)
    house.cpts["new"] = {**CPTS[0], "id": "new", "lat": 44.0}
    second = await backdrop()
    assert second != first
    stale = await browser.get(first)
    assert (stale.text.count("<circle"), stale.headers["cache-control"]) == (len(CPTS) + 1, "no-cache")
    assert (await browser.get("/annuaire/fond/639/x.svg")).status_code == 404


async def test_no_page_lists_every_cpts_to_draw_them(browser: Browser, house: FakeHouse) -> None:
    await browser.sign_in(EMAIL)
    house.refused["/api/directory/v1/cpts"] = (500, {"code": "x", "title": ""})
    for path in ("/", "/annuaire?vacant=true", f"/coordonnateurs/{NADIA}", f"/cpts/{CPTS[0]['id']}"):
        answer = await browser.get(path)
        assert answer.status_code == 200, path
        assert "/annuaire/fond/" in answer.text


async def test_the_directory_hides_people_from_who_is_not_signed_in(browser: Browser) -> None:
    answer = await browser.get("/annuaire")
    assert "6 CPTS" in browser.text
    assert "connectez-vous" in browser.text
    assert "Poste vacant" in browser.text
    assert answer.text.count("data-cpts=") == 6


async def test_htmx_gets_only_what_a_filter_changes(browser: Browser) -> None:
    answer = await browser.get("/annuaire?q=nice", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert 'hx-swap-oob="true"' in answer.text
    assert places_of(answer.text)["state"]["q"] == "nice"


async def test_an_empty_result_offers_the_next_step(browser: Browser) -> None:
    await browser.sign_in(EMAIL)
    await browser.get("/annuaire?q=zzzz")
    assert "Personne ne correspond" in browser.text
    assert "Voir tout le monde" in browser.text


async def test_what_people_write_is_shown_as_text(browser: Browser, house: FakeHouse) -> None:
    house.people[NADIA] = {**house.people[NADIA], "bio": "<script>alert(1)</script> & co"}
    house.cpts[CPTS[0]["id"]] = {**CPTS[0], "name": "</script><b>x"}
    await browser.sign_in(EMAIL)
    page = await browser.get(f"/coordonnateurs/{NADIA}")
    assert "&lt;script&gt;alert(1)" in page.text
    directory = await browser.get("/annuaire")
    assert "</script><b>x" not in directory.text


async def test_a_page_of_somebody_says_what_is_hidden(browser: Browser) -> None:
    await browser.sign_in(EMAIL)
    answer = await browser.get(f"/coordonnateurs/{NADIA}")
    assert "nadia.benali@exemple.fr" in browser.text
    assert "04 00 00 00 00" not in browser.text
    assert '<meta name="robots" content="noindex">' in answer.text


async def test_her_own_page_has_peers_with_reasons_for_and_against(
    browser: Browser, house: FakeHouse
) -> None:
    await browser.sign_in(EMAIL)
    await browser.get(f"/coordonnateurs/{CAMILLE}")
    assert "deux défis communs · à 45 km" in browser.text
    assert "n’a pas travaillé sur le numérique" in browser.text
    await browser.submit(f"/coordonnateurs/{CAMILLE}/toujours-juste")
    assert "votre profil est noté comme à jour" in browser.text
    assert house.written[-1][1].endswith("/confirm")
    await browser.get("/")
    assert "noté comme à jour" not in browser.text


async def test_the_profile_form_sends_what_it_shows(browser: Browser, house: FakeHouse) -> None:
    await browser.sign_in(EMAIL)
    await browser.get("/mon-profil")
    changes = {
        "bio": " Bonjour ",
        "phone": "",
        "challenge-sante-mentale": "can_help",
        "year-sante-mentale": "2024",
    }
    await browser.submit(
        "/mon-profil", **changes, **{"skill-gestion-projet": "seeks", "reach-phone": "region"}
    )
    method, _, body, headers = house.written[-1]
    assert (method, headers["if-match"]) == ("PATCH", '"7"')
    assert body["bio"] == "Bonjour"
    assert body["phone"] is None
    assert {"challenge": "sante-mentale", "stance": "can_help", "since_year": 2024} in body["challenges"]
    assert {"skill": "gestion-projet", "stance": "seeks", "level": 1} in body["skills"]
    assert body["reach"]["phone"] == "region"
    assert "Votre profil est enregistré." in browser.text


async def test_a_refused_profile_keeps_what_was_typed(browser: Browser, house: FakeHouse) -> None:
    await browser.sign_in(EMAIL)
    await browser.get("/mon-profil")
    errors = [{"pointer": "/body/email", "detail": "Adresse inconnue des messageries"}]
    problem = {"code": "invalid", "title": "x", "errors": errors}
    house.refuse_once("PATCH", f"/api/directory/v1/coordinators/{CAMILLE}", 422, problem)
    answer = await browser.submit("/mon-profil", email="camille@@", bio="Texte gardé")
    assert answer.status_code == 422
    assert 'id="e-email"' in answer.text
    assert 'href="#f-email"' in answer.text
    assert "Texte gardé" in answer.text
    assert 'value="camille@@"' in answer.text


async def test_erasing_needs_a_box_ticked_then_signs_out_and_shows_the_receipt(
    browser: Browser, house: FakeHouse
) -> None:
    await browser.sign_in(EMAIL)
    await browser.get("/mon-profil/effacer")
    answer = await browser.submit("/mon-profil/effacer")
    assert answer.status_code == 422
    assert all(written[0] != "DELETE" for written in house.written)
    answer = await browser.submit("/mon-profil/effacer", understood="yes")
    assert answer.url.path == f"/effacements/erasure-{CAMILLE}"
    assert "maillage" not in browser.client.cookies
    assert "L’effacement est en cours." in browser.text
    assert "Confirmation attendue" in browser.text


async def test_a_group_lists_those_who_can_help_first(browser: Browser) -> None:
    await browser.sign_in(EMAIL)
    await browser.get("/groupes/desertification-medicale")
    text = browser.text
    assert 0 < text.index("Peuvent aider") < text.index("Julien Martin")


@pytest.mark.parametrize("path", ["/", "/annuaire", "/connexion", "/accessibilite", "/donnees-personnelles"])
async def test_pages_speak_english(browser: Browser, path: str) -> None:
    answer = await browser.get(path, headers={"Accept-Language": "en"})
    assert '<html lang="en">' in answer.text
    assert "Skip to content" in answer.text
    answer = await browser.get("/langue/en?next=/annuaire")
    assert "Who has been through this?" in answer.text


async def test_a_list_goes_on_and_no_number_of_lines_breaks_it(browser: Browser) -> None:
    for show in ("0", "-1", "9" * 5000, "²", "100"):
        assert (await browser.get(f"/annuaire?show={show}")).status_code == 200
