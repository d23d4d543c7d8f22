"""One run from beginning to end: a bench is laid, the groups are made one after another, a report is left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import nats
from maillage.events.names import events_stream, feed_stream
from nats.aio.client import Client
from nats.errors import Error, NoServersError
from nats.js.errors import NotFoundError

from maillage_conform.accounts import Pair
from maillage_conform.bench import Bench
from maillage_conform.checks import GROUPS, MADE
from maillage_conform.checks.base import Group, Result, Status, Verdicts
from maillage_conform.checks.schema import schemas
from maillage_conform.messages import PREFIX
from maillage_conform.plan import Plan, User
from maillage_conform.probe import Probe
from maillage_conform.sandbox import Sandbox
from maillage_conform.service import Commanded, Launched, Service
from maillage_conform.tape import Tape
from maillage_conform.texts import Text, Unusable

Progress = Callable[[Group], None]


@dataclass
class Report:
    """The results, in the order in which they are read."""

    plan: Plan
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0
    groups: dict[str, list[Result]] = field(default_factory=dict)
    last_words: str = ""

    @property
    def results(self) -> list[Result]:
        """Every check's result."""
        return [result for results in self.groups.values() for result in results]

    def count(self, status: Status) -> int:
        """How many checks came out so."""
        return sum(result.status is status for result in self.results)

    @property
    def complete(self) -> bool:
        """Whether every check was made."""
        return not self.count(Status.NOT_CHECKED)

    @property
    def exit_status(self) -> int:
        """0: nothing failed. 1: something did. 2: nothing could be checked."""
        if self.count(Status.FAILED):
            return 1
        return 0 if self.count(Status.PASSED) else 2


async def conform(
    plan: Plan, progress: Progress = lambda group: None, within: tuple[Sandbox, Pair] | None = None
) -> Report:
    """Make the checks. Raises Unusable when they cannot be begun or gone on with.

    `within`: a sandbox that runs already and the service's place in it, instead of one made for this run.
    """
    report, begun = Report(plan), time.monotonic()
    async with bench_for(plan, within) as bench:
        made = {group.name: await _make(group, bench, progress) for group in _wanted(plan)}
        if isinstance(bench.service, Launched):
            report.last_words = bench.service.last_words()
    report.groups = {group.name: made[group.name] for group in GROUPS if group.name in made}
    report.seconds = time.monotonic() - begun
    return report


def _wanted(plan: Plan) -> list[Group]:
    return [group for group in MADE if not plan.only or group.name in plan.only]


async def _make(group: Group, bench: Bench, progress: Progress) -> list[Result]:
    progress(group)
    verdicts, begun = Verdicts(), time.monotonic()
    try:
        await group.run(bench, verdicts)
    except (Error, TimeoutError, OSError) as error:
        lost = Text(
            f"La liaison avec NATS s'est interrompue ({type(error).__name__}).",
            f"The connection to NATS broke ({type(error).__name__}).",
        )
        for check in group.checks:
            verdicts.not_checked(check, lost)
    each = (time.monotonic() - begun) / len(group.checks)
    return [replace(verdicts.results[check.id], seconds=each) for check in group.checks]


@asynccontextmanager
async def bench_for(plan: Plan, within: tuple[Sandbox, Pair] | None = None) -> AsyncIterator[Bench]:
    """The bench a plan asks for: a sandbox with the service in it, or someone's server as it stands."""
    async with AsyncExitStack() as stack:
        sandbox: Sandbox | None = None
        service: Service | None = None
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="maillage-conform-")))
        if plan.command:
            if within is None:
                pair = sandbox_pair(plan)
                within = await stack.enter_async_context(Sandbox(folder, [pair])), pair
            sandbox, pair = within
            plan = inside(plan, pair, sandbox.url, folder / "data")
        bench = await stack.enter_async_context(_connected(plan, sandbox))
        if plan.command:
            service = launched = Launched(plan.command, environment(plan), folder / "service.log")
            launched.start()
            stack.callback(launched.kill)
        elif plan.restart_command:
            service = Commanded(plan.restart_command)
        bench.service = service
        await _first_signs(bench)
        yield bench


