"""More replicas of events on the same cores and the same PostgreSQL."""

from __future__ import annotations

from functools import partial

from tests.load.benches.registration import Ours
from tests.load.events import provision_streams
from tests.load.figures import Benchmark, Figure, Plot, Report, Scale
from tests.load.house import servers
from tests.load.http import press
from tests.load.rounds import interleave

CLIENTS = 32


async def run(scale: Scale) -> Report:
    """One, two and four replicas take turns under the same load."""
    most, rounds, span = scale.pick(2, 4), scale.pick(1, 3), scale.pick(0.3, 1.5)
    figures, curves = [], {}
    async with servers(scale.folder) as here:
        await provision_streams(here.nats.url)
        database = await here.database("events")
        bases = [await here.service("events", database) for _ in range(most)]
        ours = Ours(here, bases[0])
        for seminars, called in ((1, "one hot seminar"), (100, "100 seminars")):
            sides = {
                f"of{count}": partial(_rate, ours, bases[:count], seminars, span)
                for count in (1, 2, 4)
                if count <= most
            }
            found = await interleave(rounds, **sides)
            alone = found["of1"]
            curves[called] = [(1.0, 1.0)]
            for count in (2, 4):
                if count <= most:
                    case = f"{called}, {count} replicas"
                    figure = Figure(case, "requests/s", found[f"of{count}"], alone, "one replica")
                    figures.append(figure)
                    curves[called].append((float(count), figure.ratio or 0.0))
    title = "Registrations a second as a multiple of one replica’s"
    return Report(figures, [Plot("replicas", title, "replicas", "ratio", curves)], LIMIT)


async def _rate(ours: Ours, bases: list[str], seminars: int, span: float) -> float:
    requests = ours.requests(await ours.seminars(seminars), count=int(3000 * span))
    return (await press(bases, requests, CLIENTS, span, 201)).rate


LIMIT = (
    "Two cores, which PostgreSQL and the load generator share with the replicas: a second replica takes "
    "the core that is left, a third finds none. On one hot seminar the seminar's row is the limit "
    "besides."
)

BENCHMARK = Benchmark(
    "replicas",
    "Replicas",
    "The registration load of 32 clients on one, two and four replicas of the events service, spread "
    "evenly, on one PostgreSQL; one of them leads and publishes.",
    run,
    order=50,
)
