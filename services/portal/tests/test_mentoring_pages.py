"""Mentoring and the pathway without JavaScript: asked, asking, the pair, the offer, the hundred days."""

import pytest
from browser import Browser
from fake_data import NADIA
from fake_mentoring import MENTORSHIP, PROPOSAL, REQUEST, mentorship, proposal, search
from fake_services import FakeServices

CAMILLE_AT, NADIA_AT = "camille.roux@exemple.fr", "nadia.benali@exemple.fr"
PAIR_PAGE = f"/mentorat/{MENTORSHIP}"


async def test_who_is_asked_sees_one_question_with_reasons_for_and_against(
    browser: Browser, services: FakeServices
) -> None:
    services.mentoring.proposals = [proposal()]
    await browser.sign_in(NADIA_AT)
    await browser.get("/mentorat")
    assert "Camille Roux aimerait que vous l’accompagniez" in browser.text
    assert "à 24 km" in browser.text
    assert "n’enseigne pas le budget" in browser.text
    await browser.submit(f"/mentorat/propositions/{PROPOSAL}/accepter")
    assert services.written("POST", "/accept")[1]["idempotency-key"]
    assert "Vous êtes en lien" in browser.text


async def test_saying_no_owes_no_reason(browser: Browser, services: FakeServices) -> None:
    services.mentoring.proposals = [proposal()]
    await browser.sign_in(NADIA_AT)
    await browser.get("/mentorat")
    await browser.submit(f"/mentorat/propositions/{PROPOSAL}/decliner")
    assert services.written("POST", "/decline")[0] == {"reason": None}
    assert "aucun motif ne vous est demandé" in browser.text


async def test_an_answer_that_comes_too_late_is_told_on_the_page(
    browser: Browser, services: FakeServices
) -> None:
    services.mentoring.proposals = [proposal()]
    await browser.sign_in(NADIA_AT)
    await browser.get("/mentorat")
    problem = {"code": "proposal-closed", "title": "Cette proposition n'attend plus de réponse"}
    services.house.refuse_once("POST", f"/api/mentoring/v1/proposals/{PROPOSAL}/accept", 409, problem)
    answer = await browser.submit(f"/mentorat/propositions/{PROPOSAL}/accepter")
    assert answer.status_code == 409
    assert "n’attend plus de réponse" in browser.text


async def test_asking_then_waiting_then_choosing(browser: Browser, services: FakeServices) -> None:
    await browser.sign_in(CAMILLE_AT)
    await browser.get("/mentorat")
    await browser.submit("/mentorat/demande", challenges=["sante-mentale"], note=" Bonjour ")
    body, headers = services.written("POST", "/requests")
    assert body == {"skills": [], "challenges": ["sante-mentale"], "note": "Bonjour"}
    assert headers["idempotency-key"]
    services.mentoring.requests = [search([proposal()], "proposed")]
    answer = await browser.get("/mentorat")
    assert "Nadia Benali a reçu votre demande" in browser.text
    assert "/proposer" not in answer.text
    services.mentoring.requests = [search([])]
    await browser.get("/mentorat")
    await browser.submit(f"/mentorat/demande/{REQUEST}/proposer")
    assert services.written("POST", "/proposals")[0] == {"mentor_id": NADIA}
    await browser.get("/mentorat")
    await browser.submit(f"/mentorat/demande/{REQUEST}/retirer")
    assert services.written("POST", "/withdraw")
    assert "Votre demande est retirée" in browser.text


async def test_a_refused_search_opens_the_form_again(browser: Browser, services: FakeServices) -> None:
    await browser.sign_in(CAMILLE_AT)
    await browser.get("/mentorat")
    problem = {"code": "invalid", "title": "x", "errors": [{"pointer": "/note", "detail": "Trop long."}]}
    services.house.refuse_once("POST", "/api/mentoring/v1/requests", 422, problem)
    answer = await browser.submit("/mentorat/demande", note="Texte gardé", skills=["gestion-projet"])
    assert answer.status_code == 422
    assert 'class="card ask" open' in answer.text
    assert 'id="e-note"' in answer.text
    assert "Texte gardé" in answer.text
    assert 'value="gestion-projet" checked' in answer.text


async def test_an_animator_sees_every_search(browser: Browser, services: FakeServices) -> None:
    services.house.roles[NADIA] = ["coordinator", "animator"]
    services.mentoring.requests = [search([proposal()], "proposed")]
    await browser.sign_in(NADIA_AT)
    await browser.get("/mentorat")
    assert "Toutes les recherches en cours" in browser.text
    assert "Nadia Benali a jusqu’au" in browser.text


@pytest.mark.usefixtures("clock")  # the year is told when it is not the present one
async def test_a_pair_notes_meetings_and_ends(browser: Browser, services: FakeServices) -> None:
    services.mentoring.mentorships = [mentorship()]
    await browser.sign_in(CAMILLE_AT)
    await browser.get(PAIR_PAGE)
    assert "Nadia Benali vous accompagne" in browser.text
    await browser.submit(
        f"{PAIR_PAGE}/rencontres", held_on="2026-11-21", duration_minutes="45", topics="Budget"
    )
    body, _ = services.written("POST", "/meetings")
    assert body == {"held_on": "2026-11-21", "duration_minutes": 45, "topics": "Budget"}
    assert "La rencontre est notée" in browser.text
    services.mentoring.mentorships = [mentorship(met=True)]
    await browser.get(PAIR_PAGE)
    assert "samedi 21 novembre, 30 minutes" in browser.text
    await browser.submit(f"{PAIR_PAGE}/fin", reason="no-fault", rematch="yes")
    assert services.written("POST", "/end")[0] == {"reason": "no-fault", "rematch": True}


