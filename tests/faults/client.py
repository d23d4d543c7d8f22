"""A good client: it asks again until it is answered, always under the same Idempotency-Key.

An answer of 4xx is a refusal. No answer, a 5xx, "still in flight" and "too many" are none: the client cannot
tell whether it was done, waits and asks again; when its patience ends, the outcome stays unknown.
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import Any, Protocol
from uuid import UUID

import httpx

from tests.faults.history import ACKNOWLEDGED, REFUSED, Operation

PATIENCE = 60.0
FIRST_WAIT, LONGEST_WAIT = 0.1, 2.0
HANGS_UP, HANGS_UP_WITHIN = 0.15, 0.03
"""How often a client first asks and is gone before the answer, and within how many seconds."""
NO_ANSWER = frozenset({408, 425, 429})
IN_FLIGHT, STALE, UNSIGNED = 409, 412, 401


class Served(Protocol):
    """What a client needs to know of a house."""

    operator: str

    def url(self, service: str) -> str:
        """Where a service answers."""

    def token(self, person_id: str) -> str:
        """A person's token."""


class Client:
    """Calls the services for the operator, or for a person. One for all stories of a run."""

    def __init__(self, house: Served, seed: int) -> None:
        self._house, self._keys = house, random.Random(f"{seed} keys")
        self._haste = random.Random(f"{seed} haste")
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
        self._http = httpx.AsyncClient(timeout=10, limits=limits, trust_env=False)

    async def close(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def post(
        self, operation: Operation, service: str, path: str, body: Any = None, person: str | None = None
    ) -> Operation:
        """Ask until answered; the operation then says how it ended."""
        key = str(UUID(int=self._keys.getrandbits(128)))

        async def once() -> httpx.Response:
            headers = self._headers(person) | {"Idempotency-Key": key}
            return await self._http.post(f"{self._house.url(service)}{path}", json=body, headers=headers)

        if self._haste.random() < HANGS_UP:
            await self._leave(once)
        await self._until_answered(operation, once)
        return operation

    async def _leave(self, once: Any) -> None:
        """Ask, and be gone while the request is on its way or being done, as who closes a page too soon."""
        with suppress(TimeoutError, httpx.TransportError):
            async with asyncio.timeout(self._haste.uniform(0, HANGS_UP_WITHIN)):
                await once()

    async def change(
        self, operation: Operation, method: str, service: str, path: str, body: Any = None,
        person: str | None = None,
    ) -> Operation:  # fmt: skip
        """PATCH, PUT or DELETE in the version there is now. What it asks for may be asked for twice."""
        url = f"{self._house.url(service)}{path}"

        async def once() -> httpx.Response:
            found = await self._http.get(url, headers=self._headers(person))
            if found.status_code != 200:
                return found
            headers = self._headers(person) | {"If-Match": found.headers["ETag"]}
            return await self._http.request(method, url, json=body, headers=headers)

        await self._until_answered(operation, once)
        return operation

    async def get(self, service: str, path: str, person: str | None = None) -> dict[str, Any] | None:
        """Look once, as the operator or a person; None when there is no answer."""
        try:
            found = await self._http.get(f"{self._house.url(service)}{path}", headers=self._headers(person))
        except httpx.TransportError:
            return None
        return dict(found.json()) if found.status_code == 200 else None

    def _headers(self, person: str | None) -> dict[str, str]:
        token = self._house.operator if person is None else self._house.token(person)
        return {"Authorization": f"Bearer {token}"}

    async def _until_answered(self, operation: Operation, once: Any) -> None:
        loop = asyncio.get_running_loop()
        deadline, wait, doubtful = loop.time() + PATIENCE, FIRST_WAIT, False
        while loop.time() < deadline:
            operation.attempts += 1
            answer = await self._ask(once)
            if answer is not None and answer.is_success:
                operation.end(ACKNOWLEDGED, answer.status_code, answer.json() if answer.content else {})
                return
            if answer is not None and _is_refusal(answer):
                # Deleting twice finds nothing the second time: that was not refused, it was done.
                repeated = doubtful and "Idempotency-Key" not in answer.request.headers
                if not repeated:
                    operation.end(REFUSED, answer.status_code, {"code": answer.json().get("code")})
                return
            doubtful = doubtful or answer is None or answer.status_code >= 500
            if answer is not None and answer.status_code == 500:
                operation.crashes.append(answer.text[:300])
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _ask(self, once: Any) -> httpx.Response | None:
        try:
            return await once()  # type: ignore[no-any-return]
        except httpx.TransportError:
            return None


def _is_refusal(answer: httpx.Response) -> bool:
    if answer.status_code in (NO_ANSWER | {STALE, UNSIGNED}) or answer.status_code >= 500:
        return False
    return not (answer.status_code == IN_FLIGHT and answer.json().get("code") == "request-in-flight")
