"""The demo's HTTP client: the public API and nothing else, so that everything it does makes its events."""

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

import httpx

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105  # a grant's name
NAMESPACE = uuid.UUID("6f4fd5d2-97a1-5f0b-9d11-0de3a0a1e5c4")
TRIES = 8
RETRIED = frozenset({429, 502, 503, 504})
NOT_YET = frozenset({404, 409, 422})
"""How a service answers about someone of whom the news is still on its way to it."""


class RefusedError(Exception):
    """The house said no: method, path, status and its own words."""


class Caller:
    """An operator at work. The same request has the same Idempotency-Key: sent again, it does nothing."""

    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self._client = client
        self._token = token
        self._persons: dict[str, str] = {}

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        person: str | None = None,
        etag: str | None = None,
        patient: bool = False,
        until: Callable[[Any], bool] | None = None,
    ) -> httpx.Response:
        """Call `/api/<path>` as the operator, or as `person` (an id). Raises RefusedError.

        `patient`: the service may not have heard yet of whom this is about; it is asked again for a while.
        `until`: so is an answer that does not satisfy it; the last one is taken as it is.
        """
        retried = RETRIED | NOT_YET if patient else RETRIED
        headers = {"Authorization": f"Bearer {await self._token_of(person) if person else self._token}"}
        if method == "POST":
            said = json.dumps([path, body, person], sort_keys=True)
            headers["Idempotency-Key"] = str(uuid.uuid5(NAMESPACE, said))
        if etag is not None:
            headers["If-Match"] = etag
        for attempt in range(1, TRIES + 1):
            answer = await self._client.request(method, f"/api/{path}", json=body, headers=headers)
            last = attempt == TRIES
            if answer.is_success:
                if last or until is None or until(answer.json()):
                    return answer
            elif last or answer.status_code not in retried:
                break
            await asyncio.sleep(0.1 * 2**attempt)
        raise RefusedError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")

    async def get(self, path: str, **options: Any) -> Any:
        """What stands there."""
        return (await self.call("GET", path, **options)).json()

    async def post(self, path: str, body: Any = None, **options: Any) -> Any:
        """The answer's body."""
        return (await self.call("POST", path, body, **options)).json()

    async def items(self, path: str, **options: Any) -> list[dict[str, Any]]:
        """Every item of a list, page after page."""
        found: list[dict[str, Any]] = []
        joint, cursor = "&" if "?" in path else "?", ""
        while True:
            page = await self.get(f"{path}{joint}limit=200{cursor}", **options)
            found += page["items"]
            if not page.get("next"):
                return found
            cursor = f"&cursor={page['next']}"

    async def _token_of(self, person: str) -> str:
        if person not in self._persons:
            body = {"grant_type": TOKEN_EXCHANGE, "subject": person}
            self._persons[person] = (await self.post("directory/v1/auth/tokens", body))["access_token"]
        return self._persons[person]
