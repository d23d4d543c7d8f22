"""What the house weighs, in one process and in many, and how long it takes to be there."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from maillage.testing.processes import die_with_parent, free_port

from tests.load.embedded import Up, anonymous, rss
from tests.load.events import provision_streams
from tests.load.figures import Benchmark, Figure, Report, Scale, Target
from tests.load.grown import put, region
from tests.load.house import servers

SERVICES = ("directory", "events", "mentoring", "notifications", "catalogue")
PATHS = {"directory": ("/cpts", "/map.geojson", "/groups"), "events": ("/seminars",)}


async def run(scale: Scale) -> Report:
    """The whole in one process, then each service in its own, after some work."""
    figures = await asyncio.to_thread(_together, scale)
    async with servers(scale.folder) as here:
        await provision_streams(here.nats.url)
        for name in scale.pick(SERVICES[:1], SERVICES):
            base = await here.service(name, await here.database(name))
            await _work(base, name, scale.pick(20, 200))
            figures += _figures(name, _process_of(name))
        figures += await _portal(scale)
    return Report(figures, limit=LIMIT)


def _together(scale: Scale) -> list[Figure]:
    up = Up(scale.folder / "data")
    up.start()
    up.stop()
    asyncio.run(put(f"sqlite:///{up.data}/directory.db", region(1).rows))
    up.start()
    up.settle()
    up.stop()
    starts, ours, bus = [], [], []
    for _ in range(scale.pick(1, 3)):
        up.start()
        starts.append(up.seconds)
        for _ in range(scale.pick(5, 50)):
            for path in ("/", "/annuaire", "/seminaires", "/api/directory/v1/cpts"):
                httpx.get(up.url + path, timeout=30).raise_for_status()
        weights = up.weights()
        bus.append(weights.pop("nats-server"))
        ours.append(sum(weights.values()))
        up.stop()
    whole = [one + other for one, other in zip(ours, bus, strict=True)]
    return [
        Figure("maillage up on existing data, ready", "s", starts, target=Target("value", "at most", 6)),
        Figure("maillage up, everything, PSS", "MB", whole, target=Target("value", "at most", 250)),
        Figure("– services and portal, one process", "MB", ours),
        Figure("– nats-server", "MB", bus),
    ]


async def _portal(scale: Scale) -> list[Figure]:
    port = free_port()
    told = {"MAILLAGE_PORT": str(port), "MAILLAGE_API_URL": "http://127.0.0.1:9", "MAILLAGE_KEYS_DIR": "keys"}
    with _serving("portal", scale.folder, told):
        await _work(f"http://127.0.0.1:{port}", "portal", scale.pick(20, 200))
        return _figures("portal", _process_of("portal"))


@contextmanager
def _serving(name: str, folder: Path, told: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", f"maillage_{name}", "serve"],
        env={**os.environ, **told},
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent(signal.SIGKILL),
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


async def _work(base: str, name: str, times: int) -> None:
    """A health check as a container gets it, and what the service is asked most, over and over."""
    async with httpx.AsyncClient(timeout=30) as client:
        for _ in range(300):
            try:
                await client.get(f"{base}/livez")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.1)
        for _ in range(times):
            for path in ("/readyz", "/metrics", *PATHS.get(name, ())):
                await client.get(base + path)


def _process_of(name: str) -> int:
    """The child of this process that runs the service."""
    wanted = f"maillage_{name}".encode()
    for one in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for pid in one.read_text().split():
            if wanted in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
    raise LookupError(name)


def _figures(name: str, pid: int) -> list[Figure]:
    limit = Target("value", "at most", 120)
    return [
        Figure(f"{name}, process of its own, RSS", "MB", [rss(pid)], target=limit),
        Figure(f"– {name}, without pages of files", "MB", [anonymous(pid)]),
    ]


LIMIT = (
    "Code: half of a service's memory is the compiled code of its libraries, SQLAlchemy's first of all, and "
    "their documentation strings. What is used by few (migrations, traces sent, OIDC) is loaded by those."
)

ABOUT = """\
`maillage up --no-demo` on a data folder with the directory of a region as large as Provence-Alpes-Côte
d'Azur, after 200 requests: proportional set size (PSS), from `/proc/PID/smaps_rollup`. Then each service in
a process of its own on PostgreSQL and NATS, after 400 requests and more: resident set size (RSS), which
counts the shared pages of libraries in full. What a container is charged with beside the page cache is the
second line.
"""

BENCHMARK = Benchmark("memory", "Memory and start", ABOUT, run, order=60)
