"""Services that fail while a page asks them: each answer is kept once, and given again with one fault in it.

The faults are those of a service (it crashes, is busy, has just ended a token), of what may stand between it
and the portal (a proxy's pages, a redirect, a changed ETag) and of the way there (cut, slow, garbled).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

Call = tuple[str, str, bool]
"""Method, address, and whether it was made in somebody's name."""
Fault = Callable[[httpx.Request], httpx.Response]
HTML = b"<!doctype html><title>Gateway</title><h1>It works!</h1>"


def answer(status: int, content: bytes = b"", **headers: str) -> Fault:
    """A service, or whoever stands before it, answers so."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    # Given as a stream: httpx would undo a wrong encoding here, and not where the portal reads.
    return lambda request: httpx.Response(
        status, headers=told, stream=httpx.ByteStream(content), request=request
    )


def problem(status: int, content: str) -> Fault:
    """A service refuses with this document."""
    return answer(status, content.encode(), content_type="application/problem+json")


def lost(kind: type[httpx.RequestError]) -> Fault:
    """No answer comes."""

    def lose(request: httpx.Request) -> httpx.Response:
        raise kind("lost on the way", request=request)

    return lose


JSON = "application/json"
FAULTS: dict[str, Fault] = {
    "crashed": problem(500, '{"code": "internal", "title": "Erreur interne", "trace_id": "4bf92f35"}'),
    "away, says a proxy": answer(503, HTML, content_type="text/html"),
    "bad gateway": answer(502, HTML, content_type="text/html"),
    "late, says a proxy": answer(504, b"upstream timed out", content_type="text/plain"),
    "busy": problem(429, '{"code": "too-many-requests", "title": "Trop de demandes"}'),
    "refused": problem(403, '{"code": "forbidden", "title": "Ce n’est pas pour vous"}'),
    "not there": problem(404, '{"code": "not-found", "title": "Introuvable"}'),
    "gone": problem(410, '{"code": "gone", "title": "Effacé"}'),
    "invalid": problem(422, '{"code": "invalid", "errors": [{"pointer": "/name", "detail": "Trop long."}]}'),
    "changed meanwhile": problem(412, '{"code": "precondition-failed", "title": "Modifié"}'),
    "signed out": problem(401, '{"code": "invalid-token"}'),
    "token ended": problem(401, '{"code": "token-ended"}'),
    "a refusal of no form": problem(409, '{"code": 5, "title": [], "detail": {}, "errors": ["x", 1]}'),
    "a refusal that is no JSON": problem(400, "{"),
    "cut": lost(httpx.ReadError),
    "no way there": lost(httpx.ConnectError),
    "too slow": lost(httpx.ReadTimeout),
    "no connection free": lost(httpx.PoolTimeout),
    "hung up": lost(httpx.RemoteProtocolError),
    "a page instead": answer(200, HTML, content_type="text/html"),
    "a page that says it is JSON": answer(200, HTML, content_type=JSON),
    "nothing": answer(200, b"", content_type=JSON),
    "no content": answer(204),
    "half of it": answer(200, b'{"items": [{"id": "0198', content_type=JSON),
    "null": answer(200, b"null", content_type=JSON),
    "a list": answer(200, b"[]", content_type=JSON),
    "lists without an end": answer(200, b"[" * 100_000, content_type=JSON),
    "a text": answer(200, b'"ok"', content_type=JSON),
    "not UTF-8": answer(200, b'{"items": "\xff\xfe"}', content_type=JSON),
    "badly compressed": answer(200, b"no gzip at all", content_type=JSON, content_encoding="gzip"),
    "elsewhere": answer(302, b"", location="https://captive.example/"),
    "unchanged": answer(304),
    "unchanged, says another": answer(304, b"", etag='W/"another"'),
}


@dataclass(frozen=True)
class Kept:
    """A service's answer as it may be given again."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes

    def again(self, request: httpx.Request) -> httpx.Response:
        """The answer; that nothing has changed, to who has it."""
        headers = httpx.Headers(self.headers)
        if (tag := headers.get("etag")) and tag in request.headers.get("if-none-match", ""):
            return httpx.Response(304, headers={"etag": tag}, request=request)
        return httpx.Response(self.status, headers=headers, content=self.content, request=request)


@dataclass
class Faulty(httpx.AsyncBaseTransport):
    """Between the portal and the services. With `fault`, each answer to the call `at` is that one.

    A call that was never made before goes through; a POST too, once.
    """

    inner: httpx.AsyncBaseTransport
    at: Call | None = None
    fault: Fault | None = None
    asked: list[Call] = field(default_factory=list)
    known: dict[Call, Kept] = field(default_factory=dict)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, or the fault."""
        call = request.method, request.url.raw_path.decode(), "authorization" in request.headers
        self.asked.append(call)
        if call == self.at and self.fault is not None:
            return self.fault(request)
        if call not in self.known:
            self.known[call] = await self._ask(request)
        return self.known[call].again(request)

    async def _ask(self, request: httpx.Request) -> Kept:
        request.headers.pop("if-none-match", None)
        found = await self.inner.handle_async_request(request)
        content = await found.aread()
        await found.aclose()
        plain = {"content-length", "content-encoding", "transfer-encoding"}
        headers = tuple((name, value) for name, value in found.headers.multi_items() if name not in plain)
        return Kept(found.status_code, headers, content)


@dataclass
class Unreliable(httpx.AsyncBaseTransport):
    """Hands requests on, except for a `share` of them, which meet any fault."""

    inner: httpx.AsyncBaseTransport
    chance: random.Random
    share: float = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, or a fault."""
        if self.share and self.chance.random() < self.share:
            return FAULTS[self.chance.choice(sorted(FAULTS))](request)
        return await self.inner.handle_async_request(request)


def wrong_with(page: httpx.Response) -> str | None:
    """What a page must not be in front of a fault; None when it tells people what they need."""
    if page.status_code >= 500 and page.status_code not in (502, 503):
        return f"a bare {page.status_code}"
    if page.is_redirect and not page.headers["location"].startswith("/"):
        return f"sent out of the house, to {page.headers['location']}"
    told = page.text
    if page.status_code >= 400 and not _is_for_people(page, told):
        return f"{page.status_code} with words for nobody: {told[:80]!r}"
    if "Traceback" in told or "trace_id" in told or "captive.example" in told or "It works!" in told:
        return "shows what is for no visitor"
    return None


def _is_for_people(page: httpx.Response, told: str) -> bool:
    return (
        page.headers.get("content-type", "").startswith("text/html")
        and "default-src 'self'" in page.headers.get("content-security-policy", "")
        and "<h1" in told
        and 'href="/' in told
    )


def forget(house: Any) -> None:
    """Take from a portal everything it keeps between visits."""
    fresh = type(house)(
        house.settings, house.http, house.cookies, house.renderer, house.refresher, house.metrics
    )
    vars(house).update(vars(fresh))
