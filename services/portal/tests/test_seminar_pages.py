"""Seminars without JavaScript: registering, changing one's mind, every refusal beside its cause."""

import pytest
from browser import Browser
from fake_seminars import BUDGET, CODE, CRISIS, REGISTRATION, SEMINAR, SOMEBODY_ELSE, registration, seminar
from fake_services import FakeServices

EMAIL = "camille.roux@exemple.fr"
PAGE = "/seminaires/giens-2031"
SLOT = "slot-2031-01-23T08:00:00Z"
REGISTERING = ("POST", f"/api/events/v1/seminars/{SEMINAR}/registrations")


@pytest.fixture
async def camille(browser: Browser, services: FakeServices) -> Browser:
    await browser.sign_in(EMAIL)
    return browser


async def test_anybody_sees_what_is_to_come_and_how_to_sign_in(
    browser: Browser, services: FakeServices
) -> None:
    await browser.get("/seminaires")
    assert "Il reste 10 places" in browser.text
    answer = await browser.get(PAGE)
    assert "50 inscrits sur 60" in browser.text
    assert f"/connexion?next={PAGE}" in answer.text
    assert "<fieldset" not in answer.text


async def test_the_list_parts_what_is_over_and_hides_drafts(browser: Browser, services: FakeServices) -> None:
    services.seminars.seminar = seminar(ends_at="2021-07-02T14:00:00Z", starts_at="2021-07-01T07:00:00Z")
    await browser.get("/seminaires")
    assert "Aucun séminaire n’est annoncé" in browser.text
    assert "Ceux qui ont eu lieu" in browser.text
    services.seminars.seminar = seminar(status="draft")
    await browser.get("/seminaires")
    assert "tenir la distance" not in browser.text


async def test_registering_sends_one_workshop_a_slot_once(camille: Browser, services: FakeServices) -> None:
    await camille.get(PAGE)
    services.seminars.registrations = [registration()]
    answer = await camille.submit(f"{PAGE}/inscription", needs=" végétarienne ", **{SLOT: BUDGET})
    body, headers = services.written("POST", "/registrations")
    assert body == {"workshop_ids": [BUDGET], "answers": {"needs": "végétarienne"}}
    assert headers["idempotency-key"]
    assert answer.url.path == f"/inscriptions/{REGISTRATION}"
    assert "Votre place est confirmée" in camille.text
    assert CODE in camille.text


async def test_a_full_seminar_says_the_place_on_the_list_before(
    camille: Browser, services: FakeServices
) -> None:
    services.seminars.seminar = seminar(seats_left=0, waitlisted=3)
    await camille.get(PAGE)
    assert "Vous serez à la position 4" in camille.text
    services.seminars.registrations = [registration("waitlisted")]
    await camille.submit(f"{PAGE}/inscription")
    assert "vous êtes en position 2" in camille.text
    assert "Vous n’avez rien à surveiller" in camille.text


async def test_a_refused_registration_keeps_the_choice_and_says_why(
    camille: Browser, services: FakeServices
) -> None:
    await camille.get(PAGE)
    problem = {
        "code": "workshops-overlap",
        "title": "Deux ateliers choisis ont lieu en même temps",
        "errors": [{"pointer": "/workshop_ids", "detail": f"{BUDGET} / {CRISIS}"}],
    }
    services.house.refuse_once(*REGISTERING, 409, problem)
    answer = await camille.submit(f"{PAGE}/inscription", needs="sans sel", **{SLOT: CRISIS})
    assert answer.status_code == 409
    assert 'href="#f-workshop_ids"' in answer.text
    assert 'id="e-workshop_ids"' in answer.text
    assert f'value="{CRISIS}" checked' in answer.text
    assert "sans sel" in answer.text
    assert f"{BUDGET} /" not in answer.text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"status": "cancelled", "open": False}, "Ce séminaire n’aura pas lieu"),
        ({"open": False, "registration_opens_at": "2030-12-01T08:00:00Z"}, "Elles ouvrent"),
        ({"open": False}, "Elles sont closes depuis le"),
        ({"workshops": []}, "Le programme des ateliers arrive"),
    ],
)
async def test_the_page_says_where_registration_stands(
    camille: Browser, services: FakeServices, changed: dict[str, object], words: str
) -> None:
    services.seminars.seminar = seminar(**changed)
    assert (await camille.get(PAGE)).status_code == 200
    assert words in camille.text


async def test_colleagues_who_come_are_shown_to_who_is_signed_in(
    camille: Browser, services: FakeServices
) -> None:
    services.seminars.registrations = [
        registration(**SOMEBODY_ELSE, seminar_id="another"),
        registration(coordinator=None, seminar_id="another"),
    ]
    answer = await camille.get(PAGE)
    assert answer.text.count('<ul class="faces">') == 1
    assert "Nadia Benali" in camille.text
    assert "Une personne du réseau" not in camille.text


