"""The animators' pages without JavaScript: who waits, arrivals, departures, preparing a seminar, the door."""

import pytest
from browser import Browser
from fake_data import CLAIRE, CPTS, NADIA, SOPHIE
from fake_mentoring import proposal, search
from fake_seminars import ATTENDANCE, BUDGET, CODE, REGISTRATION, SEMINAR, attendance, registration, seminar
from fake_services import FakeServices

DESK = f"/animer/seminaires/{SEMINAR}"
EVENTS = "/api/events/v1"
VACANT = CPTS[5]["id"]


@pytest.fixture
async def claire(browser: Browser, services: FakeServices) -> Browser:
    services.house.roles[CLAIRE] = ["coordinator", "animator"]
    await browser.sign_in("claire.fontaine@exemple.fr")
    return browser


@pytest.mark.parametrize("path", ["/animer", "/animer/arrivee", "/animer/depart", DESK, f"{DESK}/accueil"])
async def test_these_pages_are_for_animators(browser: Browser, services: FakeServices, path: str) -> None:
    await browser.sign_in("camille.roux@exemple.fr")
    assert (await browser.get(path)).status_code == 403


async def test_the_desk_says_who_waits(claire: Browser, services: FakeServices) -> None:
    services.mentoring.requests = [search([], "unmatched")]
    services.mentoring.proposals = [proposal()]
    answer = await claire.get("/animer")
    assert "1 personne attend encore quelqu’un pour l’accompagner" in claire.text
    assert "Nadia Benali, pour Camille Roux" in claire.text
    assert f'href="/animer/arrivee?cpts={VACANT}"' in answer.text
    services.mentoring.requests = []
    await claire.get("/animer")
    assert "Personne n’est seul" in claire.text


async def test_an_arrival_of_somebody_new(claire: Browser, services: FakeServices) -> None:
    answer = await claire.get(f"/animer/arrivee?cpts={VACANT}")
    assert f'value="{VACANT}" selected' in answer.text
    names = {"first_name": "Zoé", "last_name": "Marchand", "email": "zoe.marchand@exemple.fr"}
    await claire.submit("/animer/arrivee", started_on="2026-11-23", **names)
    body, headers = services.written("POST", f"/cpts/{VACANT}/positions")
    assert body == {
        "title": "coordinator",
        "started_on": "2026-11-23",
        "coordinator": {**names, "language": "fr"},
    }
    assert headers["idempotency-key"]
    assert "le poste de CPTS Guil Durance est pourvu" in claire.text


async def test_an_arrival_of_somebody_known(claire: Browser, services: FakeServices) -> None:
    await claire.get(f"/animer/arrivee?cpts={VACANT}")
    await claire.submit("/animer/arrivee", who="known", coordinator_id=SOPHIE, first_name="ignoré")
    body, _ = services.written("POST", "/positions")
    assert body["coordinator_id"] == SOPHIE
    assert "coordinator" not in body


async def test_a_refused_arrival_keeps_what_was_typed(claire: Browser, services: FakeServices) -> None:
    await claire.get(f"/animer/arrivee?cpts={VACANT}")
    problem = {
        "code": "email-taken",
        "title": "Adresse déjà utilisée",
        "detail": "Un compte a déjà cette adresse électronique.",
        "errors": [{"pointer": "/coordinator/email", "detail": "!"}],
    }
    services.house.refuse_once("POST", f"/api/directory/v1/cpts/{VACANT}/positions", 409, problem)
    answer = await claire.submit("/animer/arrivee", last_name="Marchand", email="nadia.benali@exemple.fr")
    assert answer.status_code == 409
    assert 'id="e-email"' in answer.text
    assert "Un compte a déjà cette adresse" in claire.text
    assert 'value="Marchand"' in answer.text
    assert f'value="{VACANT}" selected' in answer.text


async def test_an_arrival_needs_its_place(claire: Browser, services: FakeServices) -> None:
    await claire.get("/animer/arrivee")
    answer = await claire.submit("/animer/arrivee", cpts="", last_name="Marchand")
    assert answer.status_code == 422
    assert 'id="e-cpts"' in answer.text
    assert 'value="Marchand"' in answer.text


async def test_a_departure_says_what_follows(claire: Browser, services: FakeServices) -> None:
    post = services.house.people[NADIA]["positions"][0]["id"]
    answer = await claire.get("/animer/depart")
    assert f"/animer/depart/{post}" in answer.text
    await claire.get(f"/animer/depart/{post}")
    assert "Nadia Benali quitte son poste" in claire.text
    assert "les places passent aux suivants" in claire.text
    problem = {
        "code": "bad-dates",
        "title": "Dates incohérentes",
        "errors": [{"pointer": "/ended_on", "detail": "2019-03-01 …"}],
    }
    services.house.refuse_once("POST", f"/api/directory/v1/positions/{post}/end", 422, problem)
    answer = await claire.submit(f"/animer/depart/{post}", ended_on="1999-01-01")
    assert answer.status_code == 422
    assert 'id="e-ended_on"' in answer.text
    await claire.submit(f"/animer/depart/{post}", ended_on="2026-11-30", successor_id=SOPHIE)
    body, _ = services.written("POST", "/end")
    assert body == {"ended_on": "2026-11-30", "successor_id": SOPHIE}
    assert "Le départ est noté" in claire.text