async def test_a_meeting_in_the_future_is_refused_beside_its_day(
    browser: Browser, services: FakeServices
) -> None:
    services.mentoring.mentorships = [mentorship()]
    await browser.sign_in(CAMILLE_AT)
    await browser.get(PAIR_PAGE)
    errors = [{"pointer": "/held_on", "detail": "?"}]
    problem = {"code": "date-in-the-future", "title": "La date est dans le futur", "errors": errors}
    services.house.refuse_once("POST", f"/api/mentoring/v1/mentorships/{MENTORSHIP}/meetings", 422, problem)
    answer = await browser.submit(f"{PAIR_PAGE}/rencontres", held_on="2031-01-01", topics="Gardé")
    assert answer.status_code == 422
    assert "Jour : La date est dans le futur" in browser.text.replace("\u00a0", " ")
    assert 'value="2031-01-01"' in answer.text
    assert "Gardé" in answer.text


async def test_a_pair_that_has_ended_can_no_longer_write(browser: Browser, services: FakeServices) -> None:
    services.mentoring.mentorships = [mentorship(met=True, status="ended")]
    await browser.sign_in(NADIA_AT)
    answer = await browser.get(PAIR_PAGE)
    assert "Votre accompagnement avec Camille Roux est terminé" in browser.text
    assert "/rencontres" not in answer.text
    await browser.get("/mentorat")
    assert "Accompagnements terminés" in browser.text


async def test_the_offer_keeps_what_was_typed_when_refused(browser: Browser, services: FakeServices) -> None:
    await browser.sign_in(NADIA_AT)
    await browser.get("/mentorat/mon-offre")
    problem = {"code": "invalid", "title": "x", "errors": [{"pointer": "/capacity", "detail": "Trop."}]}
    services.house.refuse_once("PUT", "/api/mentoring/v1/me/mentor-profile", 422, problem)
    answer = await browser.submit("/mentorat/mon-offre", capacity="99", active="", skills=[])
    assert answer.status_code == 422
    assert 'id="e-capacity"' in answer.text
    assert 'value="99"' in answer.text
    assert 'value="gestion-projet" checked' not in answer.text
    await browser.submit("/mentorat/mon-offre", capacity="3", active="yes", paused_until="2027-01-01")
    body, headers = services.written("PUT", "/mentor-profile")
    assert (body["capacity"], body["active"], body["paused_until"]) == (3, True, "2027-01-01")
    assert headers["if-match"] == '"1"'


async def test_who_accompanies_in_the_region(browser: Browser, services: FakeServices) -> None:
    await browser.sign_in(CAMILLE_AT)
    await browser.get("/mentorat/mentors")
    assert "1 personne propose son aide" in browser.text
    assert "Répond d’habitude en un jour" in browser.text
    services.mentoring.mentors = []
    await browser.get("/mentorat/mentors")
    assert "Personne ne s’est encore proposé" in browser.text


async def test_the_pathway_lights_the_next_step(browser: Browser, services: FakeServices) -> None:
    await browser.sign_in(CAMILLE_AT)
    answer = await browser.get("/parcours")
    assert "Jour 13 de vos cent premiers jours" in browser.text
    assert '<li id="know-peers" class="next">' in answer.text
    assert "l’annuaire dit pourquoi" in browser.text
    await browser.submit("/parcours/know-peers")
    assert services.written("POST", "/steps/know-peers/complete")[1]["idempotency-key"]
    assert "Une étape de plus" in browser.text


async def test_a_step_that_ticks_itself_cannot_be_ticked(browser: Browser, services: FakeServices) -> None:
    await browser.sign_in(CAMILLE_AT)
    await browser.get("/parcours")
    path = "/api/mentoring/v1/me/pathway/steps/know-peers/complete"
    problem = {"code": "step-is-automatic", "title": "Cette étape se valide d'elle-même"}
    services.house.refuse_once("POST", path, 409, problem)
    answer = await browser.submit("/parcours/know-peers")
    assert answer.status_code == 409
    assert "se valide d’elle-même" in browser.text


async def test_no_pathway_is_said_in_plain_words(browser: Browser, services: FakeServices) -> None:
    services.mentoring.pathway = None
    await browser.sign_in(NADIA_AT)
    assert (await browser.get("/parcours")).status_code == 200
    assert "Aucun parcours n’est ouvert pour vous" in browser.text


@pytest.mark.parametrize("path", [f"{PAIR_PAGE}/fin", "/mentorat/demande", "/parcours/know-peers"])
async def test_a_form_without_proof_changes_nothing(
    browser: Browser, services: FakeServices, path: str
) -> None:
    await browser.sign_in(CAMILLE_AT)
    before = len(services.house.written)
    assert (await browser.client.post(path, data={"csrf": "x"})).status_code == 403
    assert len(services.house.written) == before
