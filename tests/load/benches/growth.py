"""What an operation costs as the data grow: 1, 10 and 100 times Provence-Alpes-Côte d'Azur."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from statistics import median
from typing import Any
from uuid import uuid4

import httpx
from maillage.service import Service
from maillage.testing.tokens import TokenFactory
from maillage_directory.app import service as directory
from maillage_events.app import service as events
from maillage_mentoring.app import service as mentoring
from maillage_notifications.app import service as notifications

from tests.load.figures import Benchmark, Figure, Plot, Report, Scale, Target
from tests.load.grown import Region, fill_directory, region
from tests.load.grown_services import fill_events, fill_inboxes, fill_mentoring
from tests.load.house import servers

BOUND = 3.0
"""From 1× to 100× a logarithmic cost grows by log2(7000) / log2(70) = 2.1; a linear one by 100."""
FEWEST, ENOUGH = 3, 1500
"""A slow operation is asked three times at least, and no more after so many milliseconds."""

Ask = Callable[[], Awaitable[httpx.Response]]
Costs = dict[str, float]


async def run(scale: Scale) -> Report:
    """Each operation at each size, on SQLite and on PostgreSQL."""
    sizes, times = scale.pick((1, 2), (1, 10, 100)), scale.pick(2, 25)
    curves: dict[str, list[tuple[float, float]]] = {}
    async with servers(scale.folder) as here:
        for size in sizes:
            grown = region(size)
            for name, costs in SERVICES.items():
                urls = {
                    "SQLite": f"sqlite:///{scale.folder}/{name}-{size}.db",
                    "PostgreSQL": await here.database(f"{name}-{size}"),
                }
                for database, url in urls.items():
                    for case, spent in (await costs(url, grown, size, times)).items():
                        curves.setdefault(f"{case}, {database}", []).append((size, spent))
    figures = [_figure(name, points) for name, points in curves.items()]
    axis = f"data, as multiples of {len(region(1).cpts)} CPTS and {len(region(1).people)} people"
    plots = [_plot(database, axis, curves) for database in ("SQLite", "PostgreSQL")]
    return Report(figures, plots, LIMIT)


def _figure(name: str, points: list[tuple[float, float]]) -> Figure:
    """The cost at the largest size beside the one at the smallest."""
    bound = None if name.startswith(SWEEPS) else Target("ratio", "at most", BOUND)
    (_, first), (size, last) = points[0], points[-1]
    return Figure(f"{name}, {size:g}×", "ms", [last], [first], "at 1×", bound)


def _plot(database: str, axis: str, curves: dict[str, list[tuple[float, float]]]) -> Plot:
    title = f"Cost of an operation as the data grow, {database}"
    own = {
        name.removesuffix(f", {database}"): points
        for name, points in curves.items()
        if name.endswith(database)
    }
    return Plot(f"growth-{database.lower()}", title, axis, "milliseconds, median", own, "xy")


async def _directory(url: str, grown: Region, _: float, times: int) -> Costs:
    await fill_directory(url, grown)
    async with _started(directory, url) as (client, tokens):
        client.headers.update(tokens.coordinator(grown.people[0]))
        tag = {"If-None-Match": (await client.get("map.geojson")).headers["ETag"]}
        paths: dict[str, tuple[str, dict[str, str]]] = {
            "a page of the list of people": ("coordinators", {}),
            "a page of the list of CPTS": ("cpts", {}),
            "a profile": (f"coordinators/{grown.people[-1]}", {}),
            "search by word": (f"coordinators?q={grown.rare_word}", {}),
            "map, unchanged": ("map.geojson", tag),
            "map, kept": ("map.geojson", {}),
        }
        costs = {
            case: await _median(partial(client.get, path, headers=more), times)
            for case, (path, more) in paths.items()
        }
        asked = partial(client.get, "map.geojson")
        change = partial(_change, client, tokens.animator(), f"cpts/{grown.cpts[0]}")
        costs["map, made after a change"] = await _median(asked, times, before=change)
        return costs


async def _change(client: httpx.AsyncClient, animator: dict[str, str], cpts: str) -> None:
    """Something on the map."""
    now = await client.get(cpts)
    sent = {**animator, "If-Match": now.headers["ETag"]}
    population = {"population": now.json()["population"] + 1}
    (await client.patch(cpts, json=population, headers=sent)).raise_for_status()


async def _events(url: str, grown: Region, size: float, times: int) -> Costs:
    seminar = await fill_events(url, grown, size)
    async with _started(events, url) as (client, tokens):
        newcomers = iter(grown.people[-times - 1 :])

        async def register() -> httpx.Response:
            headers = {**tokens.coordinator(next(newcomers)), "Idempotency-Key": str(uuid4())}
            return await client.post(f"seminars/{seminar}/registrations", json={}, headers=headers)

        return {"registration": await _median(register, times)}


async def _inbox(url: str, grown: Region, size: float, times: int) -> Costs:
    reader = await fill_inboxes(url, grown, size)
    async with _started(notifications, url) as (client, tokens):
        client.headers.update(tokens.coordinator(reader))
        return {"inbox": await _median(partial(client.get, "me/notifications?limit=20"), times)}


async def _matching(url: str, grown: Region, _: float, times: int) -> Costs:
    mentee, request = await fill_mentoring(url, grown)
    async with _started(mentoring, url) as (client, tokens):
        client.headers.update(tokens.coordinator(mentee))
        return {"matching": await _median(partial(client.get, f"requests/{request}/suggestions"), times)}


SERVICES = {"directory": _directory, "events": _events, "notifications": _inbox, "mentoring": _matching}


@asynccontextmanager
async def _started(service: Service, url: str) -> AsyncIterator[tuple[httpx.AsyncClient, TokenFactory]]:
    """A service in this process on a database with its tables, and who may call it."""
    tokens = TokenFactory()
    settings: dict[str, Any] = {"rate_limit_person": "", "rate_limit_anonymous": ""}
    app = service.build(
        service.settings(database_url=url, migrate_on_start=False, **settings),
        workers=False,
        keys=tokens.keys,
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url=f"http://bench/api/{service.name}/v1/"
        ) as client,
    ):
        yield client, tokens


async def _median(ask: Ask, times: int, before: Callable[[], Awaitable[None]] | None = None) -> float:
    """Milliseconds from request to answer, without `before`; the first answer warms up and does not count."""
    spent: list[float] = []
    for number in range(times + 1):
        if len(spent) >= FEWEST and sum(spent) > ENOUGH:
            break
        if before is not None:
            await before()
        began = time.perf_counter()
        answer = await ask()
        assert answer.status_code in (200, 201, 304), answer.text
        if number:
            spent.append((time.perf_counter() - began) * 1000)
    return median(spent)


SWEEPS = ("map, made after a change", "matching")
"""Read or write whatever they answer about: no index makes them less."""

LIMIT = (
    "A map is as large as the region: what changed is made again, and all of it joined and sent, five "
    "megabytes at 100×; what changed is told by sums over the rows' versions. A search by the beginning of a "
    "word reads the names of all. Matching looks at what every mentor with room offers, at where those work "
    "who could come among the first by that, and at the rest only of those who still can by both."
)

ABOUT = """\
The five operations in one process, without a network between: directory, registration for a seminar that half
of the people are registered for, the inbox of somebody whose own messages grow with the rest, the mentors
suggested to a mentee. Median time from request to answer with the data of Provence-Alpes-Côte d'Azur (70
CPTS, 62 people), ten times and a hundred times as much. The ratio is the cost at the largest size to the one
at 1×.
"""

BENCHMARK = Benchmark("growth", "Growth", ABOUT, run, order=80)
