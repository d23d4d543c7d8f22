"""The house answers to its own names only.

A page of another site can have that site's name lead to 127.0.0.1 (DNS rebinding). The browser then
takes what it reads here for that site's own, the demo's mailbox with its sign-in codes included. The
request still names the site, and so is told apart. An address in figures is nobody's name.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from maillage.safety import SafetyMiddleware, behind_tls

from maillage_embedded.plan import Plan
from maillage_embedded.proxy import problem

MISDIRECTED = 421
"""RFC 9110, 15.5.20: the server is not one that answers for the host that the request names."""


class Named:
    """The application, for requests to one of the house's names or to an address in figures."""

    def __init__(self, app: Any, plan: Plan) -> None:
        machine = socket.gethostname().lower()
        public = urlsplit(plan.public_url).hostname or "localhost"
        self._names = {"localhost", public, machine, f"{machine.partition('.')[0]}.local"}
        told = problem(
            MISDIRECTED,
            "unknown-host",
            f"Cette maison ne répond pas à ce nom : ouvrez {plan.public_url}, "
            "ou donnez-lui le sien par MAILLAGE_PUBLIC_URL",
        )
        self._app = app
        self._refusal = SafetyMiddleware(told, tls=behind_tls(plan.public_url))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One connection."""
        named = [value for name, value in scope["headers"] if name == b"host"]
        ours = all(self._ours(value.decode("latin-1")) for value in named)
        await (self._app if ours else self._refusal)(scope, receive, send)

    def _ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name.rstrip(".") in self._names or _in_figures(name)


def _in_figures(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
