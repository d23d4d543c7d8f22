"""Who sends to the proxy slowly, or too much, is sent away by it: no service hears of it, nobody waits.
So is who asks for what is kept inside, however she spells it.

The proxy is the machine's own haproxy with the configuration of deploy/, its fifteen seconds made one and its
services one small server of this test. Behind the proxy: test_patience.py, test_bodies.py.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest

from tests.support.embedded import free_port

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "proxy" / "haproxy.cfg"
PATIENCE, PATIENCE_HERE = "15s", "1s"
MOST_BYTES = 200_000
MANY = 50
END = 60
"""Seconds after which a test gives up: far more than it takes."""
HEAD = "POST /api/events/v1/seminars HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BODY = f"{HEAD}Content-Length: 500\r\n\r\n" + '{"title": '


@dataclass
class Door:
    """The proxy's address, the bodies that came through it, and the addresses that were read there."""

    port: int
    through: list[int] = field(default_factory=list)
    read: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(self, text: str) -> socket.socket:
        """A connection on which so much was sent, and no more."""
        sent = socket.create_connection(("127.0.0.1", self.port), timeout=END)
        sent.sendall(text.encode())
        return sent


def _configuration(folder: Path, door: int, behind: int) -> Path:
    """That of deploy/, with ports of this test: every other line is as it stands there."""
    text = CONFIGURATION.read_text(encoding="utf-8")
    assert text.count(f" {PATIENCE}") == 2, "headers and bodies are waited for equally long"
    changes = {
        rf" {PATIENCE}\b": f" {PATIENCE_HERE}",
        r"bind :8080": f"bind 127.0.0.1:{door}",
        r"bind :8081": f"bind 127.0.0.1:{free_port()}",
        r"bind 127\.0\.0\.1:8404": f"bind 127.0.0.1:{free_port()}",
        r"server-template replica 1-8 .*": f"server one 127.0.0.1:{behind}",
        r"default-server .*": "",
        r"log stdout .*": "",
    }
    for old, new in changes.items():
        text, count = re.subn(old, new, text)
        assert count, f"{old} is no longer in the configuration"
    written = folder / "haproxy.cfg"
    written.write_text(text, encoding="utf-8")
    return written


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None and os.environ.get("MAILLAGE_REQUIRE_HAPROXY"):
        pytest.fail("haproxy is not on this machine, and MAILLAGE_REQUIRE_HAPROXY is set")
    if program is None:
        pytest.skip("haproxy is not on this machine: slow senders at the proxy were not tried")
    made = Door(free_port())

    class Behind(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.through.append(len(body))
            self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            made.read.append(unquote(self.path))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Behind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    written = _configuration(tmp_path_factory.mktemp("proxy"), made.port, server.server_port)
    settings = {
        "MAILLAGE_MAX_BODY_BYTES": str(MOST_BYTES),
        "MAILLAGE_DOMAIN": "",
        "MAILLAGE_OUTER_PROXIES": "",
    }
    proxy = subprocess.Popen([program, "-db", "-f", str(written)], env={**os.environ, **settings})
    try:
        httpx.HTTPTransport(retries=8).handle_request(httpx.Request("POST", made.url + "/x", content=b""))
        yield made
    finally:
        proxy.terminate()
        proxy.wait(30)
        server.shutdown()
        server.server_close()


def _answered(connection: socket.socket) -> str:
    """All that comes until the other side has had enough."""
    told = b""
    with connection, suppress(ConnectionError):
        while piece := connection.recv(65536):
            told += piece
    return told.decode(errors="replace")


@pytest.mark.parametrize("sent", [HEAD, BODY], ids=["headers", "body"])
def test_who_stops_in_the_middle_is_sent_away_and_no_service_hears_of_it(door: Door, sent: str) -> None:
    before = len(door.through)
    assert _answered(door.send(sent)).startswith("HTTP/1.1 408")
    assert len(door.through) == before


@pytest.mark.parametrize("sent", [HEAD, BODY], ids=["headers", "body"])
def test_a_byte_now_and_then_buys_no_more_time(door: Door, sent: str) -> None:
    before, connection, done = len(door.through), door.send(sent), threading.Event()

    def drip() -> None:
        with suppress(OSError):
            while not done.wait(0.2):
                connection.sendall(b"x")

    dripping = threading.Thread(target=drip)
    dripping.start()
    told = b""
    try:
        with suppress(ConnectionError):
            told = connection.recv(65536)
    finally:
        done.set()
        dripping.join()
        connection.close()
    assert told.startswith(b"HTTP/1.1 408") or not told
    assert len(door.through) == before


def test_many_slow_senders_hold_up_nobody(door: Door) -> None:
    slow = [door.send(BODY if number % 2 else HEAD) for number in range(MANY)]
    try:
        for size in (0, 300, 120_000):  # none, one that is buffered whole, one that is not
            assert (_posted(door, size), door.through[-1]) == (201, size)
    finally:
        for each in slow:
            each.close()


def _posted(door: Door, size: int) -> int:
    """The status of a request with such a body. On a busy machine it is sometimes we who are the slow one."""
    for _ in range(5):
        answer = httpx.post(f"{door.url}/api/events/v1/seminars", content=b"x" * size, timeout=END)
        if answer.status_code != 408:
            break
    return answer.status_code


def test_too_large_a_body_is_refused_before_it_is_sent(door: Door) -> None:
    before = len(door.through)
    told = _answered(door.send(f"{HEAD}Content-Length: {MOST_BYTES + 1}\r\nConnection: close\r\n\r\n"))
    assert told.startswith("HTTP/1.1 413")
    assert '"code":"too-large"' in told
    assert "content-security-policy" in told.lower(), "the proxy's own answers carry the headers too"
    assert len(door.through) == before


@pytest.mark.parametrize(
    "path",
    [
        "/api/events/v1/metrics",
        "/api/events/v1/metric%73",
        "/api/events/v1/%6Detrics?x=1",
        "/api/events/v1%2fmetrics",
        "/%61pi/portal/v1/metrics",
        "/api/port%61l/v1/metrics",
    ],
)
def test_the_numbers_of_a_service_are_kept_inside_however_their_address_is_spelled(
    door: Door, path: str
) -> None:
    """A server decodes a path before it looks for its route: so must who keeps one inside."""
    told = _answered(door.send(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    assert told.startswith("HTTP/1.1 404"), told
    assert not [one for one in door.read if "metrics" in one]


def test_what_is_not_kept_inside_is_read_through_the_proxy(door: Door) -> None:
    assert httpx.get(f"{door.url}/api/events/v1/seminars?q=metrics", timeout=END).status_code == 204
    assert "/api/events/v1/seminars?q=metrics" in door.read
    door.read.clear()