async def test_nobody_found_is_said(claire: Browser, services: FakeServices) -> None:
    assert (await claire.get("/animer/depart?q=zzzz")).status_code == 200
    assert "Aucun poste tenu ne correspond" in claire.text


async def test_a_draft_is_made_with_local_times(claire: Browser, services: FakeServices) -> None:
    await claire.get("/animer/seminaires/nouveau")
    times = {"starts_at": "2027-07-01T09:30", "ends_at": "2027-07-02T16:00"}
    await claire.submit(
        "/animer/seminaires/nouveau",
        title="Été",
        capacity="40",
        offer_hours="24",
        tracks=["pilotage"],
        **times,
    )
    body, headers = services.written("POST", "/seminars")
    assert body["starts_at"] == "2027-07-01T09:30:00+02:00"
    assert (body["capacity"], body["offer_minutes"], body["tracks"]) == (40, 1440, ["pilotage"])
    assert "registration_opens_at" not in body
    assert headers["idempotency-key"]
    assert "Le brouillon est prêt" in claire.text


async def test_dates_that_contradict_are_told_in_words(claire: Browser, services: FakeServices) -> None:
    await claire.get(f"{DESK}/modifier")
    problem = {
        "code": "times-invalid",
        "title": "Des dates se contredisent",
        "errors": [
            {"pointer": "/ends_at", "detail": "ends_at > starts_at"},
            {"pointer": "/starts_at", "detail": f"workshops outside: {BUDGET}"},
        ],
    }
    services.house.refuse_once("PATCH", f"{EVENTS}/seminars/{SEMINAR}", 422, problem)
    answer = await claire.submit(f"{DESK}/modifier", ends_at="2020-01-01T09:00", title="Titre gardé")
    assert answer.status_code == 422
    assert "La fin vient après le début." in claire.text
    assert "Un atelier déjà prévu sort de ces dates" in claire.text
    assert BUDGET not in answer.text
    assert 'value="Titre gardé"' in answer.text
    await claire.submit(f"{DESK}/modifier")
    assert services.written("PATCH", SEMINAR)[1]["if-match"] == '"4"'
    assert "Le séminaire est enregistré" in claire.text


async def test_somebody_else_saved_first(claire: Browser, services: FakeServices) -> None:
    await claire.get(f"{DESK}/modifier")
    services.house.refuse_once("PATCH", f"{EVENTS}/seminars/{SEMINAR}", 412, {"code": "precondition-failed"})
    answer = await claire.submit(f"{DESK}/modifier")
    assert answer.status_code == 412
    assert "vient de modifier" in claire.text


@pytest.mark.parametrize(
    ("status", "action", "verb", "words"),
    [
        ("draft", "publier", "publish", "Le séminaire est publié"),
        ("published", "annuler", "cancel", "Le séminaire est annulé"),
        ("published", "clore", "complete", "Le séminaire est clos"),
    ],
)
async def test_the_states_of_a_seminar(
    claire: Browser, services: FakeServices, status: str, action: str, verb: str, words: str
) -> None:
    services.seminars.seminar = seminar(status=status)
    await claire.get(DESK)
    await claire.submit(f"{DESK}/etat/{action}")
    assert services.written("POST", f"/{verb}")[1]["idempotency-key"]
    assert words in claire.text


async def test_a_refused_state_says_why_without_states_of_programs(
    claire: Browser, services: FakeServices
) -> None:
    await claire.get(DESK)
    problem = {
        "code": "wrong-seminar-status",
        "title": "Impossible dans l'état actuel du séminaire",
        "detail": "Le séminaire est à l'état « completed » ; il faudrait : published.",
    }
    services.house.refuse_once("POST", f"{EVENTS}/seminars/{SEMINAR}/complete", 409, problem)
    answer = await claire.submit(f"{DESK}/etat/clore")
    assert answer.status_code == 409
    assert "Impossible dans l’état actuel" in claire.text
    assert "completed" not in claire.text


async def test_workshops_come_change_and_go(claire: Browser, services: FakeServices) -> None:
    page = f"{DESK}/ateliers/nouveau"
    await claire.get(page)
    await claire.submit(page, title="Lire un bilan", ends_at="2031-01-23T10:00", speakers="Inès\n\nPaul ")
    body, _ = services.written("POST", "/workshops")
    assert body["speakers"] == [{"name": "Inès"}, {"name": "Paul"}]
    assert body["capacity"] is None
    assert body["starts_at"] == "2031-01-23T09:00:00+01:00"
    page = f"{DESK}/ateliers/{BUDGET}"
    answer = await claire.get(page)
    assert "Inès Sabatier" in answer.text
    await claire.submit(page, capacity="12")
    body, headers = services.written("PATCH", BUDGET)
    assert (body["capacity"], headers["if-match"]) == (12, '"3"')
    await claire.get(page)
    await claire.submit(page, remove="yes")
    assert services.written("DELETE", BUDGET)[1]["if-match"] == '"3"'
    assert "L’atelier est retiré" in claire.text


