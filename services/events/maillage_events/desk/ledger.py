"""What lies on the desk: a seminar under lock, its counts and seats, and what is to be told at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import Self
from uuid import UUID

from maillage import clock
from maillage.db import lock_row
from maillage.errors import NotFound
from maillage.events import Event, record
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_events.desk.abroad import guest_answer, tell_other_regions
from maillage_events.errors import UnknownWorkshop, WorkshopsOverlap
from maillage_events.events import RegistrationConfirmed, RegistrationUpdated
from maillage_events.model import Registration, SeatPool, Seminar, Workshop, WorkshopSeat
from maillage_events.model.registration import CONFIRMED, WAITLISTED, WANTED

# What was read before the lock was had may be old: every read at the desk asks the database again.
FRESH = {"populate_existing": True}
Telling = tuple[Registration, Callable[[], Event]]


@dataclass
class Ledger:
    """One seminar with its workshops and seat counts, read under lock; `close()` records what happened."""

    session: AsyncSession
    seminar: Seminar
    pool: SeatPool
    workshops: dict[UUID, Workshop]
    pools: dict[UUID, SeatPool]
    now: datetime
    _seats: dict[UUID, dict[UUID, WorkshopSeat]] = field(default_factory=dict)
    _told: dict[tuple[UUID, type[Event]], Telling] = field(default_factory=dict)

    @classmethod
    async def open(cls, session: AsyncSession, seminar_id: UUID) -> Self:
        """Take the lock and read everything that decides over seats. Raises NotFound."""
        seminar = await lock_row(session, Seminar, seminar_id)
        statement = (
            select(SeatPool, Workshop)
            .outerjoin(Workshop, Workshop.id == SeatPool.workshop_id)
            .where(SeatPool.seminar_id == seminar_id)
            .order_by(Workshop.starts_at, Workshop.id)
        )
        rows = (await session.execute(statement, execution_options=FRESH)).all()
        (own,) = [pool for pool, _ in rows if pool.workshop_id is None]
        workshops = {workshop.id: workshop for _, workshop in rows if workshop is not None}
        pools = {workshop.id: pool for pool, workshop in rows if workshop is not None}
        return cls(session, seminar, own, workshops, pools, clock.now())

    async def registration(self, registration_id: UUID) -> Registration:
        """The registration as it is now that the lock is held. Raises NotFound."""
        statement = select(Registration).where(Registration.id == registration_id)
        found = (await self.session.execute(statement, execution_options=FRESH)).scalar_one_or_none()
        if found is None or found.seminar_id != self.seminar.id:
            raise NotFound
        await self.load_seats([found])
        return found

    async def registrations(self, status: str, limit: int | None = None) -> list[Registration]:
        """Those in a state, in the order of their places, with their workshop seats read."""
        await self.session.flush()
        queue = (
            select(Registration)
            .where(Registration.seminar_id == self.seminar.id, Registration.status == status)
            .order_by(Registration.place)
            .limit(limit)
        )
        found = list((await self.session.scalars(queue, execution_options=FRESH)).all())
        await self.load_seats(found)
        return found

    async def load_seats(self, registrations: Iterable[Registration]) -> None:
        """Read the workshop seats of registrations not met yet, in one query."""
        missing = [one.id for one in registrations if one.id not in self._seats]
        if not missing:
            return
        self._seats.update({one: {} for one in missing})
        statement = select(WorkshopSeat).where(WorkshopSeat.registration_id.in_(missing))
        for seat in await self.session.scalars(statement, execution_options=FRESH):
            self._seats[seat.registration_id][seat.workshop_id] = seat

    def seats_of(self, registration: Registration) -> dict[UUID, WorkshopSeat]:
        """The workshop seats of a registration met at this desk, by workshop."""
        return self._seats.setdefault(registration.id, {})

    def expect_possible(self, workshop_ids: Iterable[UUID]) -> list[UUID]:
        """The choice without repeats. Raises UnknownWorkshop, WorkshopsOverlap."""
        chosen = list(dict.fromkeys(workshop_ids))
        unknown = [one for one in chosen if one not in self.workshops]
        if unknown:
            raise UnknownWorkshop(unknown)
        overlapping = [
            (one, other)
            for one, other in combinations(chosen, 2)
            if self.workshops[one].overlaps(self.workshops[other])
        ]
        if overlapping:
            raise WorkshopsOverlap(overlapping)
        return chosen

    @property
    def has_started(self) -> bool:
        return self.now >= self.seminar.starts_at

    def may_take(self, pool: SeatPool) -> bool:
        """Whether someone who comes now may be seated: not past those who wait, while lists still move."""
        return pool.has_room and (self.has_started or not pool.waitlisted)

    def wish(self, registration: Registration, workshop_id: UUID) -> WorkshopSeat:
        """A new claim on a workshop, holding nothing yet."""
        seat = WorkshopSeat(registration_id=registration.id, workshop_id=workshop_id, status=WANTED, place=0)
        self.seats_of(registration)[workshop_id] = seat
        self.session.add(seat)
        return seat

    def claim(self, registration: Registration, seat: WorkshopSeat) -> None:
        """Give a wanted seat the best state that its registration and the workshop's seats allow."""
        pool = self.pools[seat.workshop_id]
        if registration.status == WAITLISTED:
            return
        if self.may_take(pool):
            self.put(seat, registration.status)
        else:
            seat.place = pool.next_place()
            self.put(seat, WAITLISTED)

    def put(self, seat: WorkshopSeat, status: str) -> None:
        """Change a workshop seat's state, and the counts with it."""
        self.pools[seat.workshop_id].move(seat.status, status)
        seat.status = status

    def drop(self, registration: Registration, seat: WorkshopSeat) -> None:
        """Give up a workshop seat, a place in its queue or a wish."""
        self.pools[seat.workshop_id].move(seat.status, None)
        del self.seats_of(registration)[seat.workshop_id]
        if seat in self.session.new:
            self.session.expunge(seat)
        else:  # nothing cascades from a seat, hence nothing to await
            self.session.sync_session.delete(seat)

    def tell(self, registration: Registration, kind: type[Event], make: Callable[[], Event]) -> None:
        """Have the event made and recorded at close, so that it tells the outcome of it all.

        A guest's region is answered instead: of what happens to her this region's services know nothing.
        """
        if registration.guest_region is None:
            self._told[(registration.id, kind)] = (registration, make)
        elif kind is not RegistrationUpdated:
            self._told[(registration.id, kind)] = (registration, lambda: guest_answer(registration, make()))

    def tell_updated(self, registration: Registration) -> None:
        """The workshops of a registration changed; nothing to add when it was confirmed just now."""
        if (registration.id, RegistrationConfirmed) in self._told:
            return
        self.tell(
            registration,
            RegistrationUpdated,
            lambda: RegistrationUpdated(**self.ids(registration), **self.workshops_of(registration)),
        )

    async def close(self) -> None:
        """Write everything and record what happened, each event with the version it led to."""
        await self.session.flush()
        for registration, make in self._told.values():
            record(self.session, make(), sequence=registration.version)
        self._told.clear()
        tell_other_regions(self.session, self.seminar, self.pool)

    def workshops_of(self, registration: Registration) -> dict[str, list[UUID]]:
        """The workshops held and those waited for, as events name them."""
        seats = self.seats_of(registration).values()
        return {
            "workshop_ids": [seat.workshop_id for seat in seats if seat.status == CONFIRMED],
            "waitlisted_workshop_ids": [seat.workshop_id for seat in seats if seat.status == WAITLISTED],
        }

    @staticmethod
    def ids(registration: Registration) -> dict[str, UUID]:
        """What every event of a registration names. Erased registrations have no events."""
        assert registration.coordinator_id is not None  # noqa: S101  (an active registration has its person)
        return {
            "registration_id": registration.id,
            "seminar_id": registration.seminar_id,
            "coordinator_id": registration.coordinator_id,
        }
