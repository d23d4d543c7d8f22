"""What a house lets operators overhear, in which nobody is named: log files, traces and metrics.

Before the house stops it is asked things that tempt it: searches by name, addresses and bodies with a name in
them that nobody can handle. Then everything is searched for every name, address and telephone number.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from maillage.trust import trusted

from tests.support.embedded import SERVICES, Embedded

FEW_LINES = 30


class Collector:
    """An OpenTelemetry collector that keeps what it is sent: texts stand in protobuf as they are."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        kept = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                kept.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """What MAILLAGE_OTLP_ENDPOINT is set to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """No longer listen."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def overheard(house: Embedded, people: list[dict[str, Any]]) -> Iterator[None]:
    """Run the house inside the block; after it, nothing of `people` may have been overheard.

    `people` may grow meanwhile; a person has `first_name`, `last_name`, `email` and perhaps `phone`. There
    must be somebody in the end, whichever of a house's tests one process runs.
    """
    collector = Collector()
    house.environment["MAILLAGE_OTLP_ENDPOINT"] = collector.url
    ended = 0
    try:
        yield
        metrics = tempt(house, people[-1]) if people and house.running() else {}
    finally:
        if house.running():
            ended = house.stop()
        collector.close()
    assert ended == 0, "it stops as asked"
    if not people:  # this process ran only tests that bring nobody: nothing could be overheard
        return
    heard = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in written(house)}
    heard["traces"] = b"\n".join(collector.received).decode(errors="replace")
    lines = [
        text.count('"event": "request"') for name, text in heard.items() if name.startswith("maillage.log")
    ]
    assert sum(lines) > FEW_LINES  # also in those that were full
    assert heard["traces"].count("http.route") > FEW_LINES
    found = [
        f"{place}: {line[:300]}"
        for place, text in {**heard, **metrics}.items()
        for line in naming(text, people)
    ]
    assert not found, "\n".join(found[:20])


def written(house: Embedded) -> list[Path]:
    """The files that operators read: logs, what the command said, the bus's configuration."""
    said = house.data.parent / f"{house.data.name}.up.log"
    return [*sorted((house.data / "log").glob("*.log*")), said, house.data / "nats" / "nats.conf"]


def naming(text: str, people: Iterable[dict[str, Any]]) -> list[str]:
    """The lines that hold something of somebody."""
    words = {
        person[name] for person in people for name in ("first_name", "last_name", "email") if person.get(name)
    }
    words |= {quote(word) for word in words}
    phones = {re.sub(r"\D", "", person["phone"]) for person in people if person.get("phone")}
    squeezed = re.compile(r"(?<=\d)[ .\u00a0-](?=\d)")
    digits = squeezed.sub("", text)
    # Most are nowhere in it, which is seen much faster than that no line has one of hundreds as a word.
    words, phones = {word for word in words if word in text}, {phone for phone in phones if phone in digits}
    if not words and not phones:
        return []
    named = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(words)) or r"(?!)")
    called = re.compile("|".join(phones) or r"(?!)")
    return [line for line in text.splitlines() if named.search(line) or called.search(squeezed.sub("", line))]


def tempt(house: Embedded, person: dict[str, Any]) -> dict[str, str]:
    """Say her name wherever it may be said and cannot be dealt with; the metrics afterwards, by service."""
    last, email = person["last_name"], person["email"]
    with httpx.Client(base_url=house.url, verify=trusted(), timeout=60) as client:
        for query in (f"q={quote(last)}", f"q={quote(email)}", f"{quote(last)}={quote(email)}"):
            for path in ("/annuaire", "/api/directory/v1/coordinators", "/api/events/v1/seminars"):
                client.get(f"{path}?{query}")
        for path in (
            "",
            "/coordonnateurs",
            "/api/directory/v1/coordinators",
            "/api/nobody",
            "/seminaires",
            "/langue",
        ):
            client.get(f"{path}/{quote(last)}", headers={"X-Request-Id": email, "User-Agent": email})
        for body in (
            f'{{"email": "{email}"',
            f'{{"email": "{last}"}}',
            f'{{"{last}": "{email}"}}',
            "é" + last,
        ):
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {last}".encode()}
            for path in ("directory/v1/auth/codes", "directory/v1/coordinators", "directory/v1/auth/tokens"):
                client.post(f"/api/{path}", content=body.encode(), headers=headers)
        client.request(last.encode("ascii", "ignore").decode() or "X", "/annuaire")
        answers = {name: client.get(f"/api/{name}/v1/metrics").text for name in SERVICES}
    assert all("maillage_http_request_seconds" in text for text in answers.values())
    return answers
