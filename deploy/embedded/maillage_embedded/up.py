"""`maillage up`: nats-server, services, portal and web server, started in order and stopped in reverse."""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

import nats
import structlog
import uvicorn
from maillage.events.streams import provision, topology
from maillage.nats import OPERATOR
from maillage.service.runner import spare_the_collector
from maillage.tasks import end, stop_if_cancelled
from maillage.webserver import PARSER
from nats.aio.client import Client
from nats.errors import Error as NatsError
from rich.console import Console
from rich.markup import escape

from maillage_embedded.broker import Broker
from maillage_embedded.heal import heal_stream
from maillage_embedded.house import running_house
from maillage_embedded.lock import sole
from maillage_embedded.named import Named
from maillage_embedded.plan import Plan
from maillage_embedded.processes import running_processes
from maillage_embedded.progress import Progress

log = structlog.get_logger("maillage.up")

After = Callable[[Plan, Progress], Awaitable[None]]
HEAL_AGAIN = 5.0
"""Seconds before a stream that could not be healed is looked at again."""


class PortTakenError(Exception):
    """Another program listens where the house should."""


class Server(uvicorn.Server):
    """uvicorn without its own signal handling: stopping the web server is one step of several here."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the launcher."""
        yield


async def run(plan: Plan, progress: Progress, after: After | None = None, *, processes: bool = False) -> None:
    """Run the house until it is asked to stop. `after` runs once the house answers.

    Raises AlreadyRunningError and PortTakenError before anything is started, TimeoutError when a part does
    not come up.
    """
    plan.home.prepare()
    with sole(plan.home.lock, plan.url), bound(plan) as listener:
        facts = {"public_url": plan.public_url, "url": plan.url, "environment": plan.environment}
        plan.home.remember(**facts)
        async with stop_signals() as asked, nats_server(plan, progress) as broker:
            plan.home.remember(**facts, nats_url=broker.url, nats_user=OPERATOR)
            inside: AbstractAsyncContextManager[Any] = (
                running_processes(plan, broker, progress.starting)
                if processes
                else running_house(plan, broker, progress.starting)
            )
            async with inside as app:
                spare_the_collector()
                async with serving(Named(app, plan), listener, proxied=plan.proxied):
                    progress.done()
                    await until_asked(asked, plan, progress, after)
        progress.say("Maillage est arrêté.")


async def until_asked(asked: asyncio.Event, plan: Plan, progress: Progress, after: After | None) -> None:
    """Do what comes after the start, say that the house is ready, and wait for the stop."""
    stop = asyncio.create_task(asked.wait())
    if after is not None:
        work = asyncio.ensure_future(after(plan, progress))
        await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.cancel()
        await asyncio.wait({work})
        if work.cancelled():
            progress.failed()  # the next start goes on with it
        elif (error := work.exception()) is not None:
            progress.failed()
            log.error("start-work-failed", exc_info=error)
            progress.say(f"[red]La région de démonstration n'est pas complète[/] : {escape(str(error))}")
    if not asked.is_set():
        progress.say(f"\nMaillage est prêt : [bold]{plan.url}[/]   (Ctrl-C pour arrêter)\n")
    await stop
    progress.say("Arrêt en cours …")


@contextmanager
def bound(plan: Plan) -> Iterator[socket.socket]:
    """The listening socket, taken before anything starts so that a busy port is known at once."""
    family = socket.AF_INET6 if ":" in plan.host else socket.AF_INET
    # asyncio sends at once (TCP_NODELAY) only on what names its protocol. Otherwise the second part of an
    # answer waits for the acknowledgement of the first, which its reader holds back for 40 ms.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((plan.host, plan.port))
        except OSError as error:
            raise PortTakenError(f"{plan.host}:{plan.port}: {error.strerror}") from error
        yield listener


@asynccontextmanager
async def stop_signals() -> AsyncIterator[asyncio.Event]:
    """Set once SIGINT or SIGTERM comes; a second one changes nothing, for the stop is under way."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(each, asked.set)
    yield asked


@asynccontextmanager
async def nats_server(plan: Plan, progress: Progress) -> AsyncIterator[Broker]:
    """A running nats-server with its streams and consumers, and in them all that the journals know of."""
    progress.starting("nats-server")
    started = asyncio.Event()

    async def on_ready(broker: Broker) -> None:
        await provision_streams(broker)
        started.set()

    broker = Broker(plan.home, on_ready=on_ready)
    try:
        await broker.start()
        started.clear()
        await healed(broker, plan, progress)
        keeper = asyncio.create_task(keep_whole(broker, plan, started), name="keep the stream whole")
        try:
            yield broker
        finally:
            await end([keeper])
    finally:
        await broker.stop()


async def keep_whole(broker: Broker, plan: Plan, started: asyncio.Event) -> None:
    """Heal the stream at each later start of nats-server, while the house runs: its store may be lost too."""
    quiet = Progress(Console(quiet=True))
    while True:
        stop_if_cancelled()
        await started.wait()
        started.clear()
        try:
            await healed(broker, plan, quiet)
        except Exception:  # whatever it is, nothing is published into a stream that is not whole
            log.exception("stream-not-healed", again_in=HEAL_AGAIN)
            await asyncio.sleep(HEAL_AGAIN)
            started.set()


async def healed(broker: Broker, plan: Plan, progress: Progress, patience: float = 60) -> None:
    """Heal the stream, from the beginning when nats-server goes away meanwhile and comes back.

    What was published again is found the next time. Raises TimeoutError when it does not stay.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            async with connected(broker) as client:
                await heal_stream(client, broker.region, plan.home, progress)
                return
        except (NatsError, OSError) as error:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"nats-server does not answer ({type(error).__name__}: {error})"
                ) from error
            log.warning("stream-not-healed-yet", reason=f"{type(error).__name__}: {error}")
        await asyncio.sleep(0.2)


async def provision_streams(broker: Broker) -> None:
    """Make the server have what the services bind to, at each of its starts: its store may have been lost."""
    async with connected(broker) as client:
        done = await provision(client.jetstream(timeout=10), topology(broker.region, peers=broker.peers))
        log.info("streams-provisioned", steps=done)


@asynccontextmanager
async def connected(broker: Broker) -> AsyncIterator[Client]:
    """A connection of the launcher's own."""
    client = await nats.connect(
        broker.url,
        user=OPERATOR,
        password=broker.password_of(OPERATOR),
        inbox_prefix=f"_INBOX.{OPERATOR}".encode(),
        connect_timeout=5,
        reconnect_time_wait=0.2,
        max_reconnect_attempts=50,
    )
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def serving(app: Any, listener: socket.socket, *, proxied: bool) -> AsyncIterator[None]:
    """The web server, answering inside the block; open streams are cut three seconds after its end.

    `proxied`: whether a proxy on this machine says whom a request is from. Otherwise nobody may: whoever
    names another address each time would be a new caller each time, and no limit hers.
    """
    config = uvicorn.Config(
        app,
        http=PARSER,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=3,
        proxy_headers=proxied,
    )
    server = Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="web server")
    try:
        while not server.started:
            if task.done():
                await task
                raise RuntimeError("the web server ended as it started")
            await asyncio.sleep(0.01)
        yield
    finally:
        server.should_exit = True
        await task
