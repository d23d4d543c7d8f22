"""Registering in one statement, on PostgreSQL: the desk's outcome, and the desk where it is not plain."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx
import pytest
from maillage.auth import Principal
from maillage.db import AtOnce, lock_row
from maillage.db.direct import Direct
from maillage.http.idempotency import attempt
from maillage_events.model import Person, Registration, SeatPool, Seminar
from sqlalchemy import func, select, text, update

House = Any
pytestmark = pytest.mark.parametrize("database_dialect", ["postgresql"], indirect=True)
FRESH = {"id", "registration_id", "ticket_code", "seminar_id", "coordinator_id"}


@pytest.fixture
def outcomes() -> Iterator[list[bool]]:
    """What came of each statement: done, or nothing."""
    seen: list[bool] = []
    commit = AtOnce.commit

    async def watched(self: AtOnce) -> bool:
        seen.append(await commit(self))
        return seen[-1]

    with patch.object(AtOnce, "commit", watched):
        yield seen


@pytest.fixture
def decided() -> Iterator[list[AtOnce]]:
    """Those who have looked and found that theirs is the plain case."""
    seen: list[AtOnce] = []
    provided = AtOnce.provided

    def watched(self: AtOnce, guard: Any, **values: Any) -> None:
        seen.append(self)
        provided(self, guard, **values)

    with patch.object(AtOnce, "provided", watched):
        yield seen


@pytest.mark.parametrize("known", [True, False])
async def test_the_outcome_is_the_desk_s(
    house: House, outcomes: list[bool], anyone: UUID, known: bool
) -> None:
    if known:
        async with house.harness.db.write() as session:
            session.add(Person(id=anyone, first_name="Camille", last_name="Roux", name_reach="region"))
    at_once = await registered(house, anyone)
    assert outcomes == [True]
    with ordinary():
        at_the_desk = await registered(house, anyone)
    assert outcomes == [True]
    assert at_once == at_the_desk
    assert (at_once["answer"]["coordinator"] is not None) == known


async def test_a_full_seminar_is_for_the_desk(house: House, outcomes: list[bool]) -> None:
    seminar = await house.seminar(capacity=2)
    made = [await house.register(seminar) for _ in range(3)]
    assert [one["status"] for one in made] == ["confirmed", "confirmed", "waitlisted"]
    assert outcomes == [True, True]  # the third saw that it was full
    cancelled = await house.act(made[0], "cancel")
    assert cancelled["status"] == "cancelled"  # offered to the one who waits
    assert (await house.register(seminar))["status"] == "waitlisted"


async def test_a_rush_on_the_last_seats_in_one_statement_each(house: House, outcomes: list[bool]) -> None:
    seminar = await house.seminar(capacity=25)
    made = await asyncio.gather(*(house.register(seminar) for _ in range(60)))
    assert Counter(one["status"] for one in made) == {"confirmed": 25, "waitlisted": 35}
    assert 0 < sum(outcomes) <= 25
    places = sorted(one["waitlist_position"] for one in made if one["status"] == "waitlisted")
    assert places == [*range(1, 36)]
    async with house.harness.db.read() as session:
        taken = (await session.scalars(select(Registration.place).order_by(Registration.place))).all()
    assert taken == [*range(1, 61)]


async def test_a_rush_on_many_seminars_in_few_statements(
    house: House, outcomes: list[bool], asked: list[Direct]
) -> None:
    seminars = [await house.seminar(capacity=3) for _ in range(4)]
    made = await asyncio.gather(*(house.register(seminar) for seminar in seminars * 5))
    assert sum(outcomes) == 12
    assert len(asked) < len(made)  # two each, were each by itself
    for number, seminar in enumerate(seminars):
        statuses = Counter(one["status"] for one in made[number::4])
        assert statuses == {"confirmed": 3, "waitlisted": 2}
        now = await house.get(f"/seminars/{seminar['id']}")
        assert (now["confirmed"], now["waitlisted"], now["seats_left"]) == (3, 2, 0)
    assert len(await house.told("registration.confirmed")) == 12


async def test_a_seminar_somebody_works_at_keeps_only_its_own_waiting(
    house: House, outcomes: list[bool], decided: list[AtOnce]
) -> None:
    busy, free = await house.seminar(capacity=9), await house.seminar()
    async with house.harness.db.write() as session:
        await lock_row(session, Seminar, UUID(busy["id"]))
        waiting = [asyncio.create_task(house.register(busy)) for _ in range(2)]
        async with asyncio.timeout(60):
            assert (await house.register(free))["status"] == "confirmed"
            # Else one may see only what is written below.
            while len(decided) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert outcomes == [True]
        await until_somebody_waits(house)
        pools = update(SeatPool).where(SeatPool.seminar_id == UUID(busy["id"]))
        await session.execute(pools.values(confirmed=8, last_place=8))
    made = await asyncio.gather(*waiting)  # of what was written meanwhile they know
    assert sorted(one["status"] for one in made) == ["confirmed", "waitlisted"]
    assert sorted(outcomes) == [False, True, True]
    assert await places(house, busy) == [9, 10]


@pytest.mark.parametrize(
    ("meanwhile", "status", "at_once"),
    [({"confirmed": 8}, "confirmed", True), ({"confirmed": 9}, "waitlisted", False)],
)
async def test_who_comes_alone_knows_of_the_seats_given_while_she_waited(
    house: House, outcomes: list[bool], meanwhile: dict[str, int], status: str, at_once: bool
) -> None:
    seminar = await house.seminar(capacity=9)
    async with house.harness.db.write() as session:
        await lock_row(session, Seminar, UUID(seminar["id"]))
        waiting = asyncio.create_task(house.register(seminar))
        await until_somebody_waits(house)
        pools = update(SeatPool).where(SeatPool.seminar_id == UUID(seminar["id"]))
        await session.execute(pools.values(last_place=SeatPool.last_place + 8, **meanwhile))
    assert (await waiting)["status"] == status
    assert outcomes == [at_once]
    assert await places(house, seminar) == [9]


async def test_who_comes_alone_sees_the_seminar_that_was_written_while_she_waited(
    house: House, outcomes: list[bool]
) -> None:
    seminar = await house.seminar()
    async with house.harness.db.write() as session:
        await lock_row(session, Seminar, UUID(seminar["id"]))
        waiting = asyncio.create_task(house.register(seminar))
        await until_somebody_waits(house)
        written = update(Seminar).values(title="Un autre titre", version=Seminar.version + 1)
        await session.execute(written)
    assert (await waiting)["status"] == "confirmed"
    assert outcomes == [False]
    assert await places(house, seminar) == [1]


async def test_who_registers_twice_at_once_spoils_it_for_nobody(
    house: House, outcomes: list[bool], anyone: UUID
) -> None:
    seminar = await house.seminar(capacity=9)
    path = f"/seminars/{seminar['id']}/registrations"
    twice = [house.client.post(path, json={}, headers=house.as_(anyone)) for _ in range(2)]
    (first, second), *others = await asyncio.gather(
        asyncio.gather(*twice), *(house.register(seminar) for _ in range(4))
    )
    assert sorted((first.status_code, second.status_code)) == [201, 409]
    assert [one["status"] for one in others] == ["confirmed"] * 4
    assert Counter(outcomes) == {True: 5, False: 1}
    assert await places(house, seminar) == [1, 2, 3, 4, 5]


async def test_a_key_sent_twice_registers_once(house: House, outcomes: list[bool], anyone: UUID) -> None:
    seminar = await house.seminar()
    first, again = await keyed(house, seminar, anyone, "k"), await keyed(house, seminar, anyone, "k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert outcomes == [True, False]
    other = await keyed(house, seminar, anyone, "k", {"answers": {"repas": "sans gluten"}})
    assert other.json()["code"] == "idempotency-key-reused"
    assert len(await house.told("registration.confirmed")) == 1


async def test_a_key_another_process_is_at_is_not_done_here(house: House, anyone: UUID) -> None:
    seminar = await house.seminar()
    caller = Principal(anyone, frozenset(), "fr-pac")
    lock = attempt(caller, "k", "POST", "", b"").lock
    async with house.harness.db.write() as session:
        await session.execute(select(func.pg_advisory_xact_lock(lock)))
        refused = await keyed(house, seminar, anyone, "k")
    assert refused.json()["code"] == "request-in-flight"
    assert (await keyed(house, seminar, anyone, "k")).status_code == 201


async def test_a_seminar_changed_meanwhile_is_looked_at_again(house: House, outcomes: list[bool]) -> None:
    seminar = await house.seminar()
    provided = AtOnce.provided

    def stale(self: AtOnce, guard: Any, **values: Any) -> None:
        provided(self, guard, **{**values, "this_version": values["this_version"] - 1})

    with patch.object(AtOnce, "provided", stale):
        made = await house.register(seminar)
    assert (made["status"], outcomes) == ("confirmed", [False])
    async with house.harness.db.read() as session:
        pool = (await session.scalars(select(SeatPool))).one()
    assert (pool.confirmed, pool.last_place) == (1, 1)


async def test_somebody_registered_already_is_told_so(
    house: House, outcomes: list[bool], anyone: UUID
) -> None:
    seminar = await house.seminar()
    await house.register(seminar, anyone)
    await house.register(seminar, anyone, expect=409)
    assert outcomes == [True, False]


async def until_somebody_waits(house: House) -> None:
    """For a lock that another transaction has."""
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype <> 'relation'")
    async with asyncio.timeout(60), house.harness.db.glance() as session:
        while not await session.scalar(waits):  # noqa: ASYNC110  # the condition is the server's
            await asyncio.sleep(0.01)


async def places(house: House, seminar: dict[str, Any]) -> list[int]:
    """The places given at a seminar, in their order."""
    of_it = select(Registration.place).where(Registration.seminar_id == UUID(seminar["id"]))
    async with house.harness.db.read() as session:
        return list((await session.scalars(of_it.order_by(Registration.place))).all())


@pytest.fixture
def asked() -> Iterator[list[Direct]]:
    """Each statement that was asked, looks and writes."""
    seen: list[Direct] = []
    fetch = Direct.fetch

    async def watched(self: Direct, *given: Any) -> list[Any]:
        seen.append(self)
        return await fetch(self, *given)

    with patch.object(Direct, "fetch", watched):
        yield seen


async def keyed(
    house: House, seminar: dict[str, Any], person: UUID, key: str, body: Any = None
) -> httpx.Response:
    headers = {**house.as_(person), "Idempotency-Key": key}
    path = f"/seminars/{seminar['id']}/registrations"
    answer: httpx.Response = await house.client.post(path, json=body or {}, headers=headers)
    return answer


def ordinary() -> Any:
    """As on a database where nothing is done at once."""

    async def never(*_: Any) -> None:
        return None

    return patch("maillage.http.routing._in_one_statement", never)


async def registered(house: House, person: UUID) -> dict[str, Any]:
    """One registration as answered, stored and told, without what differs each time."""
    seminar = await house.seminar()
    before = len(await house.harness.recorded())
    answer = await house.register(seminar, person)
    async with house.harness.db.read() as session:
        row = (await session.scalars(select(Registration).where(Registration.id == UUID(answer["id"])))).one()
        pool = (await session.scalars(select(SeatPool).where(SeatPool.seminar_id == row.seminar_id))).one()
        stored = {column.name: getattr(row, column.name) for column in Registration.__table__.columns}
        counts = (pool.confirmed, pool.waitlisted, pool.offered, pool.last_place)
    told = [(one.type, one.sequence, without(one.data)) for one in (await house.harness.recorded())[before:]]
    return {"answer": without(answer), "row": without(stored), "counts": counts, "told": told}


def without(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if name not in FRESH}
