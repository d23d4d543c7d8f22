"""What an operation costs as the data grow: 1, 10 and 100 times Provence-Alpes-Côte d'Azur."""

from __future__ import annotations

import time
from statistics import median

import httpx
from maillage.testing.tokens import TokenFactory
from maillage_directory.app import service

from tests.load.figures import Benchmark, Figure, Plot, Report, Scale, Target
from tests.load.grown import Region, fill_directory, region
from tests.load.house import servers

BASE = "/api/directory/v1"
BOUND = 3.0
"""From 1× to 100× a logarithmic cost grows by log2(7000) / log2(70) = 2.1; a linear one by 100."""
FEWEST, ENOUGH = 3, 1500
"""A slow operation is asked three times at least, and no more after so many milliseconds."""


async def run(scale: Scale) -> Report:
    """Each operation at each size, on SQLite and on PostgreSQL."""
    sizes = scale.pick((1, 2), (1, 10, 100))
    curves: dict[str, list[tuple[float, float]]] = {}
    async with servers(scale.folder) as here:
        for size in sizes:
            grown = region(size)
            urls = {
                "SQLite": f"sqlite:///{scale.folder}/directory-{size}.db",
                "PostgreSQL": await here.database(f"directory-{size}"),
            }
            for database, url in urls.items():
                await fill_directory(url, grown)
                for name, spent in (await _costs(url, grown, scale.pick(2, 30))).items():
                    curves.setdefault(f"{name}, {database}", []).append((size, spent))
    figures = [_figure(name, points) for name, points in curves.items()]
    title = "Cost of an operation as the data grow"
    axis = f"data, as multiples of {len(region(1).cpts)} CPTS and {len(region(1).people)} people"
    return Report(figures, [Plot("growth", title, axis, "milliseconds, median", curves, "xy")], LIMIT)


def _figure(name: str, points: list[tuple[float, float]]) -> Figure:
    """The cost at the largest size beside the one at the smallest."""
    bound = None if name.startswith(SWEEPS) else Target("ratio", "at most", BOUND)
    (_, first), (size, last) = points[0], points[-1]
    return Figure(f"{name}, {size:g}×", "ms", [last], [first], "at 1×", bound)


async def _costs(url: str, grown: Region, times: int) -> dict[str, float]:
    """The median milliseconds of each operation in this process, from request to answer."""
    tokens = TokenFactory()
    unlimited = {"rate_limit_person": "", "rate_limit_anonymous": ""}
    settings = service.settings(database_url=url, migrate_on_start=False, **unlimited)
    app = service.build(settings, workers=False, keys=tokens.keys)
    headers = tokens.coordinator(grown.people[0])
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client,
    ):
        tag = (await client.get(f"{BASE}/map.geojson")).headers["ETag"]
        asked: dict[str, tuple[str, dict[str, str]]] = {
            "a page of the list of people": ("/coordinators", {}),
            "a page of the list of CPTS": ("/cpts", {}),
            "a profile": (f"/coordinators/{grown.people[-1]}", {}),
            "search by word": (f"/coordinators?q={grown.rare_word}", {}),
            "map, unchanged": ("/map.geojson", {"If-None-Match": tag}),
            "map, whole": ("/map.geojson", {}),
        }
        return {name: await _median(client, BASE + path, more, times) for name, (path, more) in asked.items()}


async def _median(client: httpx.AsyncClient, path: str, headers: dict[str, str], times: int) -> float:
    spent: list[float] = []
    for number in range(times + 1):
        if len(spent) >= FEWEST and sum(spent) > ENOUGH:
            break
        began = time.perf_counter()
        answer = await client.get(path, headers=headers)
        assert answer.status_code in (200, 304), answer.text
        if number:
            spent.append((time.perf_counter() - began) * 1000)
    return median(spent)


SWEEPS = ("search by word", "map")
"""Read whatever they answer about: no index makes them less."""

LIMIT = (
    "The map is as large as the region; whether it changed is a sum over the rows' versions. A search by the "
    "beginning of a word reads the names of all, in both databases."
)

ABOUT = """\
The directory's operations in one process, without a network between, by a member who is signed in: median
time from request to answer with the data of Provence-Alpes-Côte d'Azur (70 CPTS, 62 people), ten times and
a hundred times as much. The ratio is the cost at the largest size to the one at 1×.
"""

BENCHMARK = Benchmark("growth", "Growth", ABOUT, run, order=80)
