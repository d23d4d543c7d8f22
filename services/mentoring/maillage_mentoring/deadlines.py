"""What happens when a deadline of this service is due: reminders, expiries, ends of pauses."""

from uuid import UUID

from maillage.timers import TimerContext, Timers

from maillage_mentoring import usecases
from maillage_mentoring.usecases.asking import EXPIRY, NUDGE
from maillage_mentoring.usecases.mentors import RESUME

timers = Timers()


@timers.on(NUDGE)
async def remind_mentor(key: str, ctx: TimerContext) -> None:
    await usecases.nudge(ctx.session, UUID(key))


@timers.on(EXPIRY)
async def expire_proposal(key: str, ctx: TimerContext) -> None:
    await usecases.expire(ctx.session, UUID(key), ctx.settings)


@timers.on(RESUME)
async def resume_mentor(key: str, ctx: TimerContext) -> None:
    await usecases.resume(ctx.session, UUID(key), ctx.settings)
