"""Story 1 and 3 as people are told of them: arrival, mentor, departure."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from maillage.ids import new_id
from maillage_notifications.model import Contact, Person, Position


async def test_a_newcomer_is_welcomed_and_the_animators_are_told(network: Any) -> None:
    animator = await network.person("Claire", "Fontaine", roles=("coordinator", "animator"))
    operator = new_id()
    await network.contact(operator, "operation@maillage.example", roles=("admin",))
    neighbour = await network.person("Paul", "Voisin")
    camille = await network.person("Camille", "Roux")
    verdon = await network.cpts()
    await network.arrival(camille, verdon)

    assert await network.topics(camille) == ["welcome"]
    assert await network.topics(neighbour) == []
    for told in (animator, operator):
        item = (await network.inbox(told))["items"][0]
        assert item["topic"] == "arrival"
        assert item["title"] == "Camille Roux prend son poste à la CPTS du Verdon"
        assert item["action"] == {"label": "Voir la CPTS", "path": f"/cpts/{verdon}"}
    welcome = (await network.inbox(camille))["items"][0]
    assert welcome["title"] == "Bienvenue dans le réseau, Camille"
    assert "la CPTS du Verdon depuis le lundi 2\u00a0mars" in welcome["body"]
    (mail,) = await network.send_mails()
    assert mail.subject == welcome["title"]
    assert "Bonjour Camille," in mail.text
    assert "un code vous sera envoyé" in mail.text
    assert camille in mail.about
    assert await network.states(camille, "welcome") == {"in_app": ("sent", None), "email": ("sent", None)}


async def test_an_arrival_long_past_is_history_and_no_news(network: Any) -> None:
    animator = await network.person("Claire", "Fontaine", roles=("animator",))
    camille, verdon = await network.person("Camille", "Roux"), await network.cpts()
    await network.arrival(camille, verdon, (network.now - timedelta(days=101)).date().isoformat())
    assert await network.topics(camille) == []
    assert await network.topics(animator) == []
    skipped = ("skipped", "news-only")
    assert await network.states(camille, "welcome") == {"in_app": skipped, "email": skipped}
    assert await network.send_mails() == []


async def test_a_proposal_asks_the_mentor_with_reasons_and_tells_the_mentee(network: Any) -> None:
    nadia, camille = await network.person("Nadia", "Benali"), await network.person("Camille", "Roux")
    await network.proposal(camille, nadia)
    asked = (await network.inbox(nadia))["items"][0]
    assert asked["title"] == "Camille Roux aimerait que vous l’accompagniez"
    assert (
        "vous avez travaillé sur un défi qui l’occupe aujourd’hui et vous avez l’expérience" in asked["body"]
    )
    assert asked["due_at"] is not None
    sent = (await network.inbox(camille))["items"][0]
    assert sent["topic"] == "proposal-sent"
    assert sent["title"] == "Nadia Benali est sollicité·e pour vous accompagner"
    (mail,) = await network.send_mails()
    assert "- vous avez l’expérience du poste" in mail.text
    assert "Ce qui parle contre\u00a0:" in mail.text
    assert "Répondre avant\u00a0: lundi 9\u00a0mars, 10\u00a0h" in mail.text
    assert {nadia, camille} == mail.about


async def test_both_are_told_when_the_mentor_accepts(network: Any) -> None:
    nadia, camille = await network.person("Nadia", "Benali"), await network.person("Camille", "Roux")
    facts = await network.proposal(camille, nadia)
    await network.happens("mentoring.proposal.accepted", **facts, _sequence=2)
    started = {key: facts[key] for key in ("request_id", "mentee_id", "mentor_id")}
    await network.happens(
        "mentoring.mentorship.started", mentorship_id=new_id(), **started, started_on="2026-03-02"
    )
    assert await network.topics(camille) == ["proposal-sent", "proposal-accepted"]
    assert await network.topics(nadia) == ["proposal-made", "mentorship-started"]
    accepted = (await network.inbox(camille))["items"][0]
    assert accepted["title"] == "Nadia Benali accepte d’être votre mentor·e"
    english = (await network.inbox(camille, "en-GB,en;q=0.9"))["items"][0]
    assert english["title"] == "Nadia Benali agrees to be your mentor"


async def test_a_mentorship_without_a_proposal_tells_the_mentee_too(network: Any) -> None:
    nadia, camille = await network.person("Nadia", "Benali"), await network.person("Camille", "Roux")
    await network.happens(
        "mentoring.mentorship.started", mentorship_id=new_id(), request_id=new_id(), mentee_id=camille,
        mentor_id=nadia, started_on="2026-03-02",
    )  # fmt: skip
    (item,) = (await network.inbox(camille))["items"]
    assert item["title"] == "Nadia Benali vous accompagne"


async def test_no_answer_is_reminded_and_then_said_gently(network: Any) -> None:
    nadia, camille = await network.person("Nadia", "Benali"), await network.person("Camille", "Roux")
    facts = await network.proposal(camille, nadia)
    network.harness.clock.advance(days=3)
    await network.happens("mentoring.proposal.nudged", **facts, _sequence=2)
    assert await network.topics(nadia) == ["proposal-made", "proposal-nudge"]
    assert (await network.inbox(nadia))["items"][0]["title"] == "Camille Roux attend votre réponse"
    network.harness.clock.advance(days=4)
    await network.happens("mentoring.proposal.expired", **facts, _sequence=3)
    assert (await network.inbox(camille))["items"][0]["title"] == "Nadia Benali n’a pas pu répondre à temps"
    assert (await network.topics(nadia))[-1] == "proposal-lapsed"


async def test_a_declined_or_withdrawn_proposal_hurts_nobody(network: Any) -> None:
    nadia, camille = await network.person("Nadia", "Benali"), await network.person("Camille", "Roux")
    facts = await network.proposal(camille, nadia)
    await network.happens("mentoring.proposal.declined", **facts, _sequence=2)
    declined = (await network.inbox(camille))["items"][0]
    assert declined["title"] == "Nadia Benali n’est pas disponible cette fois"
    facts = await network.proposal(camille, nadia)
    await network.happens("mentoring.proposal.withdrawn", **facts, because="other-accepted", _sequence=2)
    withdrawn = (await network.inbox(nadia))["items"][0]
    assert withdrawn["title"] == "La demande de Camille Roux n’attend plus votre réponse"
    assert withdrawn["body"] == "Quelqu’un d’autre a déjà accepté."


async def test_a_reminder_that_comes_after_the_answer_stays_silent(network: Any) -> None:
    nadia, camille = await network.person("Nadia", "Benali"), await network.person("Camille", "Roux")
    facts = await network.proposal(camille, nadia)
    await network.happens("mentoring.proposal.declined", **facts, _sequence=3)
    await network.happens("mentoring.proposal.nudged", **facts, _sequence=2)
    assert await network.topics(nadia) == ["proposal-made"]
    assert (await network.states(nadia, "proposal-nudge"))["in_app"] == ("skipped", "outdated")


async def test_a_request_that_found_nobody_is_not_left_in_silence(network: Any) -> None:
    animator = await network.person("Claire", "Fontaine", roles=("animator",))
    camille = await network.person("Camille", "Roux")
    closed = {"request_id": new_id(), "mentee_id": camille}
    await network.happens("mentoring.request.closed", **closed, outcome="matched")
    assert await network.topics(camille) == []
    await network.happens("mentoring.request.closed", **closed, outcome="unmatched", reason="all-asked")
    assert await network.topics(camille) == ["mentor-not-found"]
    assert (await network.inbox(animator))["items"][0]["title"] == "Camille Roux reste sans mentor·e"


async def test_a_departure_is_told_to_those_concerned(network: Any) -> None:
    animator = await network.person("Claire", "Fontaine", roles=("animator",))
    camille, nadia = await network.person("Camille", "Roux"), await network.person("Nadia", "Benali")
    verdon = await network.cpts()
    position = await network.arrival(camille, verdon)
    await network.happens(
        "directory.position.ended", position_id=position, coordinator_id=camille, cpts_id=verdon,
        ended_on="2026-03-31", successor_id=None, _sequence=2,
    )  # fmt: skip
    await network.happens(
        "mentoring.mentorship.ended", mentorship_id=new_id(), mentee_id=camille, mentor_id=nadia,
        ended_on="2026-03-31", reason="position-ended", handover_request_id=None,
    )  # fmt: skip
    assert "position-ended" in await network.topics(camille)
    left = (await network.inbox(animator))["items"][0]
    assert left["title"] == "Camille Roux quitte son poste à la CPTS du Verdon"
    assert "vacant" in left["body"]
    ended = (await network.inbox(nadia))["items"][0]
    assert ended["title"] == "Votre accompagnement de Camille Roux prend fin"
    assert ended["body"].startswith("Un poste prend fin")


async def test_a_departure_heard_before_the_arrival_is_not_undone(network: Any) -> None:
    """A transient failure may put the first event behind the second: who left stays so, and has her name."""
    camille, position, verdon = new_id(), new_id(), await network.cpts()
    post = {"position_id": position, "coordinator_id": camille, "cpts_id": verdon}
    await network.happens(
        "directory.position.ended", **post, ended_on="2026-03-02", successor_id=None, _sequence=2
    )
    left = {"coordinator_id": camille, "left_on": "2026-03-02"}
    await network.happens("directory.coordinator.left", **left, _sequence=4)
    profile = {"coordinator_id": camille, "first_name": "Camille", "last_name": "Roux", "status": "active"}
    await network.happens("directory.coordinator.joined", **profile, _sequence=1)
    start = {"title": "coordinator", "started_on": "2026-02-02"}
    await network.happens("directory.position.started", **post, **start, _sequence=1)
    async with network.harness.db.read() as session:
        person = await session.get_one(Person, camille)
        held = await session.get_one(Position, position)
    assert (person.status, person.first_name, person.last_name) == ("left", "Camille", "Roux")
    for name, sequence in (("Brun", 3), ("Blanc", 2)):
        await network.happens(
            "directory.coordinator.updated", **{**profile, "last_name": name}, _sequence=sequence
        )
    async with network.harness.db.read() as session:
        person = await session.get_one(Person, camille)
    assert (person.status, person.last_name) == ("left", "Brun"), "a departure says no name"
    assert (held.started_on, held.ended_on) == (date(2026, 2, 2), date(2026, 3, 2))


async def test_a_mentee_whose_mentor_leaves_hears_that_another_is_sought(network: Any) -> None:
    camille, nadia = await network.person("Élodie", "Roux"), await network.person("Nadia", "Benali")
    await network.happens(
        "mentoring.mentorship.ended", mentorship_id=new_id(), mentee_id=camille, mentor_id=nadia,
        ended_on="2026-03-31", reason="position-ended", handover_request_id=new_id(),
    )  # fmt: skip
    told = (await network.inbox(camille))["items"][0]
    assert told["title"] == "Nadia Benali ne peut plus vous accompagner"
    assert told["body"].endswith("Nous cherchons déjà quelqu’un pour prendre la suite.")
    assert (await network.inbox(nadia))["items"][0]["title"] == "Votre accompagnement d’Élodie Roux prend fin"


async def test_a_second_post_is_not_a_second_welcome_to_the_network(network: Any) -> None:
    camille, verdon, apt = await network.person("Camille", "Roux"), await network.cpts(), await network.cpts()
    await network.arrival(camille, verdon)
    await network.arrival(camille, apt)
    assert (await network.inbox(camille))["items"][0][
        "title"
    ] == "Vous prenez votre poste à la CPTS du Verdon"


async def test_a_language_unheard_of_is_answered_in_french(network: Any) -> None:
    """Another directory may say `en-GB`, or a word that no column holds."""
    for told, kept in (("en-GB", "en"), ("langue-des-signes", "fr"), ("", "fr")):
        person = await network.person("Camille", "Roux", language=told)
        async with network.harness.db.read() as session:
            assert (await session.get_one(Contact, person)).language == kept
