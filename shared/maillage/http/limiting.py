"""Rate limits: how many requests one caller may send, told in `RateLimit` headers, refused with 429 beyond.

Each caller has a bucket that holds a whole quota and refills steadily (GCRA): a burst is fine, a stream
faster than the quota is not. Callers are persons and programs by their id, everybody else by address. Buckets
live in this process: with several replicas a caller gets up to as many quotas as there are replicas, which
protects each of them all the same and costs no call anywhere. What must be counted exactly (sign-in codes and
their tries) is counted in the database by the service that cares.

Headers: draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import ipaddress
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from maillage.auth.asking import authenticate
from maillage.auth.principal import Principal
from maillage.errors import TooMany
from maillage.http.problems import domain_problem
from maillage.settings import ServiceSettings
from maillage.telemetry.metrics import Metrics
from maillage.telemetry.middleware import OPS_PATHS, put_on_answer

WINDOWS = {"second": 1, "minute": 60, "hour": 3600}
MOST_BUCKETS = 50_000
"""Callers remembered; full buckets are forgotten first, all of them when that is not enough."""

TINY = 1e-6
"""Seconds: the sum of many steps is not exact, and a whole second must not be rounded up for it."""


class RateLimited(TooMany):
    code = "rate-limited"
    title_fr = "Trop de requêtes"
    title_en = "Too many requests"
    detail_fr = "Reprenez dans {retry_after} s. L’en-tête RateLimit-Policy dit ce qui est permis."
    detail_en = "Try again in {retry_after} s. The header RateLimit-Policy says what is allowed."


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left after a request: `left` requests now, the whole quota after `reset` seconds."""

    allowed: bool
    left: int
    reset: int
    wait: int


class Quota:
    """`amount` requests per `window` seconds for each caller; `name` is what the headers call it."""

    def __init__(
        self, name: str, amount: int, window: int, *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self.policy = f'"{name}";q={amount};w={window}'
        self._window = window
        self._step = window / amount
        self._ticks = ticks
        self._full_at: dict[str, float] = {}

    def take(self, who: str) -> Taken:
        """One request of that caller."""
        now = self._ticks()
        full_at = max(self._full_at.get(who, now), now) + self._step
        allowed = full_at - now <= self._window + TINY
        if allowed:
            self._remember(who, full_at, now)
        else:
            full_at -= self._step
        missing = full_at - now
        left = int((self._window - missing) / self._step + TINY)
        wait = math.ceil(missing + self._step - self._window - TINY)
        return Taken(allowed, max(left, 0), math.ceil(missing - TINY), max(wait, 1))

    def _remember(self, who: str, full_at: float, now: float) -> None:
        if who not in self._full_at and len(self._full_at) >= MOST_BUCKETS:
            self._full_at = {key: at for key, at in self._full_at.items() if at > now}
            if len(self._full_at) >= MOST_BUCKETS:
                self._full_at.clear()
        self._full_at[who] = full_at


def quota(name: str, setting: str) -> Quota | None:
    """The quota a setting means, e.g. `1200/minute`; None for an empty one. Raises ValueError."""
    if not setting:
        return None
    match = re.fullmatch(r"([1-9]\d{0,8})/(second|minute|hour)", setting)
    if match is None:
        raise ValueError(f"not a rate limit: {setting!r} (e.g. 1200/minute)")
    return Quota(name, int(match[1]), WINDOWS[match[2]])


class Limits:
    """The quotas of one service application."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.person = quota("person", settings.rate_limit_person)
        self.program = quota("program", settings.rate_limit_program)
        self.anonymous = quota("anonymous", settings.rate_limit_anonymous)
        self.sign_in = quota("sign-in", settings.rate_limit_sign_in)

    def of(self, request: Request, caller: object, guarded: bool) -> tuple[Quota | None, str]:
        """The quota a request counts in, and for whom."""
        if isinstance(caller, Principal):
            return (self.program if caller.is_service else self.person), str(caller.id)
        return (self.sign_in if guarded else self.anonymous), address_of(request)


def address_of(request: Request) -> str:
    """Where a request comes from; of IPv6 the network, for one subscriber has all the addresses in it.

    Behind a trusted proxy the server has already put the client's address in the proxy's place.
    """
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host[:64]
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ipaddress.ip_network((address, 64), strict=False))
    return host


class RateLimitMiddleware:
    """Counts every request but those of operators' probes, and puts the `RateLimit` headers on its answer.

    A POST below `guarded` (where one signs in) by somebody unknown counts in a stricter quota.
    """

    def __init__(
        self, app: ASGIApp, *, limits: Limits, metrics: Metrics, prefix: str, guarded: str = "/auth/"
    ) -> None:
        self.app = app
        self._limits = limits
        self._metrics = metrics
        self._prefix = prefix
        self._guarded = prefix + guarded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].removeprefix(self._prefix) in OPS_PATHS:
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        await authenticate(request)
        guarded = scope["method"] == "POST" and scope["path"].startswith(self._guarded)
        quota, who = self._limits.of(request, request.state.caller, guarded)
        taken = quota.take(who) if quota else None
        if quota and taken:
            put_on_answer(scope, "RateLimit-Policy", quota.policy)
            put_on_answer(scope, "RateLimit", f'"{quota.name}";r={taken.left};t={taken.reset}')
            if not taken.allowed:
                self._metrics.count_limited(quota.name)
                await domain_problem(request, RateLimited(retry_after=taken.wait))(scope, receive, send)
                return
        await self.app(scope, receive, send)
