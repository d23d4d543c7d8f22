"""What the checker judges: the history, every table, the stream, the dead letters and the mailbox."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from maillage.db import Database
from maillage.events import deadletters
from maillage.events.consumer import Consumer
from maillage.events.deadletters import DeadLetter
from maillage.events.names import events_stream, feed_stream, public_stream
from maillage.events.streams import installed_services
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from tests.faults.history import History

Row = dict[str, Any]
NEMESIS = "Faults-Nemesis"
"""The header of what the nemesis published, with the kind of harm as its value."""
REGION = "fr-pac"
STREAM = events_stream(REGION)


@dataclass(frozen=True)
class Published:
    """A message of the stream."""

    place: int
    subject: str
    event_id: str
    nemesis: str | None = None
    body: bytes = b""

    @property
    def kind(self) -> str:
        """The event's type without its entity: `events.registration.confirmed.v1`."""
        return ".".join(self.subject.split(".")[1:5])


@dataclass
class Evidence:
    """`tables`: rows by `service.table`. `filters`: the event types each consumer reads, in short form.

    `waiting`: what had not settled when patience ended, `crashes`: requests that logs call so; a line each.
    Of a region with a neighbour also `public`, what it lets out, `feed`, its copy of what the other does,
    `abroad`, what consumers read of it.
    """

    history: History = field(default_factory=History)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    stream: list[Published] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    mails: dict[str, bytes] = field(default_factory=dict)
    filters: dict[str, set[str]] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    region: str = REGION
    public: list[Published] = field(default_factory=list)
    feed: list[Published] = field(default_factory=list)
    abroad: dict[str, set[str]] = field(default_factory=dict)

    @property
    def stream_name(self) -> str:
        return events_stream(self.region)

    def rows(self, table: str, **wanted: Any) -> list[Row]:
        """The rows of `service.table` whose columns have these values (ids compared as text)."""
        asked = {name: str(value) for name, value in wanted.items()}
        return [
            row
            for row in self.tables.get(table, [])
            if all(str(row.get(name)) == value for name, value in asked.items())
        ]

    def by_id(self, table: str) -> dict[str, Row]:
        """The rows of a table by their id."""
        return {str(row["id"]): row for row in self.tables.get(table, [])}

    @property
    def services(self) -> list[str]:
        """The services whose journals there are."""
        return sorted({name.split(".")[0] for name in self.tables if name.endswith(".outbox")})

    def journal(self, *services: str) -> list[Row]:
        """The entries of these services' journals (of all when none is named), in their order."""
        return [row for name in services or self.services for row in self.tables.get(f"{name}.outbox", [])]

    @property
    def erased(self) -> set[str]:
        """The people who were erased, by the directory's word."""
        return {str(row["id"]) for row in self.rows("directory.coordinator", status="erased")}

    def write(self, folder: Path) -> None:
        """One file a table, and one for the stream: a JSON object a line, for who reads a failure."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.tables.items():
            _write_lines(folder / f"{name}.jsonl", rows)
        for name, messages in (("stream", self.stream), ("public", self.public), ("feed", self.feed)):
            _write_lines(folder / f"{name}.jsonl", [vars(each) for each in messages])
        _write_lines(folder / "dead-letters.jsonl", [asdict(each) for each in self.letters])


def _write_lines(path: Path, rows: Iterable[Row]) -> None:
    lines = (json.dumps(row, ensure_ascii=False, default=str) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def kind_of(entry: Row) -> str:
    """The short type of a journal entry."""
    return str(entry["type"]).removeprefix("fr.maillage.")


def consumer_filters(services: Iterable[str], *, abroad: bool = False) -> dict[str, set[str]]:
    """What each consumer reads of its own region, or of the others."""
    found: dict[str, set[str]] = {}
    for service in installed_services():
        consumer: Consumer | None = service.consumer
        if consumer is None or service.name not in services:
            continue
        types = {
            each.removeprefix("fr.maillage.")
            for each in (consumer.types_abroad if abroad else consumer.types)
        }
        # The directory waits for the confirmation of those services alone that there are.
        if read := {each for each in types if each.split(".")[0] in services}:
            found[consumer.name] = read
    return found


async def read_tables(databases: dict[str, str]) -> dict[str, list[Row]]:
    """Every row of every table."""
    found: dict[str, list[Row]] = {}
    for service in installed_services():
        if service.name not in databases:
            continue
        db = Database(databases[service.name])
        async with db.read() as session:
            for table in service.base.metadata.sorted_tables:
                rows = (await session.execute(table.select().order_by(*table.primary_key.columns))).all()
                found[f"{service.name}.{table.name}"] = [dict(row._mapping) for row in rows]
        await db.dispose()
    return found


async def read_stream(jetstream: JetStreamContext, stream: str) -> list[Published]:
    """Every message of a stream, in its order."""
    left = (await jetstream.stream_info(stream)).state.messages
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, inactive_threshold=60)
    reader = await jetstream.pull_subscribe("", stream=stream, config=config)
    found: list[Published] = []
    while len(found) < left:
        for message in await reader.fetch(min(left - len(found), 500), timeout=30):
            headers = message.headers or {}
            place, known = message.metadata.sequence.stream, headers.get("ce-id", "")
            found.append(Published(place, message.subject, known, headers.get(NEMESIS), message.data))
    await reader.unsubscribe()
    return found


def read_mails(mailbox: Path) -> dict[str, bytes]:
    """Every mail by its file's name without the ending."""
    return {path.stem: path.read_bytes() for path in sorted(mailbox.glob("*.eml"))}


async def gather(
    history: History,
    databases: dict[str, str],
    client: Client,
    mails: dict[str, bytes],
    waiting: list[str],
    *,
    region: str = REGION,
    peer: str | None = None,
) -> Evidence:
    """Read it all. Nothing may be under way any more. `peer`: the region this one is linked to."""
    jetstream = client.jetstream(timeout=30)
    return Evidence(
        history=history,
        tables=await read_tables(databases),
        stream=await read_stream(jetstream, events_stream(region)),
        letters=[letter async for letter in deadletters.letters(jetstream)],
        mails=mails,
        filters=consumer_filters(databases),
        waiting=waiting,
        region=region,
        public=await read_stream(jetstream, public_stream(region)) if peer else [],
        feed=await read_stream(jetstream, feed_stream(peer)) if peer else [],
        abroad=consumer_filters(databases, abroad=True) if peer else {},
    )
