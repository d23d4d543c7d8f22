"""Where a house listens: answers leave at once, in however many parts; no caller says who she is."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest
from maillage_embedded.home import Home
from maillage_embedded.plan import Plan
from maillage_embedded.up import bound, serving
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send


async def test_no_part_of_an_answer_waits_for_the_one_before_to_be_acknowledged(tmp_path: Path) -> None:
    met: asyncio.Queue[socket.socket] = asyncio.Queue()

    async def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await met.put(writer.get_extra_info("socket"))
        await writer.drain()

    with bound(Plan(Home(tmp_path), "127.0.0.1", 0)) as listener:
        async with await asyncio.start_server(meet, sock=listener):
            _, caller = await asyncio.open_connection(*listener.getsockname()[:2])
            async with asyncio.timeout(60):
                served = await met.get()
            assert served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
            caller.close()


@pytest.mark.parametrize(
    ("public", "seen"), [(None, "127.0.0.1"), ("https://maillage.exemple.fr", "203.0.113.7")]
)
async def test_only_a_proxy_in_front_says_whom_a_request_is_from(
    public: str | None, seen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any user of the machine could otherwise be a new caller at each request, and have no limit."""
    monkeypatch.delenv("MAILLAGE_PUBLIC_URL", raising=False)
    if public:
        monkeypatch.setenv("MAILLAGE_PUBLIC_URL", public)

    async def caller(scope: Scope, receive: Receive, send: Send) -> None:
        client = Request(scope).client
        await PlainTextResponse(client.host if client else "")(scope, receive, send)

    plan = Plan(Home(tmp_path), "127.0.0.1", 0)
    with bound(plan) as listener:
        async with serving(caller, listener, proxied=plan.proxied), httpx.AsyncClient() as client:
            port = listener.getsockname()[1]
            answer = await client.get(
                f"http://127.0.0.1:{port}/", headers={"X-Forwarded-For": "203.0.113.7"}, timeout=60
            )
    assert answer.text == seen
