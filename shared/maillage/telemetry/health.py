"""Liveness and readiness. Alive: the process answers. Ready: it may be sent requests.

A neighbour whose absence leaves requests answered (the bus: the journal keeps the events until it is back)
makes a service degraded, not unready: a balancer that took every replica away would make an outage of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

Check = Callable[[], Awaitable[bool]]


class Readiness:
    """Whether the service may be sent requests: started, not draining, and every check says yes."""

    def __init__(self, timeout: float = 2.0) -> None:
        self._checks: dict[str, Check] = {}
        self._bearable: set[str] = set()
        self._timeout = timeout
        self.started = False
        self.draining = False
        self.problems: Callable[[], list[str]] = list
        """What stands in the way of background work just now, a line each."""

    def add(self, name: str, check: Check, *, bearable: bool = False) -> None:
        """Registers a check; one that raises or takes too long counts as a no.

        `bearable`: without it requests are still answered; its no is told and takes no readiness away.
        """
        self._checks[name] = check
        if bearable:
            self._bearable.add(name)

    def verdict(self, report: dict[str, bool]) -> Literal["ok", "degraded", "not ready"]:
        """What a report comes to."""
        wrong = {name for name, well in report.items() if not well}
        if wrong - self._bearable:
            return "not ready"
        return "degraded" if wrong else "ok"

    async def report(self) -> dict[str, bool]:
        """Each condition by name."""
        names = list(self._checks)
        answers = await asyncio.gather(*(self._ask(self._checks[name]) for name in names))
        return {
            "started": self.started,
            "not_draining": not self.draining,
            **dict(zip(names, answers, strict=True)),
        }

    async def _ask(self, check: Check) -> bool:
        try:
            async with asyncio.timeout(self._timeout):
                return await check()
        except Exception:  # noqa: BLE001  (whatever is wrong with a dependency, the answer is "not ready")
            return False