def sandbox_pair(plan: Plan) -> Pair:
    """The two regions of a sandbox, with the public types crossing."""
    return Pair(plan.region, plan.peer, [f"{plan.peer}.{kind.removeprefix(PREFIX)}.>" for kind in schemas()])


def inside(plan: Plan, pair: Pair, url: str, data: Path) -> Plan:
    """The plan, once the sandbox is there."""
    data.mkdir(exist_ok=True)
    return replace(
        plan,
        server=url,
        operator=User(pair.operator, pair.operator_password),
        peer_user=User(pair.peer_operator, pair.operator_password),
        service_user=User(pair.service, pair.password),
        data_dir=plan.data_dir or data,
    )


def environment(plan: Plan) -> dict[str, str]:
    """What the service under test is told."""
    return {
        "MAILLAGE_REGION": plan.region,
        "MAILLAGE_PEER_REGIONS": plan.peer,
        "MAILLAGE_NATS_URL": plan.server or "",
        "MAILLAGE_NATS_USER": plan.service_user.name or "",
        "MAILLAGE_NATS_PASSWORD": plan.service_user.password or "",
        "MAILLAGE_DATA_DIR": str(plan.data_dir),
    }


@asynccontextmanager
async def _connected(plan: Plan, sandbox: Sandbox | None) -> AsyncIterator[Bench]:
    url = plan.server or ""
    ours = await _connect(url, plan.operator, plan.arrival)
    theirs = await _connect(
        plan.peer_server or url, plan.peer_user if plan.peer_user.given else plan.operator, plan.arrival
    )
    operator, peer = ours.jetstream(timeout=plan.arrival), theirs.jetstream(timeout=plan.arrival)
    tape, feed = Tape(operator, events_stream(plan.region)), Tape(operator, feed_stream(plan.peer))
    try:
        for each in (tape, feed):
            await each.start()
        probe = Probe(plan, plan.data_dir)
        yield Bench(plan, peer, operator, tape, feed, probe, None, sandbox, url)
    except NotFoundError as error:
        raise Unusable(_no_stream(plan)) from error
    finally:
        for client in (ours, theirs):
            await client.close()


async def _connect(url: str, user: User, patience: float) -> Client:
    try:
        return await nats.connect(
            [each.strip() for each in url.split(",")],
            name="maillage-conform",
            connect_timeout=patience,
            allow_reconnect=False,
            max_reconnect_attempts=1,  # or the client tries for two minutes
            error_cb=_ignore,
            **user.options(),
        )
    except (Error, NoServersError, OSError, TimeoutError) as error:
        raise Unusable(
            Text(
                f"NATS ne répond pas sur {url}, ou refuse ce compte ({error}).",
                f"NATS does not answer at {url}, or refuses this user ({error}).",
            )
        ) from error


async def _ignore(_: Exception) -> None:
    """What stops the run is reported by whoever meets it."""


async def _first_signs(bench: Bench) -> None:
    """Give a service that starts time to say its first word, and to be ready for what is said to it."""
    service, begun = bench.service, time.monotonic()
    launched = isinstance(service, Launched)
    patience = max(bench.plan.deadline, bench.plan.start if launched else 0.0)
    alive = service is None or service.alive is not False
    while alive and not bench.tape.seen and not await bench.consumers():
        if time.monotonic() > begun + patience:
            break
        await asyncio.sleep(0.1)
        alive = service is None or service.alive is not False
    bench.start_seconds = time.monotonic() - begun
    if isinstance(service, Launched) and not service.alive:
        words = service.last_words()
        raise Unusable(
            Text(f"La commande s'est arrêtée aussitôt :\n{words}", f"The command ended at once:\n{words}")
        )
    if not bench.seminar:
        await bench.tape.until(lambda seen: bench.seminar is not None, min(bench.plan.deadline, 10))


def _no_stream(plan: Plan) -> Text:
    own, feed = events_stream(plan.region), feed_stream(plan.peer)
    return Text(
        f"Les flux {own} et {feed} doivent exister dans le compte de {plan.region} (maillage region add, "
        f"puis "
        "maillage provision).",
        f"The streams {own} and {feed} must exist in {plan.region}'s account (maillage region add, then "
        "maillage provision).",
    )
