"""Erasure: her copy and every word with her name go, and only then is it confirmed."""

import json
from uuid import UUID

from maillage.ids import new_id
from maillage_mentoring.erasing import erasures
from maillage_mentoring.model import Base, Coordinator
from mentoring_network import Network
from sqlalchemy import select

NAME = "Zélindeparfaite"


async def everything(network: Network) -> str:
    """Every row of every table of the service, as text."""
    texts = []
    async with network.house.db.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in (await session.execute(select(table))).all():
                texts.append(" ".join(_text(value) for value in row))
    return "\n".join(texts)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else str(value)


async def erase(network: Network, who: UUID) -> UUID:
    erasure_id = new_id()
    body = {
        "coordinator_id": who,
        "erasure_id": erasure_id,
        "requested_at": network.house.clock.now(),
        "confirm_by": network.house.clock.now(),
    }
    await network.house.deliver("directory.coordinator.erased.v1", body)
    return erasure_id


async def test_nothing_that_names_her_is_left(network: Network) -> None:
    mentor = await network.mentor()
    newcomer = await network.newcomer(first_name="Ana", last_name=NAME)
    accepted = await network.accept(newcomer)
    path = f"mentorships/{accepted['mentorship_id']}"
    notes = {"held_on": "2026-03-02", "duration_minutes": 30, "topics": f"Accueil de {NAME}"}
    key = {**network.me(mentor), "Idempotency-Key": "meeting-1"}
    await network.post(f"{path}/meetings", key, notes, expect=201)
    await network.post(
        f"{path}/feedback", network.me(newcomer), {"rating": 5, "comment": "Merci"}, expect=201
    )
    await network.offers(mentor, note=f"J'ai accompagné {NAME.upper()}, demandez-lui")
    assert NAME in await everything(network)

    erasure_id = await erase(network, newcomer)
    left = await everything(network)
    assert NAME.casefold() not in left.casefold()
    assert "Merci" not in left
    note = (await network.get("me/mentor-profile", network.me(mentor)))["note"]
    assert note == "J'ai accompagné […], demandez-lui"
    ended = await network.get(path, network.me(mentor))
    assert (ended["status"], ended["end_reason"]) == ("ended", "erased")
    assert ended["mentee"]["last_name"] is None
    assert ended["meetings_count"] == 1, "counts stay"

    assert await network.house.recorded("mentoring.erasure.confirmed.v1") == []
    assert await erasures.one_pass(network.house.app.state.service) == 1
    assert await erasures.one_pass(network.house.app.state.service) == 0
    (confirmed,) = await network.house.recorded("mentoring.erasure.confirmed.v1")
    assert confirmed.entity_id == str(newcomer)
    assert confirmed.data["erasure_id"] == str(erasure_id)
    assert confirmed.data["counts"]["profile"] == 1


async def test_an_erased_mentor_hands_her_mentees_over_and_never_comes_back(network: Network) -> None:
    erased = await network.mentor(capacity=2)
    newcomer, waiting = await network.newcomer(), await network.newcomer()
    await network.accept(newcomer)
    other = await network.mentor(capacity=3)
    await erase(network, erased)
    assert (await network.pending(newcomer))["mentor_id"] == str(other)
    assert (await network.pending(waiting))["mentor_id"] == str(other)
    late = network.profile(erased, last_name="Revenante")
    await network.house.deliver("directory.coordinator.updated.v1", late, sequence=99)
    assert "Revenante" not in await everything(network)
    assert str(erased) not in json.dumps(await network.get("mentors"))


async def test_somebody_never_heard_of_is_confirmed_too(network: Network) -> None:
    stranger = new_id()
    await erase(network, stranger)
    await erasures.one_pass(network.house.app.state.service)
    (confirmed,) = await network.house.recorded("mentoring.erasure.confirmed.v1")
    assert confirmed.data["counts"] == {}
    async with network.house.db.read() as session:
        known = await session.get(Coordinator, stranger)
    assert known is not None
    assert known.status == "erased"
