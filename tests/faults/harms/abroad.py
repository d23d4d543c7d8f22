"""What happens between two regions, and to either of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime

from maillage.events.streams import feed_stream, public_stream

from tests.faults.checker.evidence import consumer_filters
from tests.faults.harms.base import Harm
from tests.faults.harms.messages import Malformed
from tests.faults.harms.stores import FullBus, LoseTail
from tests.faults.house.house import House
from tests.faults.house.linked import Linked, Regions


class OfEither(Harm):
    """A harm to the house of one region or the other, whichever the dice say."""

    def __init__(self, regions: Regions, make: Callable[[House], Harm]) -> None:
        self._at = {house.region: make(house) for house in regions.houses}

    def possible(self) -> bool:
        return all(harm.possible() for harm in self._at.values())

    async def strike(self, dice: random.Random, seconds: float) -> str:
        region = dice.choice(sorted(self._at))
        return f"{region}: {await self._at[region].strike(dice, seconds)}"

    async def heal(self) -> str | None:
        done = [(region, await harm.heal()) for region, harm in self._at.items()]
        return ", ".join(f"{region}: {what}" for region, what in done if what) or None


class Link(Harm):
    """Something done to the cable between the regions, for a moment or for long."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions

    def harm(self, dice: random.Random) -> str:
        """Do it; what was done."""
        raise NotImplementedError

    async def strike(self, dice: random.Random, seconds: float) -> str:
        what = self.harm(dice)
        await asyncio.sleep(seconds * dice.choice((0.2, 1, 3)))
        self._regions.link.mend()
        if dice.random() < 0.5:
            return what
        for house in self._regions.houses:
            await house.pick_up()
        return f"{what}, and picked up at once"

    async def heal(self) -> str | None:
        self._regions.link.mend()
        return None


class CutLink(Link):
    """No connection between the two servers for a while."""

    def harm(self, dice: random.Random) -> str:
        self._regions.link.cut()
        return "the link was cut"


class PullLink(Link):
    """Nothing comes through and no connection ends: each server believes the other to be there."""

    def harm(self, dice: random.Random) -> str:
        self._regions.link.pull()
        return "the cable was pulled"


class SlowLink(Link):
    """Everything between the regions is late."""

    def harm(self, dice: random.Random) -> str:
        self._regions.link.delay = dice.uniform(0.05, 2.0)
        return f"the link was slowed by {self._regions.link.delay:.2f} s"


class AtHome(Harm):
    """Done to the house of one region, by what it hears of the other."""

    house: Linked

    @property
    def feed(self) -> str:
        """Its copy of what the other region lets out."""
        return feed_stream(self.house.peer)

    def reader(self, dice: random.Random) -> str:
        """One of those who read it."""
        return dice.choice(sorted(consumer_filters(self.house.services, abroad=True)))


class LateAbroad(AtHome):
    """A service is given nothing of the other region's for a while."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = self.reader(dice)
        until = datetime.fromtimestamp(datetime.now(UTC).timestamp() + seconds, UTC)
        async with self.house.bus() as client:
            await client.jetstream(timeout=5).pause_consumer(self.feed, name, until.isoformat())
        return f"{name} was given nothing of {self.house.peer} for {seconds:.1f} s"


class ReplayAbroad(AtHome):
    """A service is given everything of the other region's again."""

    async def strike(self, dice: random.Random, seconds: float) -> str:
        name = self.reader(dice)
        async with self.house.bus() as client:
            await client.jetstream(timeout=5).reset_consumer(self.feed, name, seq=1)
        return f"{name} reads {self.house.peer} from the start"


class MalformedAbroad(Malformed):
    """What is no event, on subjects that the other region reads."""

    def types(self) -> list[str]:
        return sorted(set().union(*consumer_filters(self.house.services, abroad=True).values()))


class FullCopy(FullBus):
    """No room left in what a region lets out, or in its copy of the other's: the server can copy nothing."""

    house: Linked

    def streams(self) -> tuple[str, ...]:
        return (public_stream(self.house.region), feed_stream(self.house.peer))


class LoseCopy(LoseTail):
    """The last bytes of what a region lets out, or of its copy of the other's, never reached the disk."""

    house: Linked

    def stream(self, dice: random.Random) -> str:
        return dice.choice((public_stream(self.house.region), feed_stream(self.house.peer)))
