"""The one connection of a service to NATS, kept for as long as the service lives.

FastStream's broker holds it: consumption, documentation and middleware go through FastStream, while relay and
administration use the same client directly (FastStream's own publishing costs several times as much).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from faststream.nats import NatsBroker
from faststream.security import SASLPlaintext
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext

from maillage.events.metrics import NATS_CONNECTED

log = structlog.get_logger("maillage.events")
CONNECT_TIMEOUT = 5
REQUEST_TIMEOUT = 5.0
_NOT_ALLOWED = "permissions violation"


class NotConnected(ConnectionError):
    """NATS is away, or has never been there."""


class Connection:
    """A connection that is made in the background and comes back by itself whenever NATS does.

    `reconnects` counts how often it came back, so that those who hold state about the server look again.
    """

    def __init__(self, name: str, settings: Any) -> None:
        self.name = name
        self.inbox_prefix = f"_INBOX.{name}"
        self.reconnects = 0
        self._closing = False
        self._refused: set[str] = set()
        self._online = asyncio.Event()
        self._client: Client | None = None
        NATS_CONNECTED.labels(name).set(0)
        self.broker = NatsBroker(
            [url.strip() for url in settings.nats_url.split(",")],
            name=f"maillage-{name}",
            logger=None,
            inbox_prefix=self.inbox_prefix,
            connect_timeout=CONNECT_TIMEOUT,
            max_reconnect_attempts=-1,
            # Nothing waits for the server's return: what was meant for the one that is gone, an event behind
            # those it had or the answer for one of its places, is wrong for one that has lost its end.
            pending_size=0,
            reconnect_time_wait=1,
            # A server that hangs rather than dies is noticed within ten seconds.
            ping_interval=5,
            max_outstanding_pings=2,
            disconnected_cb=self._on_disconnected,
            reconnected_cb=self._on_reconnected,
            error_cb=self._on_error,
            graceful_timeout=settings.graceful_timeout,
            **_identity(settings),
        )

    @property
    def connected(self) -> bool:
        """Whether the server answers just now, and those who look at `reconnects` can see that it does.

        The client says so a moment before it tells: who published in between would trust what it knows of
        the server as it was.
        """
        return self._online.is_set() and self._client is not None and self._client.is_connected

    @property
    def client(self) -> Client:
        """The NATS client. Raises NotConnected before the first connection."""
        if self._client is None:
            raise NotConnected("NATS has not been reached yet")
        return self._client

    def jetstream(self) -> JetStreamContext:
        """JetStream on this connection. Raises NotConnected while NATS is away."""
        if not self.connected:
            raise NotConnected("NATS is away")
        return self.client.jetstream(timeout=REQUEST_TIMEOUT)

    async def open(self) -> None:
        """Connect, trying for as long as it takes."""
        delay = 0.2
        while self._client is None:
            try:
                self._client = _never_closed(await self.broker.connect(), self._on_error)
                if self._client.is_connected:  # else it tells when it is
                    NATS_CONNECTED.labels(self.name).set(1)
                    self._online.set()
            except Exception as error:  # noqa: BLE001  (whatever it is, the server may be repaired meanwhile)
                log.warning("NATS cannot be reached", service=self.name, error=type(error).__name__)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)

    def is_refused(self, subject: str) -> bool:
        """Whether the server has said that this service may not publish there: nobody answers then."""
        return any(f'"{subject.lower()}"' in told for told in self._refused)

    async def wait(self) -> None:
        """Return once connected."""
        await self._online.wait()

    async def close(self) -> None:
        """Drain and close."""
        self._closing = True
        with suppress(Exception):
            async with asyncio.timeout(5):
                await self.broker.stop()
        if self._client is not None and not self._client.is_closed:
            with suppress(Exception):
                await self._client.close()

    async def _on_disconnected(self) -> None:
        self._online.clear()
        NATS_CONNECTED.labels(self.name).set(0)
        if not self._closing:
            log.warning("NATS is gone", service=self.name)

    async def _on_reconnected(self) -> None:
        self.reconnects += 1
        self._online.set()
        NATS_CONNECTED.labels(self.name).set(1)
        log.info("NATS is back", service=self.name)

    async def _on_error(self, error: Exception) -> None:
        # A right that is missing shows as a silence elsewhere; here is its only trace.
        told = str(error).lower()
        if _NOT_ALLOWED in told:
            self._refused.add(told)
        say = log.warning if _NOT_ALLOWED in told or "authorization" in told else log.debug
        say("NATS error", service=self.name, error=repr(error))


def _never_closed(client: Client, tell: Callable[[Exception], Awaitable[None]]) -> Client:
    """Have `client` come back after whatever the server says as it ends a connection, or refuses a new one.

    By itself it does after a silence only. At a word (a password changed, too many connections, a time-out)
    the client is closed for good, and FastStream's `error_cb` ends its attempts: a service without the bus
    until somebody starts it anew.
    """
    heard: Callable[[str], Awaitable[None]] = client._process_err

    async def come_back(said: str) -> None:
        if _NOT_ALLOWED in said.lower():
            await heard(said)  # of one subject only, the connection stays
            return
        error = NatsError(f"nats: {said}")
        await tell(error)
        await client._process_op_err(error)

    client._process_err = come_back  # type: ignore[method-assign, assignment]
    client._error_cb = tell
    return client


def _identity(settings: Any) -> dict[str, Any]:
    """`credentials` as FastStream wants them: user and password as an object of its own."""
    known = credentials(settings)
    if "user" in known:
        tls = known.get("tls")
        return {
            "security": SASLPlaintext(known["user"], known["password"], use_ssl=bool(tls), ssl_context=tls)
        }
    return known


def reason(error: Exception) -> str:
    """Why NATS could not be reached, short: a certificate that is not accepted says what is wrong with it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificat refusé : {error.verify_message}"
    return type(error).__name__


def trust(authority: str | Path | None) -> dict[str, Any]:
    """How to know the server: by this authority's certificate, or by those the machine trusts."""
    return {"tls": ssl.create_default_context(cafile=authority)} if authority else {}


def credentials(settings: Any) -> dict[str, Any]:
    """How the settings say to identify oneself: a credentials file, or user and password, or nothing.

    With the authority that signed the server's certificate, when the settings name one.
    """
    tls = trust(settings.nats_ca)
    if settings.nats_credentials:
        return {"user_credentials": str(settings.nats_credentials), **tls}
    if settings.nats_user:
        password = settings.nats_password.get_secret_value() if settings.nats_password else ""
        return {"user": settings.nats_user, "password": password, **tls}
    return tls
