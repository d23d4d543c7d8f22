"""What can happen at the desk: coming, accepting, changing, going, and what comes free going on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from maillage.timers import schedule
from sqlalchemy import select

from maillage_events.desk.ledger import FRESH, Ledger
from maillage_events.events import (
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationOffered,
    RegistrationWaitlisted,
)
from maillage_events.model import Registration, Workshop, WorkshopSeat
from maillage_events.model.base import touch
from maillage_events.model.registration import CONFIRMED, OFFERED, WAITLISTED
from maillage_events.model.seminar import PUBLISHED

OFFER_EXPIRED = "offer-expired"


class Desk(Ledger):
    """The moves. Each leaves the counts true; `settle()` then passes on what came free, `close()` records."""

    async def admit(self, registration: Registration, workshop_ids: Iterable[UUID]) -> None:
        """Seat a new registration, or put it at the end of the waiting list.

        Raises UnknownWorkshop, WorkshopsOverlap.
        """
        chosen = self.expect_possible(workshop_ids)
        registration.place = self.pool.next_place()
        if self.may_take(self.pool):
            self._confirm(registration, promoted=False)
        else:
            self._queue(registration)
        self.session.add(registration)
        await self.session.flush()  # the seats below refer to this row
        for workshop_id in chosen:
            self.claim(registration, self.wish(registration, workshop_id))

    def accept(self, registration: Registration) -> None:
        """Turn the offered seat, and the workshop seats held with it, into confirmed ones."""
        self._confirm(registration, promoted=True)
        for seat in self.seats_of(registration).values():
            if seat.status == OFFERED:
                self.put(seat, CONFIRMED)

    def change(self, registration: Registration, workshop_ids: Iterable[UUID]) -> None:
        """Make these the workshops of the registration, holding an old seat until the new one is held.

        Raises UnknownWorkshop, WorkshopsOverlap.
        """
        seats = self.seats_of(registration)
        asked = set(workshop_ids)
        # A seat kept only until another is held is not itself a choice, even when the client repeats it.
        kept = {one for one in asked if one in seats and seats[one].yields_to in asked}
        chosen = self.expect_possible(one for one in workshop_ids if one not in kept)
        for workshop_id in chosen:
            if workshop_id in seats:
                seats[workshop_id].yields_to = None
            else:
                self.claim(registration, self.wish(registration, workshop_id))
        for seat in [seat for seat in seats.values() if seat.workshop_id not in chosen]:
            seat.yields_to = self._heir(seat, [seats[one] for one in chosen])
            if seat.yields_to is None:
                self.drop(registration, seat)
        touch(registration, self.now)
        if registration.status == CONFIRMED:
            self.tell_updated(registration)

    def cancel(self, registration: Registration, reason: str, note: str | None = None) -> None:
        """Take a registration out with all it holds or waits for. What comes free goes on by settle()."""
        was = registration.status
        for seat in list(self.seats_of(registration).values()):
            self.drop(registration, seat)
        self.pool.move(was, None)
        registration.cancel(reason, note, self.now)
        if registration.coordinator_id is None:
            return  # an erased person's: there is nobody the news could be about
        self.tell(
            registration,
            RegistrationCancelled,
            lambda: RegistrationCancelled(**self.ids(registration), was=was, reason=reason),
        )

    async def settle(self) -> None:
        """Give every free seat to the next in its queue; nothing moves once the seminar has started."""
        if self.seminar.status != PUBLISHED or self.has_started:
            return
        moved = True
        while moved:  # a promotion may free a seat that was kept, in another workshop
            moved = False
            for workshop_id in self.pools:
                moved = await self._promote_in(workshop_id) or moved
        await self._offer_free_seats()

    async def _promote_in(self, workshop_id: UUID) -> bool:
        pool = self.pools[workshop_id]
        if not pool.up_next:
            return False
        await self.session.flush()
        queue = (
            select(WorkshopSeat, Registration)
            .join(Registration, Registration.id == WorkshopSeat.registration_id)
            .where(WorkshopSeat.workshop_id == workshop_id, WorkshopSeat.status == WAITLISTED)
            .order_by(WorkshopSeat.place)
            .limit(pool.up_next)
        )
        rows = (await self.session.execute(queue, execution_options=FRESH)).all()
        await self.load_seats([registration for _, registration in rows])
        for seat, registration in rows:
            self._promote(seat, registration)
        return bool(rows)

    def _promote(self, seat: WorkshopSeat, registration: Registration) -> None:
        self.put(seat, registration.status)
        self._give_up_kept(registration, self.workshops[seat.workshop_id])
        touch(registration, self.now)
        if registration.status == CONFIRMED:
            self.tell_updated(registration)

    def _give_up_kept(self, registration: Registration, held: Workshop) -> None:
        for seat in list(self.seats_of(registration).values()):
            if seat.yields_to is not None and self.workshops[seat.workshop_id].overlaps(held):
                self.drop(registration, seat)

    def _heir(self, seat: WorkshopSeat, chosen: list[WorkshopSeat]) -> UUID | None:
        """The full workshop for which this held seat is kept; None when there is no reason to keep it."""
        mine = self.workshops[seat.workshop_id]
        rivals = [one for one in chosen if self.workshops[one.workshop_id].overlaps(mine)]
        if seat.status not in (CONFIRMED, OFFERED) or any(one.status != WAITLISTED for one in rivals):
            return None
        return rivals[0].workshop_id if rivals else None

    async def _offer_free_seats(self) -> None:
        if not self.pool.up_next:
            return
        deadline = self.now + timedelta(minutes=self.seminar.offer_minutes)
        for registration in await self.registrations(WAITLISTED, limit=self.pool.up_next):
            await self._offer(registration, min(deadline, self.seminar.starts_at))

    async def _offer(self, registration: Registration, expires_at: datetime) -> None:
        self.pool.move(WAITLISTED, OFFERED)
        registration.offer(expires_at)
        for seat in self.seats_of(registration).values():
            self.claim(registration, seat)
        await schedule(self.session, OFFER_EXPIRED, str(registration.id), expires_at)
        self.tell(
            registration,
            RegistrationOffered,
            lambda: RegistrationOffered(**self.ids(registration), expires_at=expires_at),
        )

    def _confirm(self, registration: Registration, *, promoted: bool) -> None:
        self.pool.move(registration.status, CONFIRMED)
        registration.confirm(self.now)
        self.tell(
            registration,
            RegistrationConfirmed,
            lambda: RegistrationConfirmed(
                **self.ids(registration), **self.workshops_of(registration), promoted=promoted
            ),
        )

    def _queue(self, registration: Registration) -> None:
        self.pool.move(None, WAITLISTED)
        registration.status = WAITLISTED
        position = self.pool.waitlisted
        self.tell(
            registration,
            RegistrationWaitlisted,
            lambda: RegistrationWaitlisted(**self.ids(registration), position=position),
        )
