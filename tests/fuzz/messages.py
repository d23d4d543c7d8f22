"""Messages for a stream: events as they should be, and everything that is nearly one or none at all."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from maillage.clock import now
from maillage.events.event import subject_of
from maillage.events.streams import MAX_MESSAGE_BYTES
from maillage.ids import new_id

from tests.contracts.installed import SERVICES, contract
from tests.fuzz.values import NASTY_TEXTS, NASTY_TIMES, Sampler, mutated

PLAIN = b"NATS/1.0\r\n"
# What the server or a client gives a meaning of its own, in a message that is neither's.
FOREIGN_HEADERS = (
    ("Status", "404"), ("Status", "408"), ("Status", "100"), ("Status", "x"), ("Nats-Sequence", "1"),
    ("Nats-Subject", "a.b"), ("Nats-Time-Stamp", "never"), ("Nats-Stream", "DLQ"), ("Nats-Num-Pending", "-1"),
    ("traceparent", "00-zz"), ("traceparent", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"),
    ("tracestate", "a=" * 300), ("content-type", "application/xml"), ("content-encoding", "gzip"),
    ("dlq-reason", "%zz"), ("dlq-stream-seq", "x"), ("dlq-subject", "x"), ("dlq-without-body", "1"),
    ("correlation_id", "x"), ("reply_to", "a.b"), ("baggage", "a=b,,,"),
)  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """One message: headers as pairs, since a name may come twice, or as the very bytes of their block."""

    subject: str
    headers: tuple[tuple[str, str], ...] | None
    body: bytes
    deed: str = "valid"
    block: bytes | None = None

    @property
    def header_block(self) -> bytes:
        """The headers on the wire; empty when there are none."""
        if self.block is not None or self.headers is None:
            return self.block or b""
        lines = [f"{name}: {value}\r\n".encode(errors="surrogatepass") for name, value in self.headers]
        return PLAIN + b"".join(lines) + b"\r\n"

    def on_the_wire(self) -> bytes:
        """The protocol's line with its payload."""
        block = self.header_block
        sizes = f"{len(block)} {len(block) + len(self.body)}" if block else str(len(self.body))
        verb = "HPUB" if block else "PUB"
        return f"{verb} {self.subject} {sizes}\r\n".encode() + block + self.body + b"\r\n"


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """The committed schema of every type that some service publishes."""
    paths = [path for name in SERVICES for path in (contract(name) / "schemas").glob("*.json")]
    return {path.stem: json.loads(path.read_text()) for path in paths}


