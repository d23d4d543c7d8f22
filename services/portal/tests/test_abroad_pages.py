"""Other regions without JavaScript: their people, their seminars, the seat asked for there."""

import json
import re

import pytest
from browser import Browser
from fake_abroad import ASKED, AWAY, GARANCE, asked, away
from fake_data import CAMILLE
from fake_services import FakeServices

EMAIL = "camille.roux@exemple.fr"
PAGE = f"/seminaires/ailleurs/{AWAY}"
ASKING = ("POST", f"/api/events/v1/neighbour-seminars/{AWAY}/registrations")


@pytest.fixture
async def camille(browser: Browser, services: FakeServices) -> Browser:
    await browser.sign_in(EMAIL)
    return browser


async def test_all_that_is_on_the_national_map_is_in_the_list_with_its_region(camille: Browser) -> None:
    answer = await camille.get("/annuaire")
    assert "scope=national" in answer.text
    assert "Delmas" not in answer.text
    answer = await camille.get("/annuaire?scope=national")
    found = re.search(r'id="places">(.*?)</script>', answer.text, re.S)
    assert found
    pins = [place for place in json.loads(found[1])["abroad"] if place["abroad"]]
    assert [(pin["name"], pin["people"]) for pin in pins] == [("Garance Delmas", ["CPTS du Tarn, Occitanie"])]
    for pin in pins:
        assert f'href="{pin["href"]}"' in answer.text.split('id="places"')[0]
    assert answer.text.count("</svg>Occitanie</span>") == 2
    assert "Une personne du réseau" in camille.text


async def test_the_map_of_all_regions_is_drawn_on_the_whole_country(camille: Browser) -> None:
    for scope, shown in (("", ["Bouches-du-Rhône", "Alpes"]), ("national", ["Occitanie"])):
        page = await camille.get(f"/annuaire?scope={scope}")
        path = re.search(r'data-outline="([^"]*)"', page.text)
        assert path
        shapes = (await camille.get(path[1])).json()["features"]
        assert [shape["properties"]["name"] for shape in shapes] == shown


async def test_the_region_chosen_and_the_words_go_to_the_directory(camille: Browser) -> None:
    await camille.get("/annuaire?scope=national&q=delmas")
    assert "Garance Delmas" in camille.text
    await camille.get("/annuaire?scope=national&q=zzz")
    assert "Garance Delmas" not in camille.text


async def test_a_person_of_another_region_has_a_page_without_address(camille: Browser) -> None:
    answer = await camille.get(f"/annuaire/ailleurs/{GARANCE}")
    assert "Une autre région · Occitanie" in camille.text
    assert "CPTS du Tarn" in camille.text
    assert "mailto:" not in answer.text


async def test_the_list_of_seminars_marks_theirs_and_the_page_asks_for_a_seat(
    camille: Browser, services: FakeServices
) -> None:
    await camille.get("/seminaires")
    assert "Ouverts par d’autres régions" in camille.text
    assert "Journées d’Occitanie" in camille.text
    await camille.get(PAGE)
    assert "Il reste 7 places" in camille.text
    answer = await camille.submit(f"{PAGE}/inscription")
    _, headers = services.written("POST", f"/neighbour-seminars/{AWAY}/registrations")
    assert headers["idempotency-key"]
    assert answer.url.path == PAGE
    assert "Votre demande est partie" in camille.text
    assert "Demande envoyée" in camille.text


async def test_a_name_that_is_not_shared_is_said_with_the_way_out(
    camille: Browser, services: FakeServices
) -> None:
    detail = "Dans votre profil, réglez la portée du nom sur « Le pays »."
    refusal = {"code": "name-not-shared", "title": "Votre nom n'est pas partagé", "detail": detail}
    services.house.refuse_once(*ASKING, 409, refusal)
    await camille.get(PAGE)
    answer = await camille.submit(f"{PAGE}/inscription")
    assert answer.status_code == 409
    assert "réglez la portée du nom" in camille.text
    assert 'href="/mon-profil"' in answer.text


async def test_every_state_says_what_happens_next(camille: Browser, services: FakeServices) -> None:
    for state, words in (
        ({"status": "confirmed"}, "On vous attend"),
        ({"status": "waitlisted", "waitlist_position": 3}, "Liste d’attente, position 3"),
        ({"status": "offered", "offer_expires_at": "2031-02-01T09:00:00Z"}, "Répondez avant"),
        ({"status": "offered", "accepted_at": "2030-02-01T09:00:00Z"}, "va la confirmer"),
        ({"status": "refused", "reason": "registration-closed"}, "n’a pas pu retenir"),
        ({"status": "cancelled", "reason": "self"}, "Demander une place"),
    ):
        services.abroad.visits = [asked(**state)]
        await camille.get(PAGE)
        assert words in camille.text, state


async def test_an_offered_seat_is_taken_left_or_given_back(camille: Browser, services: FakeServices) -> None:
    services.abroad.visits = [asked(status="offered", offer_expires_at="2031-02-01T09:00:00Z")]
    for action, verb in (("accepter", "accept"), ("laisser", "decline"), ("annuler", "cancel")):
        await camille.get(PAGE)
        await camille.submit(f"{PAGE}/{action}")
        services.written("POST", f"/guest-registrations/{ASKED}/{verb}")


async def test_home_and_my_registrations_show_the_seat_abroad(
    camille: Browser, services: FakeServices
) -> None:
    services.abroad.visits = [asked(status="confirmed")]
    for path in ("/", "/mes-inscriptions"):
        await camille.get(path)
        assert "Journées d’Occitanie" in camille.text
        assert "Place confirmée" in camille.text
        assert "Occitanie" in camille.text


async def test_who_is_not_signed_in_is_shown_the_door(browser: Browser, services: FakeServices) -> None:
    answer = await browser.get(PAGE)
    assert f"/connexion?next={PAGE}" in answer.text
    services.abroad.seminar = away(status="shut", shut_reason="cancelled", open=False)
    await browser.get(PAGE)
    assert "n’aura pas lieu" in browser.text


async def test_the_receipt_names_each_region(browser: Browser, services: FakeServices) -> None:
    path = f"/api/directory/v1/erasures/erasure-{CAMILLE}"
    services.house.answers[path] = {
        "id": f"erasure-{CAMILLE}",
        "status": "pending",
        "requested_at": "2026-11-20T09:00:00Z",
        "confirm_by": "2026-11-27T09:00:00Z",
        "confirmations": [],
        "waiting_for": [],
        "abroad": [{"region": "fr-occ", "service": "events", "erased_at": "2026-11-20T09:01:00Z"}],
        "waiting_for_regions": ["fr-20r"],
        "purged": True,
    }
    await browser.get(f"/effacements/erasure-{CAMILLE}")
    assert "Occitanie · Séminaires" in browser.text
    assert "Région Corse" in browser.text
