"""Whatever happens in whatever order: nobody is overbooked, overtaken or lost.

Random histories of one seminar are played over HTTP and compared, step by step, with a model of a few lines;
the counts and the workshops' queues are then recounted from the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from maillage.ids import new_id
from maillage_events.model import Registration, SeatPool, Workshop, WorkshopSeat
from sqlalchemy import select

House = Any
Answer = tuple[str, int]
MOVES = ["register", "cancel", "accept", "decline", "change", "change", "capacity", "expire"]
STEPS = st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 5)), min_size=4, max_size=10)
FIRST_COME: list[Answer] = [("register", number) for number in range(5)]


@dataclass
class Expected:
    """What should be: who holds, who is offered, who waits, in order."""

    capacity: int
    confirmed: list[int] = field(default_factory=list)
    offered: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)

    def fill(self) -> None:
        while self.waiting and len(self.confirmed) + len(self.offered) < self.capacity:
            self.offered.append(self.waiting.pop(0))

    def play(self, step: str, number: int) -> None:
        active = [*self.confirmed, *self.offered, *self.waiting]
        if step == "register" and number not in active:
            free = len(self.confirmed) + len(self.offered) < self.capacity and not self.waiting
            (self.confirmed if free else self.waiting).append(number)
        elif step in ("accept", "decline") and number in self.offered:
            self.offered.remove(number)
            self.confirmed += [number] if step == "accept" else []
        elif step == "cancel" and number in active:
            for queue in (self.confirmed, self.offered, self.waiting):
                queue[:] = [one for one in queue if one != number]
        elif step == "capacity" and number + 1 >= len(self.confirmed) + len(self.offered):
            self.capacity = number + 1
        elif step == "expire":
            self.offered.clear()
        self.fill()


@dataclass
class Played:
    """One seminar with three workshops, two of them at the same time, and six people."""

    house: House
    seminar: dict[str, Any]
    workshops: list[UUID]
    people: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(6)])
    mine: dict[int, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    async def new(cls, house: House, capacity: int) -> Played:
        seminar = await house.seminar(capacity=capacity, offer_minutes=60)
        workshops = [
            await house.workshop(seminar, capacity=1),
            await house.workshop(seminar, start=1, capacity=1),
            await house.workshop(seminar, start=5, capacity=1),
        ]
        return cls(house, seminar, workshops)

    async def play(self, step: str, number: int) -> None:
        if step == "expire":
            self.house.harness.clock.advance(minutes=61)
            await self.house.harness.fire_timers()
        elif step == "capacity":
            await self._patch(
                f"/seminars/{self.seminar['id']}", {"capacity": number + 1}, self.house.animator
            )
        elif step == "register":
            await self._register(number)
        elif number in self.mine:
            path, headers = f"/registrations/{self.mine[number]['id']}", self._as(number)
            if step == "change":
                await self._patch(path, {"workshop_ids": [str(self.workshops[(number + 1) % 2])]}, headers)
            else:
                await self._send("post", f"{path}/{step}", headers=headers)

    async def _register(self, number: int) -> None:
        path = f"/seminars/{self.seminar['id']}/registrations"
        chosen = [str(self.workshops[number % 2]), str(self.workshops[2])]
        response = await self._send("post", path, headers=self._as(number), json={"workshop_ids": chosen})
        if response.status_code == 201:
            self.mine[number] = response.json()

    async def _patch(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> None:
        seen = await self._send("get", path, headers=headers)
        await self._send("patch", path, headers=headers | {"If-Match": seen.headers["etag"]}, json=body)

    async def _send(self, method: str, path: str, **how: Any) -> Any:
        response = await self.house.client.request(method, path, **how)
        assert response.status_code < 500, response.text
        return response

    def _as(self, number: int) -> dict[str, str]:
        headers: dict[str, str] = self.house.as_(self.people[number])
        return headers


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(capacity=st.integers(2, 4), steps=STEPS)
async def test_any_history_keeps_seats_order_and_people(
    house: House, capacity: int, steps: list[Answer]
) -> None:
    played, expected = await Played.new(house, capacity), Expected(capacity)
    for step, number in [*FIRST_COME, *steps]:
        await played.play(step, number)
        expected.play(step, number)
        await assert_is(played, expected)


async def assert_is(played: Played, expected: Expected) -> None:
    async with played.house.harness.db.read() as session:
        key = UUID(played.seminar["id"])
        of_seminar = select(Registration).where(Registration.seminar_id == key).order_by(Registration.place)
        registrations = [one for one in (await session.scalars(of_seminar)).all() if one.is_active]
        pools = (await session.scalars(select(SeatPool).where(SeatPool.seminar_id == key))).all()
        seats = (
            await session.execute(
                select(WorkshopSeat, Workshop, Registration)
                .join(Workshop, Workshop.id == WorkshopSeat.workshop_id)
                .join(Registration, Registration.id == WorkshopSeat.registration_id)
                .where(Workshop.seminar_id == key)
            )
        ).all()

    def people(status: str) -> list[int]:
        ids = [one.coordinator_id for one in registrations if one.status == status]
        return [played.people.index(one) for one in ids if one is not None]

    assert people("waitlisted") == expected.waiting
    assert people("offered") == expected.offered
    assert sorted(people("confirmed")) == sorted(expected.confirmed)
    for pool in pools:
        mine = [seat.status for seat, _, _ in seats if seat.workshop_id == pool.workshop_id]
        assert_counts(pool, [one.status for one in registrations] if pool.workshop_id is None else mine)
    waited_for = {(one.registration_id, one.workshop_id) for one, _, _ in seats if one.status == "waitlisted"}
    for seat, workshop, registration in seats:
        assert registration.is_active
        assert seat.yields_to is None or (registration.id, seat.yields_to) in waited_for
        held = (seat.status, registration.status)
        assert held in ALLOWED, held
        rivals = [
            other
            for other, there, whose in seats
            if whose is registration and other is not seat and there.overlaps(workshop)
        ]
        assert all(seat.yields_to or other.yields_to for other in rivals)


ALLOWED = {
    ("confirmed", "confirmed"),
    ("waitlisted", "confirmed"),
    ("offered", "offered"),
    ("waitlisted", "offered"),
    ("wanted", "waitlisted"),
}


def assert_counts(pool: SeatPool, states: list[str]) -> None:
    counted = {name: states.count(name) for name in ("confirmed", "offered", "waitlisted")}
    assert {name: getattr(pool, name) for name in counted} == counted
    assert pool.capacity is not None
    assert counted["confirmed"] + counted["offered"] <= pool.capacity
    # Nobody waits beside a free seat.
    assert not counted["waitlisted"] or counted["confirmed"] + counted["offered"] == pool.capacity