@dataclass
class Author:
    """Writes messages of one region, the same for the same chance."""

    region: str
    chance: random.Random
    known: dict[str, list[str]]
    types: list[str]
    _last: Sent | None = field(default=None)

    def valid(self, event_type: str | None = None) -> Sent:
        """An event as its publisher's schema allows it."""
        kind = event_type or self.chance.choice(self.types)
        body = Sampler(self.chance, self.known).body(schemas()[kind])
        first = next(iter(body.values()), None)
        entity = first if isinstance(first, str) and " " not in first and first else str(new_id())
        event_id = str(new_id())
        headers = {
            "ce-specversion": "1.0",
            "ce-id": event_id,
            "ce-type": kind,
            "ce-source": f"/{self.region}/{kind.split('.')[2]}",
            "ce-time": now().isoformat(),
            "ce-sequence": str(self.chance.randrange(1, 50)),
            "Nats-Msg-Id": event_id,
            "content-type": "application/json",
        }
        sent = Sent(subject_of(self.region, kind, entity), tuple(headers.items()), dumped(body))
        self._last = sent
        return sent

    def any(self) -> Sent:
        """A message of any kind; one in five is as it should be."""
        deeds = (
            self.valid, self.other_body, self.other_body, self.random_body, self.broken_json, self.no_header,
            self.other_header, self.foreign_header, self.random_headers, self.other_subject, self.again,
            self.large,
        )  # fmt: skip
        if self.chance.random() < 0.12:
            return self.valid()
        return self.chance.choice(deeds)()

    def other_body(self) -> Sent:
        base = self.valid()
        value = json.loads(base.body)
        for _ in range(self.chance.choice((1, 1, 2, 4))):
            value = mutated(value, self.chance) if isinstance(value, dict | list) else value
        return replace(base, body=dumped(value), deed="other body")

    def random_body(self) -> Sent:
        size = self.chance.choice((0, 1, 7, 300))
        return replace(self.valid(), body=self.chance.randbytes(size), deed="random body")

    def broken_json(self) -> Sent:
        base = self.valid()
        cut = self.chance.randrange(len(base.body))
        deep = b"[" * self.chance.choice((10, 5000, 100_000))
        kept = (
            base.body[:cut],
            base.body + b"}",
            deep,
            b'{"a":' * 3000,
            b"\xff\xfe" + base.body,
            base.body[::-1],
        )
        return replace(base, body=self.chance.choice(kept), deed="broken JSON")

    def no_header(self) -> Sent:
        base = self.valid()
        pairs = list(base.headers or ())
        gone = self.chance.choice((None, 1, 2))
        if gone is None:
            return replace(base, headers=None, deed="no headers")
        left = tuple(self.chance.sample(pairs, len(pairs) - gone))
        return replace(base, headers=left, deed="headers missing")

    def other_header(self) -> Sent:
        base = self.valid()
        pairs = list(base.headers or ())
        place = self.chance.randrange(len(pairs))
        values = (*NASTY_TEXTS, *NASTY_TIMES, str(2**63), "9" * 5000, "%00", "%zz", "%C3%28", str(new_id()))
        value = self.chance.choice(values).replace("\r", "").replace("\n", "")
        pairs[place] = (pairs[place][0], value[:60_000])
        return replace(base, headers=tuple(pairs), deed=f"other {pairs[place][0]}")

    def foreign_header(self) -> Sent:
        base = self.valid()
        added = self.chance.choice((*FOREIGN_HEADERS, *(base.headers or ())))
        where = self.chance.randrange(2)
        pairs = (added, *(base.headers or ())) if where else (*(base.headers or ()), added)
        return replace(base, headers=pairs, deed=f"foreign {added[0]}")

    def random_headers(self) -> Sent:
        base = self.valid()
        block = bytearray(base.header_block)
        for _ in range(self.chance.choice((1, 3, 20))):
            block[self.chance.randrange(len(PLAIN), len(block))] = self.chance.randrange(256)
        lines = (
            b"NATS/1.0 404 No Messages\r\n\r\n",
            PLAIN + b"\r\n",
            PLAIN + b":\r\n\r\n",
            bytes(block),
            bytes(block),
        )
        return replace(base, block=self.chance.choice(lines), deed="random headers")

    def other_subject(self) -> Sent:
        base = self.valid()
        stem, _, entity = base.subject.rpartition(".")
        other = self.chance.choice(self.types).removeprefix("fr.maillage.")
        kept = (
            f"{stem}.{'x' * 3000}",
            f"{stem}.é",
            f"{self.region}.{other}.{entity}",
            f"{stem}.0",
            f"{stem}.{entity}.more",
        )
        return replace(base, subject=self.chance.choice(kept), deed="other subject")

    def again(self) -> Sent:
        """The last event once more, as it was or with another body under the same id."""
        base = self._last or self.valid()
        pairs = tuple((n, v) for n, v in base.headers or () if n != "Nats-Msg-Id")
        body = self.chance.choice((base.body, b"{}"))
        return replace(base, headers=pairs, body=body, deed="again")

    def large(self) -> Sent:
        """As large as the stream takes, or nearly: its copy in the dead letters has to fit as well."""
        base = self.valid()
        size = MAX_MESSAGE_BYTES - len(base.header_block) - self.chance.choice((0, 1, 200, 600, 5000))
        if self.chance.random() < 0.9:  # rarely, for they are slow
            size //= 50
        return replace(base, body=b'"' + b"x" * (size - 2) + b'"', deed="large")


def dumped(value: Any) -> bytes:
    """JSON as Python writes it, which takes NaN, and halves of characters."""
    return json.dumps(value, ensure_ascii=True).encode()
