"""The harms a nemesis can do, by name. Each strikes, ends after a while, and can be healed at any time."""

from collections.abc import Callable

from tests.faults.harms.abroad import (
    CutLink,
    FullCopy,
    LateAbroad,
    Link,
    LoseCopy,
    MalformedAbroad,
    OfEither,
    PullLink,
    ReplayAbroad,
    SlowLink,
)
from tests.faults.harms.base import Harm
from tests.faults.harms.clocks import MoveAllClocks, MoveOneClock
from tests.faults.harms.connections import CutBus, CutDatabase, SlowBus, SlowDatabase
from tests.faults.harms.containers import CutContainer, FreezeServer, FullVolume, StopContainer
from tests.faults.harms.hands import DropConsumer, EndSessions, FreezeLeader, LockTables, ReadOnlyDatabase
from tests.faults.harms.kills import Freeze, FreezeBus, KillBus, KillService, StopDatabase
from tests.faults.harms.launcher import (
    KillHouse,
    KillWhileStarting,
    LoseStoreAtRest,
    LoseStoreAtWork,
    RestartedBus,
)
from tests.faults.harms.messages import Late, Malformed, Oversized, Replay, Stale, Twice
from tests.faults.harms.stores import FullBus, FullDisk, LoseStore, LoseTail, SpoilStream
from tests.faults.house.house import House
from tests.faults.house.linked import Linked, Regions

HARMS: dict[str, Callable[[House], Harm]] = {
    "kill-service": KillService,
    "kill-bus": KillBus,
    "freeze-service": Freeze,
    "freeze-bus": FreezeBus,
    "freeze-leader": FreezeLeader,
    "stop-database": StopDatabase,
    "end-sessions": EndSessions,
    "read-only-database": ReadOnlyDatabase,
    "lock-tables": LockTables,
    "cut-bus": CutBus,
    "slow-bus": SlowBus,
    "cut-database": CutDatabase,
    "slow-database": SlowDatabase,
    "full-bus": FullBus,
    "full-disk": FullDisk,
    "lose-tail": LoseTail,
    "lose-store": LoseStore,
    "spoil-stream": SpoilStream,
    "drop-consumer": DropConsumer,
    "kill-house": KillHouse,
    "kill-while-starting": KillWhileStarting,
    "lose-store-at-rest": LoseStoreAtRest,
    "lose-store-at-work": LoseStoreAtWork,
    "restarted-bus": RestartedBus,
    "stop-container": StopContainer,
    "cut-container": CutContainer,
    "freeze-server": FreezeServer,
    "full-volume": FullVolume,
    "one-clock": MoveOneClock,
    "all-clocks": MoveAllClocks,
    "twice": Twice,
    "stale": Stale,
    "late": Late,
    "malformed": Malformed,
    "oversized": Oversized,
    "replay": Replay,
}

LINK: dict[str, Callable[[Regions], Link]] = {
    "cut-link": CutLink,
    "pull-link": PullLink,
    "slow-link": SlowLink,
}
"""To what is between two regions."""
ABROAD: dict[str, Callable[[Linked], Harm]] = {
    "full-copy": FullCopy,
    "lose-copy": LoseCopy,
    "late-abroad": LateAbroad,
    "malformed-abroad": MalformedAbroad,
    "replay-abroad": ReplayAbroad,
}
"""To the house of a region that is linked to another."""
NAMES = (*HARMS, *LINK, *ABROAD)


def harms_to(house: House | Regions) -> dict[str, Harm]:
    """Those that can be done to this house, or to these two."""
    if isinstance(house, Regions):
        of_either = {name: OfEither(house, make) for name, make in {**HARMS, **ABROAD}.items()}
        return {name: it for name, it in of_either.items() if it.possible()} | {
            name: make(house) for name, make in LINK.items()
        }
    made = {name: make(house) for name, make in HARMS.items()}
    return {name: harm for name, harm in made.items() if harm.possible()}