async def test_changing_workshops_sends_the_version_seen(camille: Browser, services: FakeServices) -> None:
    services.seminars.registrations = [registration()]
    await camille.get(f"/inscriptions/{REGISTRATION}")
    await camille.submit(f"/inscriptions/{REGISTRATION}/ateliers", **{SLOT: CRISIS})
    body, headers = services.written("PATCH", REGISTRATION)
    assert (body, headers["if-match"]) == ({"workshop_ids": [CRISIS]}, '"2"')
    assert "Vos ateliers sont enregistrés" in camille.text


@pytest.mark.parametrize(
    ("status", "problem", "words"),
    [
        (409, {"code": "change-closed", "title": "Le choix ne peut plus être modifié"}, "ne peut plus"),
        (412, {"code": "precondition-failed", "title": "x"}, "vient de modifier"),
    ],
)
async def test_workshops_that_cannot_change(
    camille: Browser, services: FakeServices, status: int, problem: dict[str, str], words: str
) -> None:
    services.seminars.registrations = [registration()]
    await camille.get(f"/inscriptions/{REGISTRATION}")
    services.house.refuse_once("PATCH", f"/api/events/v1/registrations/{REGISTRATION}", status, problem)
    answer = await camille.submit(f"/inscriptions/{REGISTRATION}/ateliers")
    assert answer.status_code == status
    assert words in camille.text


@pytest.mark.parametrize(
    ("state", "action", "verb", "words"),
    [
        ("offered", "accepter", "accept", "La place est à vous"),
        ("offered", "laisser", "decline", "La place passe à la personne suivante"),
        ("confirmed", "annuler", "cancel", "Votre inscription est annulée"),
    ],
)
async def test_answering_an_offer_and_giving_up(
    camille: Browser, services: FakeServices, state: str, action: str, verb: str, words: str
) -> None:
    services.seminars.registrations = [registration(state)]
    await camille.get(f"/inscriptions/{REGISTRATION}")
    await camille.submit(f"/inscriptions/{REGISTRATION}/{action}")
    assert services.written("POST", f"/{verb}")[1]["idempotency-key"]
    assert words in camille.text


async def test_an_offer_that_has_run_out_is_said_on_the_page(
    camille: Browser, services: FakeServices
) -> None:
    services.seminars.registrations = [registration("offered")]
    await camille.get(f"/inscriptions/{REGISTRATION}")
    problem = {"code": "offer-expired", "title": "Le délai de réponse est dépassé"}
    path = f"/api/events/v1/registrations/{REGISTRATION}/accept"
    services.house.refuse_once("POST", path, 409, problem)
    answer = await camille.submit(f"/inscriptions/{REGISTRATION}/accepter")
    assert answer.status_code == 409
    assert "Le délai de réponse est dépassé" in camille.text


async def test_a_cancelled_registration_says_why_and_leads_back(
    camille: Browser, services: FakeServices
) -> None:
    services.seminars.registrations = [registration("cancelled")]
    answer = await camille.get(f"/inscriptions/{REGISTRATION}")
    assert "Vous l’avez annulée." in camille.text
    assert "billet.svg" not in answer.text
    assert "M’inscrire à nouveau" in camille.text


async def test_my_registrations_by_time(camille: Browser, services: FakeServices) -> None:
    await camille.get("/mes-inscriptions")
    assert "Rien de prévu pour l’instant" in camille.text
    services.seminars.registrations = [
        registration(),
        registration("cancelled"),
        registration(seminar_ends_at="2021-01-01T00:00:00Z", attended=True),
    ]
    await camille.get("/mes-inscriptions")
    assert "1 inscription annulée" in camille.text
    assert camille.text.index("Le budget en une heure") < camille.text.index("Présence enregistrée")


async def test_files_are_files(camille: Browser, services: FakeServices) -> None:
    services.seminars.registrations = [registration()]
    for path in (f"{PAGE}.ics", f"/inscriptions/{REGISTRATION}.ics"):
        answer = await camille.get(path)
        assert answer.headers["content-type"].startswith("text/calendar")
        assert answer.headers["content-disposition"] == "attachment"
    ticket = await camille.get(f"/inscriptions/{REGISTRATION}/billet.svg")
    assert ticket.headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize("path", [f"/inscriptions/{REGISTRATION}/ateliers", f"{PAGE}/inscription"])
async def test_a_form_without_proof_changes_nothing(
    camille: Browser, services: FakeServices, path: str
) -> None:
    services.seminars.registrations = [registration()]
    before = len(services.house.written)
    answer = await camille.client.post(path, data={"csrf": "guessed"}, headers={"Origin": "http://evil.test"})
    assert answer.status_code == 403
    assert len(services.house.written) == before


async def test_registering_needs_somebody(browser: Browser, services: FakeServices) -> None:
    for path in ("/mes-inscriptions", f"/inscriptions/{REGISTRATION}"):
        answer = await browser.get(path)
        assert answer.url.path == "/connexion"
