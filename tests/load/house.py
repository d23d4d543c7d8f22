"""The servers of a benchmark: PostgreSQL as in production, NATS, services in processes of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from json import dumps
from pathlib import Path

import asyncpg
import httpx
from maillage.db.engine import async_url
from maillage.testing.nats import CONFIGURATION, NatsServer
from maillage.testing.postgres import postgres_server
from maillage.testing.processes import die_with_parent, free_port
from maillage.testing.tokens import TokenFactory
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from tests.load.bare import METADATA

ROOT = Path(__file__).parents[2]
UTF8 = " TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"


@dataclass
class Servers:
    """What a benchmark has started; everything ends with `servers()`."""

    folder: Path
    postgres: str
    nats: NatsServer
    tokens: TokenFactory
    jwks: str
    stack: AsyncExitStack
    count: int = field(default=0)

    async def database(self, name: str) -> str:
        """The address of a new, empty database."""
        connection = await asyncpg.connect(self.postgres)
        try:
            await connection.execute(f'CREATE DATABASE "{name}"{UTF8}')
        finally:
            await connection.close()
        return make_url(self.postgres).set(database=name).render_as_string(hide_password=False)

    async def service(self, name: str, database: str, **settings: str) -> str:
        """Start one replica of a service as a container would; its base address once it is ready."""
        port = free_port()
        told = {
            "MAILLAGE_DATABASE_URL": database,
            "MAILLAGE_NATS_URL": self.nats.url,
            "MAILLAGE_PORT": str(port),
            "MAILLAGE_JWKS_URL": self.jwks,
            "MAILLAGE_DATA_DIR": str(self.folder),
            "MAILLAGE_MAILBOX_DIR": str(self.folder / "mailbox"),
            **{f"MAILLAGE_{key.upper()}": value for key, value in settings.items()},
        }
        program = [sys.executable, "-m", f"maillage_{name}", "serve"]
        self.start(name, program, told)
        base = f"http://127.0.0.1:{port}/api/{name}/v1"
        await until_ready(f"{base}/readyz")
        return base

    async def bare(self, database: str) -> str:
        """Start the peer with one worker; its base address."""
        address = async_url(database).render_as_string(hide_password=False)
        engine = create_async_engine(address)
        async with engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
        await engine.dispose()
        port = free_port()
        program = [sys.executable, "-m", "uvicorn", "tests.load.bare:application", "--factory"]
        options = ["--port", str(port), "--no-access-log", "--log-level", "warning"]
        self.start("bare", [*program, *options], {"BARE_DATABASE_URL": address})
        base = f"http://127.0.0.1:{port}"
        await until_ready(f"{base}/openapi.json")
        return base

    def start(self, name: str, command: list[str], told: dict[str, str]) -> None:
        """Start a program that ends with everything here; what it says is kept in a file of its name."""
        self.count += 1
        log = self.folder / f"{name}-{self.count}.log"
        self.stack.enter_context(_process(command, log, told))


@contextmanager
def _process(command: list[str], log: Path, told: dict[str, str]) -> Iterator[None]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAILLAGE_")}
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env={**inherited, **told},
            cwd=ROOT,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


async def until_ready(url: str, patience: float = 180) -> None:
    """Return once it answers 200. Raises TimeoutError after `patience` seconds."""
    async with httpx.AsyncClient(timeout=60) as client:
        for _ in range(int(patience / 0.1)):
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)
    raise TimeoutError(f"not ready: {url}")


@asynccontextmanager
async def servers(folder: Path, *, sync_always: bool = True, durable: bool = True) -> AsyncIterator[Servers]:
    """PostgreSQL (`durable`: syncs its commits), NATS (`sync_always`, as the house runs it), the issuer."""
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(postgres_server(durable=durable))
        nats = stack.enter_context(nats_server(folder, sync_always=sync_always))
        tokens = TokenFactory()
        jwks = stack.enter_context(_keys(folder, tokens))
        # Services end before what they use does.
        inner = await stack.enter_async_context(AsyncExitStack())
        yield Servers(folder, postgres, nats, tokens, jwks, inner)


@contextmanager
def nats_server(folder: Path, *, sync_always: bool) -> Iterator[NatsServer]:
    """A nats-server that syncs each message, or every two minutes as it does when nobody tells it."""
    always = "sync_interval: always"

    def render(own: NatsServer) -> str:
        written = CONFIGURATION.format(port=own.port, folder=own.folder)
        assert always in written
        return written if sync_always else written.replace(always, "")

    server = NatsServer(folder / ("nats-always" if sync_always else "nats-default"), render)
    server.start()
    try:
        yield server
    finally:
        server.close()


@contextmanager
def _keys(folder: Path, tokens: TokenFactory) -> Iterator[str]:
    (folder / "keys").mkdir(exist_ok=True)
    (folder / "keys" / "jwks.json").write_text(dumps(tokens.jwks()), encoding="utf-8")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder / "keys")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/jwks.json"
    finally:
        server.shutdown()
        server.server_close()
