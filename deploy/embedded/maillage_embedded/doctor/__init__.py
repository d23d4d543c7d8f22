"""`maillage doctor`: looks at everything a house needs and says what to do about what is missing."""

from collections.abc import Callable

from maillage_embedded.doctor import machine, neighbours
from maillage_embedded.doctor.finding import Finding, Findings, Level
from maillage_embedded.lock import AlreadyRunningError, holder_of
from maillage_embedded.plan import Plan

__all__ = ["Finding", "Level", "examine"]

Look = Callable[[Plan, AlreadyRunningError | None], Findings]

LOOKS: list[Look] = [
    machine.configuration,
    machine.programs,
    machine.folder,
    machine.disk,
    machine.databases,
    machine.ports,
    neighbours.answering,
    neighbours.nats_rights,
    neighbours.mail,
    neighbours.clock,
]


async def examine(plan: Plan) -> Findings:
    """Every finding, in the order in which one would repair."""
    running = holder_of(plan.home.lock)
    for look in LOOKS:
        async for finding in look(plan, running):
            yield finding
