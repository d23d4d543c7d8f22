"""The portal's way to the services: one client per visit, with the visitor's token and language."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

import httpx
from opentelemetry import propagate

from maillage_portal.errors import ApiProblem, SignInNeeded

Json = dict[str, Any]
PATH_SAFE = "/:@!$&'()*+,;="
"""What a path may hold as it is, beside letters and digits (RFC 3986, pchar)."""


@dataclass(frozen=True)
class Answer:
    """A service's answer: its content, as it is for a file, and what the headers say about it."""

    status: int
    content: bytes
    headers: httpx.Headers

    @cached_property
    def body(self) -> Json:
        """The JSON object. Raises ApiProblem(502) where there is none: somebody between us has answered."""
        found = _object(self.content)
        if found is None:
            raise ApiProblem(502)
        return found

    @property
    def version(self) -> str | None:
        """The resource's ETag, as `If-Match` wants it back."""
        tag: str | None = self.headers.get("etag")
        return tag


def address(service: str, path: str) -> str:
    """`address("directory", "/me")` -> `/api/directory/v1/me`.

    The parts of `path` may be what stood in the page's own address: nothing in them ends the path, begins a
    query or climbs out of where it stands, and what no address may hold (a control character) is written as
    addresses write it.
    """
    parts = (part.replace(".", "%2E") if part in (".", "..") else part for part in _quoted(path).split("/"))
    return f"/api/{service}/v1{'/'.join(parts)}"


def _quoted(path: str) -> str:
    return quote(path, safe=PATH_SAFE)


class Api:
    """Calls services in the visitor's name. Raises ApiProblem, or SignInNeeded when her token is refused."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        headers: dict[str, str],
        access: Callable[[str | None], Awaitable[str | None]],
    ) -> None:
        """`access(refused)` gives the bearer token, or None; another one than that which was refused."""
        self._http = http
        self._headers = headers
        self._access = access

    async def get(self, service: str, path: str, **params: Any) -> Any:
        """The JSON of a resource. Parameters that are None or empty are left out; lists are repeated.

        Raises ApiProblem(502) when the answer is no JSON object.
        """
        return (await self.fetch(service, path, **params)).body

    async def fetch(self, service: str, path: str, **params: Any) -> Answer:
        """As `get`, with the headers: for an ETag to send back, or a file."""
        kept = {name: value for name, value in params.items() if value not in (None, "", [])}
        return await self._call("GET", service, path, params=kept)

    async def unless(self, tags: Sequence[str], service: str, path: str, **params: Any) -> Answer:
        """As `fetch`; status 304 and no body when the answer is one of those whose ETags are given."""
        kept = {name: value for name, value in params.items() if value not in (None, "", [])}
        headers = {"If-None-Match": ", ".join(tags)} if tags else {}
        return await self._call("GET", service, path, params=kept, headers=headers)

    async def all(self, service: str, path: str, *, most: int = 1000, **params: Any) -> list[Json]:
        """Every item of a cursor list, up to `most`."""
        items: list[Json] = []
        cursor: str | None = None
        while True:
            page = await self.get(service, path, limit=min(200, most - len(items)), cursor=cursor, **params)
            items += page["items"]
            cursor = page.get("next")
            if cursor is None or len(items) >= most:
                return items[:most]

    async def optional(self, service: str, path: str, **params: Any) -> Any | None:
        """As `get`, but None when the service refuses or is away: for what a page can do without."""
        try:
            return await self.get(service, path, **params)
        except ApiProblem:
            return None

    async def send(
        self,
        method: str,
        service: str,
        path: str,
        json: Any = None,
        *,
        version: str | None = None,
        once: str | None = None,
        params: dict[str, str] | None = None,
        patience: float | None = None,
    ) -> Answer:
        """POST, PUT, PATCH or DELETE. `version` becomes If-Match, `once` the Idempotency-Key of a form,
        `patience` (seconds) is for what takes longer than services usually may.
        """
        headers = {"If-Match": version} if version else {}
        if once:
            headers["Idempotency-Key"] = once
        longer = {} if patience is None else {"timeout": patience}
        return await self._call(method, service, path, json=json, headers=headers, params=params, **longer)

    async def post(self, service: str, path: str, json: Any = None, *, once: str | None = None) -> Answer:
        """POST with a JSON body; an empty object when there is nothing to say."""
        return await self.send("POST", service, path, {} if json is None else json, once=once)

    async def upload(
        self, service: str, path: str, name: str, content: bytes, *, once: str, patience: float
    ) -> Answer:
        """POST of one file as multipart; `patience` in seconds. The same `once` makes the same request."""
        boundary = hashlib.sha256(once.encode()).hexdigest()
        headers = {
            "Idempotency-Key": once,
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        }
        files = {"file": (name, content, "application/octet-stream")}
        return await self._call("POST", service, path, files=files, headers=headers, timeout=patience)

    @asynccontextmanager
    async def stream(
        self, service: str, path: str, last: str | None, **params: Any
    ) -> AsyncIterator[httpx.Response]:
        """Server-sent events read piece by piece, after number `last`; what is no number is not sent on."""
        bearer = _header(await self._access(None))
        resumed = {"Last-Event-ID": last} if last and last.isascii() and last.isdigit() else {}
        request = self._http.stream(
            "GET",
            address(service, path),
            params={name: value for name, value in params.items() if value},
            headers={**self._headers, **bearer, **resumed},
            timeout=None,
        )
        async with request as response:
            yield response

    async def _call(self, method: str, service: str, path: str, **options: Any) -> Answer:
        extra = options.pop("headers", {})
        response: httpx.Response | None = None
        token: str | None = None
        for _ in range(2):
            token = await self._access(token)
            headers = {**self._headers, **extra, **_header(token)}
            propagate.inject(headers)
            try:
                response = await self._http.request(
                    method, address(service, path), headers=headers, **options
                )
            except httpx.InvalidURL as problem:
                raise ApiProblem(404) from problem  # longer than any address of ours
            except httpx.DecodingError as problem:
                raise ApiProblem(502) from problem
            except httpx.TransportError as problem:
                raise ApiProblem(503, {"code": "service-away", "detail": ""}) from problem
            if response.status_code != 401 or token is None:
                break
        return _read(response)


def _header(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _read(response: httpx.Response | None) -> Answer:
    if response is None:
        raise ApiProblem(503)
    status = response.status_code
    if status < 300 or status == 304:
        return Answer(status, response.content, response.headers)
    problem = _object(response.content) or {}
    if status == 401:
        if problem.get("code") == "token-ended":
            raise ApiProblem(503)  # her new token is not known as such yet; she is signed in all the same
        raise SignInNeeded
    raise ApiProblem(_told_as(status), problem)


def _told_as(status: int) -> int:
    """The page's status: 500 is said of the portal alone, and a service sends nobody elsewhere."""
    if 400 <= status < 500 or status == 503:
        return status
    return 503 if status == 504 else 502


def _object(content: bytes) -> Json | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


async def together(*calls: Awaitable[Any]) -> list[Any]:
    """Awaits several calls at once; the first error is raised after all have ended."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return answers
