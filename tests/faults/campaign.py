"""One run: a house, stories and a nemesis from one seed, rest, and the verdicts."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from maillage.events.streams import installed_services

from tests.faults import abroad, stories
from tests.faults import nemesis as blows
from tests.faults.abroad import Abroad
from tests.faults.checker import Both, Evidence, judge, judge_both
from tests.faults.client import Client
from tests.faults.harms import NAMES
from tests.faults.history import History
from tests.faults.house.contained import Contained
from tests.faults.house.house import SERVICES, House
from tests.faults.house.launched import Launched
from tests.faults.house.linked import Regions
from tests.faults.nemesis import Nemesis
from tests.faults.settling import until_settled
from tests.faults.stories import Step, Stories
from tests.faults.testimony import crashes

CONTAINERS, REGIONS = "containers", "regions"
HOUSES = {
    "sqlite": lambda folder, services: House(folder, "sqlite", services),
    "embedded": lambda folder, _: Launched(folder, processes=False),
    "launched": lambda folder, _: Launched(folder),
    "postgresql": lambda folder, services: House(folder, "postgresql", services),
    "replicas": lambda folder, services: House(folder, "postgresql", services, replicas=2),
    REGIONS: lambda folder, _: Regions(folder),
    CONTAINERS: lambda folder, _: Contained(folder),
}
"""The kinds of house: a process for each service under the test's own supervision, on either database, with
two replicas of each service; the embedded default, which `maillage up` runs in one process and
`maillage up --processes` in several; two regions that are linked; the composition."""


SLOWEST = 1.5
"""How many times longer than planned the blows may take: some wait for each other, or for the machine."""
LAST_ANSWERS = 30.0
"""Seconds clients go on asking in a house that is whole again; what is not answered then stays unknown."""
TOO_LITTLE = 10


@dataclass(frozen=True)
class Campaign:
    """What a run is to be. `every`: seconds between two blows. `rate`: steps of stories a second."""

    seed: int
    house: str = "sqlite"
    seconds: float = 40.0
    rate: float = 6.0
    every: float = 4.0
    patience: float = 60.0
    harms: tuple[str, ...] = tuple(NAMES)
    services: tuple[str, ...] = SERVICES
    keep: Path | None = None

    @property
    def command(self) -> str:
        """What repeats this run."""
        words = f"--seed {self.seed} --house {self.house} --seconds {self.seconds:g}"
        words += f" --rate {self.rate:g} --every {self.every:g}"
        if self.harms != tuple(NAMES):
            words += f" --harms {','.join(self.harms)}"
        return f"make test-faults FAULTS='{words}'"


@dataclass
class Result:
    """What a run found: complaints by verdict, none when the house kept its word."""

    campaign: Campaign
    complaints: dict[str, list[str]] = field(default_factory=dict)
    evidence: Evidence | Both = field(default_factory=Evidence)

    def report(self, *, everything: bool = False) -> str:
        """For people: what is wrong, the first few of each kind or everything, and how to see it again."""
        if not self.complaints:
            return f"seed {self.campaign.seed} ({self.campaign.house}): the house kept its word"
        lines = [
            f"seed {self.campaign.seed} ({self.campaign.house}): repeat with",
            f"  {self.campaign.command}",
        ]
        for verdict, wrong in self.complaints.items():
            lines += [
                f"  {verdict}: {len(wrong)}",
                *(f"    {each}" for each in (wrong if everything else wrong[:8])),
            ]
        return "\n".join(lines)


async def run(campaign: Campaign, say: Callable[[str], None]) -> Result:
    """Play it. The folder with logs and databases is kept when `keep` says where, else thrown away."""
    if campaign.keep is not None:
        shutil.rmtree(campaign.keep, ignore_errors=True)
        campaign.keep.mkdir(parents=True)
        return await _run_in(campaign, campaign.keep, say)
    with tempfile.TemporaryDirectory(prefix="maillage-faults-") as folder:
        return await _run_in(campaign, Path(folder), say)


async def _run_in(campaign: Campaign, folder: Path, say: Callable[[str], None]) -> Result:
    house = HOUSES[campaign.house](folder, campaign.services)
    regions = house.houses if isinstance(house, Regions) else (house,)
    histories = {each.region: History() for each in regions}
    installed_services()  # imports for seconds, in which no blow would fall
    try:
        await house.start()
        await _play(campaign, house, histories, say)
        if waiting := await until_settled(house, campaign.patience):
            for line in [*waiting, *await house.testify()]:
                say(f"  not at rest: {line}")
        found = [await each.evidence(histories[each.region], waiting) for each in regions]
        for each, evidence in zip(regions, found, strict=True):
            evidence.crashes += crashes(await asyncio.to_thread(each.logs))
    finally:
        for region, history in histories.items():
            history.write(folder / ("history.jsonl" if len(histories) == 1 else f"history-{region}.jsonl"))
        await house.stop()
    for history in histories.values():
        say(history.summary())
    for each in found:
        counted = f"{len(each.stream)} events, {len(each.letters)} dead letters, {len(each.mails)} mails"
        say(f"  {each.region}: {counted}")
    say(f"  restarts: { ({n: p.deaths for n, p in house.processes.items() if p.deaths}) }")
    return _judged(campaign, folder, Both(*found) if len(found) == 2 else found[0], histories)


def _judged(
    campaign: Campaign, folder: Path, evidence: Evidence | Both, histories: dict[str, History]
) -> Result:
    complaints = judge_both(evidence) if isinstance(evidence, Both) else judge(evidence)
    result = Result(campaign, complaints, evidence)
    done = sum(each.acknowledged for history in histories.values() for each in history.operations)
    if done < TOO_LITTLE:
        result.complaints["too_little_was_told"] = [f"{done} requests acknowledged, which proves nothing"]
    if campaign.keep is not None:
        evidence.write(folder / "evidence")
        (folder / "report.txt").write_text(result.report(everything=True), encoding="utf-8")
    return result


async def _play(
    campaign: Campaign, house: House | Regions, histories: dict[str, History], say: Callable[[str], None]
) -> None:
    villain = Nemesis(house, say)
    told, steps = _told(campaign, house, histories)
    harms = villain.able(list(campaign.harms))
    plan = blows.plan(campaign.seed, campaign.seconds, campaign.every, harms)
    say(
        f"seed {campaign.seed}, {campaign.house}: {len(steps)} steps, {len(plan)} blows of {', '.join(harms)}"
    )
    rest = await told.open(steps)
    played = asyncio.create_task(told.play(rest, len(steps) - len(rest)))
    try:
        await villain.strike(plan, campaign.seconds * SLOWEST)
        await villain.heal()
        await asyncio.wait({played}, timeout=LAST_ANSWERS)
        if played.done():
            await played
        await villain.heal()
        await house.until_ready()
    finally:
        played.cancel()
        await asyncio.gather(played, return_exceptions=True)
        await told.close()


def _told(
    campaign: Campaign, house: House | Regions, histories: dict[str, History]
) -> tuple[Stories | Abroad, list[Step]]:
    """Who tells the stories of this house, and their steps."""
    seed, seconds, rate = campaign.seed, campaign.seconds, campaign.rate
    if isinstance(house, Regions):
        steps = stories.plan(seed, seconds, rate, abroad.OPENING, abroad.WEIGHTS)
        return Abroad(house, histories, seed), steps
    client = Client(house, seed)
    return Stories(client, histories[house.region], seed), stories.plan(seed, seconds, rate)