async def test_a_refused_workshop_is_shown_again(claire: Browser, services: FakeServices) -> None:
    page = f"{DESK}/ateliers/nouveau"
    await claire.get(page)
    errors = [{"pointer": "/starts_at", "detail": "within the seminar's starts_at and ends_at"}]
    problem = {"code": "times-invalid", "title": "Des dates se contredisent", "errors": errors}
    services.house.refuse_once("POST", f"{EVENTS}/seminars/{SEMINAR}/workshops", 422, problem)
    answer = await claire.submit(page, title="Gardé")
    assert answer.status_code == 422
    assert "L’atelier a lieu pendant le séminaire." in claire.text
    assert 'value="Gardé"' in answer.text


async def test_registering_and_cancelling_for_somebody(claire: Browser, services: FakeServices) -> None:
    services.seminars.registrations = [registration(), {**registration(), "status": "jamais-vu"}]
    answer = await claire.get(f"{DESK}/inscriptions")
    assert "végétarienne" in claire.text
    assert "Dans un autre état (1)" in claire.text, "shown too, though no word is known for it"
    assert "Roux Camille" not in answer.text
    await claire.submit(f"{DESK}/inscriptions", coordinator_id=NADIA)
    assert services.written("POST", "/registrations")[0]["coordinator_id"] == NADIA
    await claire.submit(f"{DESK}/inscriptions/{REGISTRATION}/annuler")
    assert services.written("POST", "/cancel")
    assert "la personne est prévenue" in claire.text


async def test_somebody_registered_meanwhile(claire: Browser, services: FakeServices) -> None:
    await claire.get(f"{DESK}/inscriptions")
    assert "Personne n’est encore inscrit" in claire.text
    problem = {
        "code": "already-registered",
        "title": "Déjà inscrit·e à ce séminaire",
        "detail": f"L'inscription {REGISTRATION} existe déjà.",
        "errors": [{"pointer": "/coordinator_id", "detail": REGISTRATION}],
    }
    services.house.refuse_once("POST", f"{EVENTS}/seminars/{SEMINAR}/registrations", 409, problem)
    answer = await claire.submit(f"{DESK}/inscriptions", coordinator_id=NADIA)
    assert answer.status_code == 409
    assert "Déjà inscrit·e" in claire.text
    assert REGISTRATION not in answer.text


async def test_the_door_counts_once(claire: Browser, services: FakeServices) -> None:
    services.seminars.registrations = [registration()]
    await claire.get(f"{DESK}/accueil")
    assert "Personne n’est encore arrivé" in claire.text
    services.seminars.attendances = [attendance()]
    await claire.submit(f"{DESK}/accueil", ticket_code=f" {CODE} ")
    assert services.written("POST", "/check-ins")[0] == {"ticket_code": CODE, "workshop_id": None}
    assert "Bienvenue à Camille Roux." in claire.text
    assert "1 présence sur 1" in claire.text
    services.seminars.already_here = True
    await claire.submit(f"{DESK}/accueil", ticket_code=CODE)
    assert "était déjà là : une seule présence compte" in claire.text.replace("\u00a0", " ")
    await claire.submit(f"{DESK}/accueil/{ATTENDANCE}/retirer")
    assert services.written("DELETE", ATTENDANCE)[1]["if-match"] == '"1"'
    assert "La présence est retirée" in claire.text


async def test_the_door_of_a_workshop(claire: Browser, services: FakeServices) -> None:
    await claire.get(f"{DESK}/accueil?atelier={BUDGET}")
    assert "Atelier : Le budget en une heure" in claire.text.replace("\u00a0", " ")
    await claire.submit(f"{DESK}/accueil", ticket_code=CODE)
    assert services.written("POST", "/check-ins")[0]["workshop_id"] == BUDGET


async def test_an_unknown_ticket_leaves_the_field_ready(claire: Browser, services: FakeServices) -> None:
    await claire.get(f"{DESK}/accueil")
    problem = {"code": "unknown-ticket", "title": "Code de billet inconnu"}
    services.house.refuse_once("POST", f"{EVENTS}/seminars/{SEMINAR}/check-ins", 404, problem)
    answer = await claire.submit(f"{DESK}/accueil", ticket_code="FAUX")
    assert answer.status_code == 404
    assert "Code de billet inconnu" in claire.text
    assert 'aria-invalid="true"' in answer.text
    assert "FAUX" not in answer.text


@pytest.mark.parametrize("path", ["/animer/arrivee", f"{DESK}/etat/annuler", f"{DESK}/accueil"])
async def test_a_form_without_proof_changes_nothing(
    claire: Browser, services: FakeServices, path: str
) -> None:
    before = len(services.house.written)
    assert (await claire.client.post(path, data={"csrf": "x"})).status_code == 403
    assert len(services.house.written) == before
