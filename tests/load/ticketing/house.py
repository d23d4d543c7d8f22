"""pretix, an established ticketing system, in an environment of its own: nothing of it is in ours.

Installed from its package by the versions in `requirements.lock`, run as its documentation says for a server
of one's own (PostgreSQL, gunicorn), without Redis, which it does not need.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from uuid import uuid4

from maillage.testing.processes import free_port
from sqlalchemy import make_url

from tests.load.house import ROOT, Servers, until_ready
from tests.load.http import prepare

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
HOME = ROOT / ".tools" / "pretix"
THREADS = 8
"""Of its one worker: it waits for the database in each of them."""


@dataclass(frozen=True, slots=True)
class Pretix:
    """One that runs: `tickets` are (event, ticket) of as many events as were asked for."""

    base: str
    organiser: str
    key: str
    tickets: list[tuple[str, int]]

    def orders(self, events: int, count: int) -> list[bytes]:
        """So many orders of one free ticket, each by another person, spread over the first events."""
        turns = cycle(self.tickets[:events])
        return [self._order(*next(turns)) for _ in range(count)]

    def _order(self, event: str, ticket: int) -> bytes:
        address = f"{self.base}/api/v1/organizers/{self.organiser}/events/{event}/orders/"
        body = {
            "email": f"{uuid4().hex}@exemple.fr",
            "locale": "en",
            "sales_channel": "web",
            "payment_provider": "free",
            "positions": [{"positionid": 1, "item": ticket, "price": "0.00", "answers": []}],
        }
        headers = {"Authorization": f"Token {self.key}", "X-Idempotency-Key": str(uuid4())}
        return prepare("POST", address, body, headers)


async def start(here: Servers, events: int, seats: int) -> Pretix:
    """Install it if need be, make its tables and data, serve with one worker; it ends with `here`."""
    python = await _installed()
    port = free_port()
    base = f"http://localhost:{port}"
    told = {
        "PRETIX_CONFIG_FILE": str(await _configuration(here, base)),
        "DJANGO_SETTINGS_MODULE": "pretix.settings",
    }
    await _run(str(python), "-m", "pretix", "migrate", "--verbosity", "0", told=told)
    made = json.loads(
        await _run(str(python), "-P", str(HERE / "data.py"), str(events), str(seats), told=told)
    )
    serve = ["-m", "gunicorn", "pretix.wsgi", "--workers", "1", "--threads", str(THREADS)]
    quiet = ["--no-control-socket", "--log-level", "error", "--bind", f"localhost:{port}"]
    here.start("pretix", [str(python), *serve, *quiet], told)
    await until_ready(f"{base}/control/login")
    return Pretix(base, made["organiser"], made["key"], [(name, item) for name, item in made["tickets"]])


async def _installed() -> Path:
    """Its Python, in an environment made anew whenever the lock changes."""
    python, note = HOME / "bin" / "python", HOME / "requirements.lock"
    if note.exists() and note.read_text() == LOCK.read_text():
        return python
    uv = shutil.which("uv", path=f"{ROOT / '.tools/bin'}{os.pathsep}{os.environ['PATH']}")
    if uv is None:
        raise FileNotFoundError("uv is not here: `make setup` brings it")
    await _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(HOME))
    await _run(uv, "pip", "sync", "--quiet", "--python", str(python), str(LOCK))
    shutil.copyfile(LOCK, note)
    return python


async def _configuration(here: Servers, base: str) -> Path:
    url = make_url(await here.database("pretix"))
    database: dict[str, object] = {
        "backend": "postgresql",
        "name": url.database,
        "user": url.username or "",
        "password": url.password or "",
        "host": url.query.get("host") or url.host or "",
        "port": url.port or "",
    }
    general: dict[str, object] = {
        "instance_name": "pretix",
        "url": base,
        "datadir": here.folder / "pretix",
        "ecb_rates": "off",
    }
    sections: dict[str, dict[str, object]] = {
        "pretix": general,
        "django": {"secret": uuid4().hex * 2},
        "database": database,
    }
    lines = []
    for name, values in sections.items():
        lines += [f"[{name}]", *(f"{key}={value}" for key, value in values.items())]
    written = here.folder / "pretix.cfg"
    written.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return written


async def _run(*command: str, told: dict[str, str] | None = None) -> str:
    """What it printed. Raises ChildProcessError with the end of its complaint."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **(told or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise ChildProcessError(f"{' '.join(command[:4])}: {complaint.decode()[-2000:]}")
    return output.decode()
