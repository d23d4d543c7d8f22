"""The harms a nemesis can do, by name. Each strikes, ends after a while, and can be healed at any time."""

from collections.abc import Callable

from tests.faults.harms.base import Harm
from tests.faults.harms.kills import KillBus, KillService, StopDatabase
from tests.faults.house.house import House

HARMS: dict[str, Callable[[House], Harm]] = {
    "kill-service": KillService,
    "kill-bus": KillBus,
    "stop-database": StopDatabase,
}
