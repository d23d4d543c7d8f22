"""The whole house in this process, on a thread of its own: the product's composition, with hands inside.

It is `maillage up` without the command: a real nats-server, all services, the portal and a web server on a
free port of loopback. A test may sign any token with the house's own key, and reach into a service.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
from joserfc.jwk import OKPKey
from maillage.nats import OPERATOR
from maillage.telemetry.logs import configure_logging_unless_done
from maillage.testing.processes import free_port
from maillage.testing.tokens import TokenFactory
from maillage.trust import trusted
from maillage_embedded.home import Home
from maillage_embedded.house import running_house
from maillage_embedded.plan import Plan
from maillage_embedded.progress import Progress
from maillage_embedded.root import Root
from maillage_embedded.up import bound, nats_server, serving
from rich.console import Console

from tests.journeys.house import Caller, House

REGION = "fr-pac"


class Inside:
    """A started house; `root` is its application, `tokens` signs with its key."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.plan = Plan(self.home, "127.0.0.1", free_port())
        self.url = f"http://127.0.0.1:{self.plan.port}"
        self.root: Root
        self._loop = asyncio.new_event_loop()
        self._asked = asyncio.Event()
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._run(),), daemon=True
        )

    def start(self) -> None:
        """Start, and wait until everything answers."""
        configure_logging_unless_done()
        self._thread.start()
        assert self._started.wait(250), "the house has not started"
        if self._failure is not None:
            raise self._failure
        httpx.get(
            f"{self.url}/api/directory/v1/auth/jwks.json", timeout=60
        ).raise_for_status()  # made when asked
        (key,) = self.home.keys.glob("signing-*.json")
        issuer = f"{self.plan.public_url}/api/directory/v1"
        signing = OKPKey.import_key(json.loads(key.read_text(encoding="utf-8")))
        self.tokens = TokenFactory(issuer=issuer, region=REGION, key=signing)

    def stop(self) -> None:
        """Stop everything in order."""
        self._loop.call_soon_threadsafe(self._asked.set)
        self._thread.join(60)

    async def _run(self) -> None:
        progress = Progress(Console(quiet=True))
        try:
            self.home.prepare()
            async with AsyncExitStack() as stack:
                listener = stack.enter_context(bound(self.plan))
                broker = await stack.enter_async_context(nats_server(self.plan, progress))
                self.monitor = broker.monitor_url
                self.home.remember(nats_url=broker.url, nats_user=OPERATOR)  # for the operator's commands
                self.root = await stack.enter_async_context(
                    running_house(self.plan, broker, progress.starting)
                )
                await stack.enter_async_context(serving(self.root, listener, proxied=False))
                self._started.set()
                await self._asked.wait()
        except BaseException as failure:  # noqa: BLE001  # told to the thread that waits
            self._failure = failure
            self._started.set()

    def service(self, name: str) -> Any:
        """The running service of that name (maillage.service.Running)."""
        return self.root._services[name].app.state.service

    @property
    def portal(self) -> Any:
        """The portal's application."""
        return self.root._portal

    def rows(self, name: str, statement: str) -> list[tuple[Any, ...]]:
        """What a query finds in a service's database, read beside it."""
        with sqlite3.connect(f"file:{self.home.database(name)}?mode=ro", uri=True) as database:
            return database.execute(statement).fetchall()

    def caller(self, token: str | None) -> Caller:
        """Whoever holds that token, over HTTP."""
        return Caller(self.url, token)

    def house(self) -> House:
        """The house as the journeys see it, with an administrator's token."""
        return House(self.url, self.tokens.token(roles=["admin"]))

    def cookie(self, access: str) -> dict[str, str]:
        """The portal's session cookie of whoever holds this access token, as signing in would have set it."""
        from maillage_portal.session import Session

        cookies = self.portal.state.house.cookies
        answer = {"access_token": access, "refresh_token": "never-used", "expires_in": 10**8}
        name, _, value = cookies.write(Session().with_tokens(answer)).partition(";")[0].partition("=")
        return {name: value}

    def browser(self, access: str | None = None) -> httpx.Client:
        """A browser without scripts, signed in when there is a token."""
        cookies = self.cookie(access) if access else {}
        headers = {"Accept-Language": "fr"}
        return httpx.Client(base_url=self.url, cookies=cookies, headers=headers, verify=trusted(), timeout=60)
