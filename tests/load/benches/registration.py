"""Registration over HTTP on PostgreSQL, beside a bare endpoint that does nothing but the transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from uuid import uuid4

import asyncpg
import httpx
from maillage.ids import new_id

from tests.load.events import provision_streams
from tests.load.figures import Benchmark, Figure, Plot, Report, Scale, Target
from tests.load.house import Servers, servers
from tests.load.http import prepare, press
from tests.load.rounds import interleave

SEATS = 1_000_000


async def run(scale: Scale) -> Report:
    """Both sides, every number of clients, one hot seminar and a hundred."""
    figures = []
    rounds, span = scale.pick(1, 11), scale.pick(0.3, 1.5)
    async with servers(scale.folder) as here:
        ours, bare = await Ours.start(here), await Bare.start(here)
        for seminars, called in ((1, "one hot seminar"), (100, "100 seminars")):
            for clients in scale.pick((2,), (1, 8, 32)):
                sides = {
                    "ours": partial(ours.rate, seminars, clients, span),
                    "peer": partial(bare.rate, seminars, clients, span),
                }
                for warm_up in sides.values() if not figures else ():
                    await warm_up()
                found = await interleave(rounds, **sides)
                case = f"{called}, {clients} client{'s'[: clients > 1]}"
                target = Target("ratio", "at least", 1.0)
                figures.append(Figure(case, "requests/s", **found, peer_name="bare endpoint", target=target))
    return Report(figures, [_plot(figures)], LIMIT)


class Ours:
    """The events service, one worker, with everything on."""

    def __init__(self, here: Servers, base: str) -> None:
        self.here, self.base = here, base
        self._many: list[str] = []

    @classmethod
    async def start(cls, here: Servers) -> Ours:
        """The service with its stream and its relay at work."""
        await provision_streams(here.nats.url)
        return cls(here, await here.service("events", await here.database("events")))

    async def rate(self, seminars: int, clients: int, span: float) -> float:
        """Registrations a second: each by another person with a token of her own, on new seminars."""
        requests = self.requests(await self.seminars(seminars), count=int(3000 * span))
        return (await press([self.base], requests, clients, span, 201)).rate

    async def seminars(self, count: int) -> list[str]:
        """New ones; when they are many, the same again, for a hundred are never hot."""
        if count == 1:
            return [await publish_seminar(self.base, self.here)]
        while len(self._many) < count:
            self._many.append(await publish_seminar(self.base, self.here))
        return self._many[:count]

    def requests(self, seminars: list[str], count: int) -> Iterator[bytes]:
        """So many registrations, spread over the seminars."""
        addresses = cycle([f"{self.base}/seminars/{key}/registrations" for key in seminars])
        return iter([self._request(next(addresses)) for _ in range(count)])

    def _request(self, address: str) -> bytes:
        headers = {**self.here.tokens.coordinator(), "Idempotency-Key": str(uuid4())}
        return prepare("POST", address, {"answers": {"repas": "végétarien"}}, headers)


class Bare:
    """The peer on the same PostgreSQL, one worker."""

    def __init__(self, base: str, database: str) -> None:
        self._base, self._database = base, database

    @classmethod
    async def start(cls, here: Servers) -> Bare:
        """The peer on a database of its own."""
        database = await here.database("bare")
        return cls(await here.bare(database), database)

    async def rate(self, seminars: int, clients: int, span: float) -> float:
        """Registrations a second, the same load."""
        keys = [new_id() for _ in range(seminars)]
        connection = await asyncpg.connect(self._database)
        await connection.executemany(
            "INSERT INTO seminar (id, title, capacity, confirmed) VALUES ($1, 'Séminaire', $2, 0)",
            [(key, SEATS) for key in keys],
        )
        await connection.close()
        addresses = cycle([f"{self._base}/seminars/{key}/registrations" for key in keys])
        requests = iter([self._request(next(addresses)) for _ in range(int(3000 * span))])
        return (await press([self._base], requests, clients, span, 201)).rate

    def _request(self, address: str) -> bytes:
        return prepare("POST", address, {"coordinator_id": str(new_id()), "answers": {"repas": "végétarien"}})


async def publish_seminar(base: str, here: Servers) -> str:
    """A published seminar with seats for everyone; its id."""
    begin = datetime.now(UTC) + timedelta(days=30)
    body = {
        "title": "Séminaire de Giens",
        "starts_at": begin.isoformat(),
        "ends_at": (begin + timedelta(days=1)).isoformat(),
        "capacity": 100_000,
    }
    async with httpx.AsyncClient(headers=here.tokens.animator(), timeout=60) as client:
        made = await client.post(f"{base}/seminars", json=body)
        assert made.status_code == 201, made.text
        key = str(made.json()["id"])
        done = await client.post(f"{base}/seminars/{key}/publish")
        assert done.status_code == 200, done.text
    return key


def _plot(figures: list[Figure]) -> Plot:
    curves: dict[str, list[tuple[float, float]]] = {}
    for figure in figures:
        called, _, clients = figure.case.partition(", ")
        curves.setdefault(called, []).append((float(clients.split()[0]), figure.ratio or 0))
    title = "Registrations a second as a multiple of the bare endpoint’s"
    return Plot("registration", title, "clients", "ratio (1: as many as the bare endpoint)", curves, "x")


LIMIT = "The service's one process: its core is busy while PostgreSQL and the load share the other."

ABOUT = """\
`POST /seminars/{id}/registrations` on PostgreSQL with its syncs on; token, idempotency key, telemetry,
rate limit and journal on, the relay publishing meanwhile. Every request is another person's with a token
of her own. Beside it `tests/load/bare.py`: FastAPI, SQLAlchemy Core and asyncpg doing SELECT … FOR
UPDATE, insert, update and outbox insert in one transaction, without any of these. One uvicorn worker
each, same PostgreSQL, same load generator, rounds in turn."""

BENCHMARK = Benchmark(
    "registration",
    "Registration over HTTP",
    ABOUT,
    run,
    order=10,
)
