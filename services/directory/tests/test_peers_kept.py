"""What everybody told is read once; who may see what of it is decided at each question, and changes count."""

from datetime import timedelta
from typing import Any

import pytest
from maillage.testing import TestClock
from maillage.testing.plans import asked
from maillage_directory.queries import peers
from maillage_directory.similarity import Comparison, Situation, compare

from .conftest import World

MET = "saisonnalite-touristique"


async def _two_in_post(world: World) -> tuple[str, str]:
    ids = []
    for name, reach in (("Anaïs", "region"), ("Benoît", "self")):
        place = await world.cpts()
        person = world.profile(
            first_name=name, challenges=[{"challenge": MET, "stance": "solved"}], reach={"challenges": reach}
        )
        ids.append((await world.start(place["id"], coordinator=person))["coordinator_id"])
    return ids[0], ids[1]


async def _reasons(world: World, own: str, headers: dict[str, str]) -> list[str]:
    peers = (await world.get(f"/coordinators/{own}/peers", headers))["items"]
    return [reason["code"] for peer in peers for reason in peer["reasons"]]


async def test_what_an_animator_was_shown_is_not_shown_to_a_colleague(world: World) -> None:
    anais, _ = await _two_in_post(world)
    for _ in range(2):
        assert "same-challenges" in await _reasons(world, anais, world.animator)
        assert "same-challenges" not in await _reasons(world, anais, world.signed(anais))


async def test_a_change_counts_at_once(world: World) -> None:
    anais, benoit = await _two_in_post(world)
    hers, his = world.signed(anais), world.signed(benoit)
    assert "same-challenges" not in await _reasons(world, anais, hers)
    await _change(world, benoit, his, reach={"challenges": "collective"})
    assert "same-challenges" in await _reasons(world, anais, hers)
    await _change(world, benoit, his, challenges=[])
    assert "same-challenges" not in await _reasons(world, anais, hers)
    await _change(world, anais, hers, skills=[{"skill": "negociation", "stance": "seeks", "level": 1}])
    await _change(world, benoit, his, skills=[{"skill": "negociation", "stance": "offers", "level": 3}])
    assert "offers-what-you-seek" in await _reasons(world, anais, hers)


async def _change(world: World, person: str, headers: dict[str, str], **fields: Any) -> None:
    now = await world.client.get(f"/coordinators/{person}", headers=headers)
    sent = {**headers, "If-Match": now.headers["ETag"]}
    answer = await world.client.patch(f"/coordinators/{person}", json=fields, headers=sent)
    assert answer.status_code == 200, answer.text


async def test_nobody_is_read_again_while_nothing_changes(world: World) -> None:
    anais, _ = await _two_in_post(world)
    sweeps = []
    for _ in range(2):
        async with asked(world.harness.db) as statements:
            await _reasons(world, anais, world.signed(anais))
        whole = [one.sql for one in statements if "WHERE" not in one.sql]
        sweeps.append(sum("FROM coordinator_challenge" in sql for sql in whole))
    assert sweeps == [1, 0]


async def test_nobody_is_compared_again_for_the_same_reader_on_the_same_day(
    world: World, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    anais, benoit = await _two_in_post(world)
    compared: list[Situation] = []

    def count(one: Situation, other: Situation) -> Comparison:
        compared.append(other)
        return compare(one, other)

    monkeypatch.setattr(peers, "compare", count)

    async def times(headers: dict[str, str], **asked: int) -> int:
        before = len(compared)
        await world.get(f"/coordinators/{anais}/peers", headers, **asked)
        return len(compared) - before

    hers = world.signed(anais)
    assert [await times(hers), await times(hers, limit=1), await times(world.animator)] == [1, 0, 1]
    clock.advance(timedelta(days=1))  # who is new to her post depends on the day
    assert [await times(world.signed(anais)), await times(world.signed(anais))] == [1, 0]
    await _change(world, benoit, world.signed(benoit), first_name="Bastien")
    assert await times(world.signed(anais)) == 1


async def test_as_many_are_given_as_are_asked_for(world: World) -> None:
    anais, _ = await _two_in_post(world)
    await _two_in_post(world)
    path, hers = f"/coordinators/{anais}/peers", world.signed(anais)
    everybody, first = (await world.get(path, hers))["items"], (await world.get(path, hers, limit=1))["items"]
    assert (len(everybody), first) == (3, everybody[:1])
    assert (await world.client.get(path, headers=hers, params={"limit": 11})).status_code == 422


async def test_counts_are_kept_for_a_circle_and_not_for_another(world: World) -> None:
    anais, benoit = await _two_in_post(world)
    path, headers = "/coordinators/summary", {"hers": world.signed(anais), "his": world.signed(benoit)}
    tags = {}
    for who, shown in {"hers": 1, "his": 2}.items():
        answer = await world.client.get(path, headers=headers[who])
        assert answer.json()["challenges"] == {MET: shown}
        tags[who] = answer.headers["ETag"]
        again = await world.client.get(path, headers={**headers[who], "If-None-Match": tags[who]})
        assert (again.status_code, again.content) == (304, b"")
    other = await world.client.get(path, headers={**headers["hers"], "If-None-Match": tags["his"]})
    assert other.json()["challenges"] == {MET: 1}
    await _change(world, benoit, headers["his"], challenges=[])
    fresh = await world.client.get(path, headers={**headers["his"], "If-None-Match": tags["his"]})
    assert fresh.json()["challenges"] == {MET: 1}
