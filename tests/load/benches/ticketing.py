"""Registration over HTTP beside an established ticketing system, which is asked for by name only."""

from __future__ import annotations

from functools import partial

from tests.load.benches.registration import SEATS, Ours
from tests.load.figures import Benchmark, Figure, Plot, Report, Scale
from tests.load.house import servers
from tests.load.http import press
from tests.load.rounds import interleave
from tests.load.ticketing.house import Pretix, start

PEER = "pretix 2026.8"


async def run(scale: Scale) -> Report:
    """Both sides, every number of clients, one hot seminar and a hundred."""
    figures: list[Figure] = []
    rounds, span = scale.pick(1, 3), scale.pick(0.5, 3.0)
    many = scale.pick(2, 100)
    async with servers(scale.folder) as here:
        pretix = await start(here, many, SEATS)
        ours = await Ours.start(here)
        for seminars, called in ((1, "one hot seminar"), (many, f"{many} seminars")):
            for clients in scale.pick((2,), (1, 8, 32)):
                sides = {
                    "ours": partial(ours.rate, seminars, clients, span),
                    "peer": partial(_orders, pretix, seminars, clients, span),
                }
                for warm_up in sides.values() if not figures else ():
                    await warm_up()
                found = await interleave(rounds, **sides)
                case = f"{called}, {clients} client{'s'[: clients > 1]}"
                figures.append(Figure(case, "requests/s", found["ours"], found["peer"], PEER))
    return Report(figures, [_plot(figures)], LIMIT)


async def _orders(pretix: Pretix, events: int, clients: int, span: float) -> float:
    """Orders a second, the same load."""
    requests = iter(pretix.orders(events, int(500 * span)))
    return (await press([pretix.base], requests, clients, span, 201)).rate


def _plot(figures: list[Figure]) -> Plot:
    curves: dict[str, list[tuple[float, float]]] = {}
    for figure in figures:
        called, _, clients = figure.case.partition(", ")
        curves.setdefault(called, []).append((float(clients.split()[0]), figure.ratio or 0))
    title = f"Registrations a second as a multiple of {PEER}’s orders"
    return Plot("ticketing", title, "clients", "ratio (1: as many as pretix)", curves, "x")


LIMIT = (
    "Here the service's one process, there one worker of pretix, which does more for an order than a "
    "registration needs (prices, taxes, a secret for each ticket, a log of every step)."
)

ABOUT = """\
The same load as above beside [pretix](https://pretix.eu), a ticketing system that many organisers run
themselves: `POST …/orders/` for one free ticket with a key of its API and an idempotency key, on the same
PostgreSQL, one gunicorn worker with eight threads, installed from its package into an environment of its
own. It is not among what `make bench` measures by itself, for its packages are half a gigabyte:
`make bench BENCH=ticketing`."""

BENCHMARK = Benchmark("ticketing", "Beside an established ticketing system", ABOUT, run, order=12, aside=True)
