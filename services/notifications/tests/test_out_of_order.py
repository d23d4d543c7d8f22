"""What people are told when events come in another order than they happened (tests/orders found these)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from maillage.ids import new_id
from maillage_notifications.model import Position, Proposal, Registration, Seminar
from sqlalchemy import select

from .test_guests import decided, request


async def cancelled(network: Any, person: UUID, seminar: UUID, registration: UUID, reason: str) -> None:
    await network.happens(
        "events.registration.cancelled", registration_id=registration, seminar_id=seminar,
        coordinator_id=person, was="confirmed", reason=reason, _sequence=2,
    )  # fmt: skip


async def test_a_seat_told_of_after_its_seminar_was_called_off_is_not_told(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    await network.happens("events.seminar.cancelled", seminar_id=seminar, reason="snow", _sequence=4)
    registration = await network.registered(camille, seminar)
    await network.happens(
        "events.seminar.suggested", seminar_id=seminar, coordinator_id=camille, reasons=["newcomer"]
    )
    assert await network.topics(camille) == []
    await cancelled(network, camille, seminar, registration, "seminar-cancelled")
    assert await network.topics(camille) == ["seminar-cancelled"]


async def test_whose_seat_is_told_of_last_learns_that_her_seminar_was_called_off(network: Any) -> None:
    camille, seminar, registration = (
        await network.person("Camille", "Roux"),
        await network.seminar(),
        new_id(),
    )
    await network.happens("events.seminar.cancelled", seminar_id=seminar, reason="snow", _sequence=4)
    await cancelled(network, camille, seminar, registration, "seminar-cancelled")
    await network.registered(camille, seminar, registration_id=registration)
    assert await network.topics(camille) == ["seminar-cancelled"]


async def test_a_seat_given_up_is_told_also_when_its_seminar_is_called_off_by_then(network: Any) -> None:
    camille, seminar = await network.person("Camille", "Roux"), await network.seminar()
    await network.happens("events.seminar.cancelled", seminar_id=seminar, reason="snow", _sequence=4)
    registration = await network.registered(camille, seminar)
    await cancelled(network, camille, seminar, registration, "position-ended")
    assert await network.topics(camille) == ["registration-cancelled"]


async def test_a_mentee_reads_once_that_her_mentorship_begins(network: Any) -> None:
    nadia, camille = await network.person("Nadia", "Benali"), await network.person("Camille", "Roux")
    facts = await network.proposal(camille, nadia)
    pair = {key: facts[key] for key in ("request_id", "mentee_id", "mentor_id")}
    await network.happens(
        "mentoring.mentorship.started", mentorship_id=new_id(), **pair, started_on="2026-03-02"
    )
    await network.happens("mentoring.proposal.accepted", **facts, _sequence=2)
    assert await network.topics(camille) == ["proposal-sent", "mentorship-started"]
    assert await network.topics(nadia) == ["proposal-made", "mentorship-started"]


async def test_nobody_is_welcomed_to_a_post_that_has_ended(network: Any) -> None:
    claire = await network.person("Claire", "Fontaine", roles=("coordinator", "animator"))
    camille, cpts, post = await network.person("Camille", "Roux"), await network.cpts(), new_id()
    today = network.now.date().isoformat()
    ids = {"position_id": post, "coordinator_id": camille, "cpts_id": cpts}
    await network.happens("directory.position.ended", **ids, ended_on=today, _sequence=2)
    await network.happens("directory.position.started", **ids, started_on=today, _sequence=1)
    assert await network.topics(camille) == ["position-ended"]
    assert await network.topics(claire) == ["departure"]


async def test_an_older_word_of_a_host_does_not_move_its_seminar_back(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    ids = request(camille)
    await decided(network, ids, 3, "confirmed", reason="seminar-updated", city="Castres", sequence=5)
    await decided(network, ids, 2, "confirmed", sequence=3)
    async with network.harness.db.read() as session:
        seminar = await session.get_one(Seminar, ids["seminar_id"])
    assert (seminar.city, seminar.calendar_sequence) == ("Castres", 2)


async def test_nothing_told_late_of_the_erased_is_kept(network: Any) -> None:
    camille, nadia = await network.person("Camille", "Roux"), await network.person("Nadia", "Benali")
    seminar, cpts = await network.seminar(), await network.cpts()
    await network.happens(
        "directory.coordinator.erased", coordinator_id=camille, erasure_id=new_id(), requested_at=network.now
    )
    await network.registered(camille, seminar)
    await network.arrival(camille, cpts)
    facts = await network.proposal(camille, nadia)
    await network.happens("mentoring.proposal.accepted", **facts, _sequence=2)
    await decided(network, request(camille), 2, "confirmed")
    async with network.harness.db.read() as session:
        for model in (Registration, Position, Proposal):
            assert (await session.scalars(select(model))).all() == []
    assert await network.topics(nadia) == []
