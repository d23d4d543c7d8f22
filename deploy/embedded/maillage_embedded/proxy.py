"""The small reverse proxy in front of `maillage up --processes`: nothing is buffered, in either direction."""

from collections.abc import AsyncIterator, Mapping

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailers",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers about one connection, not about the message (RFC 9110, 7.6.1)."""


class Proxy:
    """Sends /api/<service>/… to that service's address and everything else to the portal's."""

    def __init__(self, services: Mapping[str, str], portal: str, client: httpx.AsyncClient) -> None:
        self._services = services
        self._portal = portal
        self._client = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request; there is no lifespan and no websocket here."""
        if scope["type"] != "http":
            raise RuntimeError(f"no {scope['type']} here")
        response = await self._forward(Request(scope, receive))
        await response(scope, receive, send)

    def _target(self, path: str) -> str | None:
        first, _, rest = path.removeprefix("/").partition("/")
        return self._services.get(rest.partition("/")[0]) if first == "api" else self._portal

    async def _forward(self, request: Request) -> Response:
        target = self._target(request.url.path)
        if target is None:
            return problem(404, "not-found", "Adresse inconnue")
        raw_path = request.scope["raw_path"].decode("ascii")
        query = f"?{request.url.query}" if request.url.query else ""
        outgoing = self._client.build_request(
            request.method,
            f"{target}{raw_path}{query}",
            headers=_request_headers(request),
            content=_body(request),
        )
        try:
            answer = await self._client.send(outgoing, stream=True)
        except (httpx.TransportError, ClientDisconnect):
            return problem(503, "unavailable", "Ce service redémarre : réessayez dans un instant")
        return Passing(answer)


class Passing(StreamingResponse):
    """An upstream answer passed on piece by piece as it stands, compressed or not."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__(_pieces(answer), status_code=answer.status_code)
        self.raw_headers = [
            (name.lower(), value)
            for name, value in answer.headers.raw
            if name.lower().decode("latin-1") not in HOP_BY_HOP
        ]


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_raw():
            yield piece
    finally:
        await answer.aclose()


def _body(request: Request) -> AsyncIterator[bytes] | None:
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    return request.stream() if has_body else None


def _request_headers(request: Request) -> list[tuple[str, str]]:
    headers = [
        (name, value)
        for name, value in request.headers.items()
        if name not in HOP_BY_HOP and not name.startswith("x-forwarded-")
    ]
    visitor = request.client.host if request.client else "127.0.0.1"
    # The portal calls through here too: what it says about its visitor is kept.
    if visitor == "127.0.0.1" and (said := request.headers.get("x-forwarded-for")):
        visitor = said
    return [*headers, ("x-forwarded-for", visitor), ("x-forwarded-proto", request.url.scheme)]


def problem(status: int, code: str, title: str) -> Response:
    """An RFC 9457 answer of the proxy's own."""
    body = {"type": "about:blank", "title": title, "status": status, "code": code}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")
