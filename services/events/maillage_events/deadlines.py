"""The deadlines this service answers to."""

from uuid import UUID

from maillage.timers import TimerContext, Timers

from maillage_events import usecases
from maillage_events.desk import OFFER_EXPIRED

timers = Timers()


@timers.on(OFFER_EXPIRED)
async def expire_offer(key: str, ctx: TimerContext) -> None:
    """Nobody answered in time: the seat goes to the one after. The key is the registration's id.

    The timer is not cancelled when the offer is answered: it would be taken while the seminar's lock is held,
    against the order in which this handler takes them. It then finds nothing to do.
    """
    await usecases.expire_offer(ctx.session, UUID(key))
