"""The ordinary way of an event: recorded, published in order, handled once, answered."""

from __future__ import annotations

import asyncio
import json

import pytest
from maillage.db import Database
from maillage.events import Context, reception
from maillage.events.journal import Entry
from maillage.testing.nats import NatsServer
from sqlalchemy import select

from . import site


async def test_events_travel_in_order_and_reactions_are_published(
    database_url: str, tmp_path: object, nats_server: NatsServer, region: str
) -> None:
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region, consumer)
    async with site.database(database_url) as db:
        async with (
            site.running("maker", db, region, nats_server.url, consumer),
        ):
            ids = await site.make(db, *range(50))
            await site.eventually(lambda: site.seen(db), list(range(50)))
            await site.eventually(lambda: _unpublished(db), 0)
        assert await site.seen(db, "reacted") == list(range(50))
        async with db.read() as session:
            entries = list((await session.scalars(select(Entry).order_by(Entry.stream_sequence))).all())
    made = [entry for entry in entries if entry.type.endswith("made.v1")]
    answers = [entry for entry in entries if entry.type.endswith("seen.v1")]
    assert [entry.entity_id for entry in made] == [str(each) for each in ids]
    assert [entry.causation_id for entry in answers] == [str(entry.event_id) for entry in made]
    assert [entry.correlation_id for entry in answers] == [entry.correlation_id for entry in made]


async def test_messages_are_cloudevents_in_binary_mode(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    await site.provisioned(nats_server.url, region)
    async with site.database(database_url) as db, site.jetstream(nats_server.url) as js:
        async with site.running("maker", db, region, nats_server.url):
            (thing_id,) = await site.make(db, 7, label="été 100 %")
            await site.eventually(lambda: _unpublished(db), 0)
        message = await js.get_msg(f"EVENTS_{region.upper().replace('-', '_')}", seq=1)
    headers = message.headers or {}
    assert message.subject == f"{region}.maker.thing.made.v1.{thing_id}"
    assert headers["ce-specversion"] == "1.0"
    assert headers["ce-type"] == "fr.maillage.maker.thing.made.v1"
    assert headers["ce-source"] == f"/{region}/maker"
    assert headers["ce-id"] == headers["Nats-Msg-Id"]
    assert headers["ce-sequence"] == "7"
    assert headers["ce-subject"] == str(thing_id)
    assert json.loads(message.data or b"") == {"thing_id": str(thing_id), "number": 7, "label": "été 100 %"}


async def test_a_backlog_is_handled_in_order_and_once_also_over_an_end_in_its_midst(
    database_url: str, nats_server: NatsServer, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "BATCH_SIZE", 4)  # a full batch's successor is fetched meanwhile
    reached = asyncio.Event()

    async def notice(event: site.Made, _ctx: Context) -> None:
        if event.number == 6:
            reached.set()

    consumer = site.watcher(notice)
    await site.provisioned(nats_server.url, region, consumer)
    async with site.database(database_url) as db:
        async with site.running("maker", db, region, nats_server.url):
            await site.make(db, *range(30))
            await site.eventually(lambda: _unpublished(db), 0)
        async with site.running("maker", db, region, nats_server.url, consumer):
            await reached.wait()
        async with site.running("maker", db, region, nats_server.url, consumer):
            await site.eventually(lambda: site.seen(db), list(range(30)))
        assert await site.seen(db, "reacted") == list(range(30))


async def _unpublished(db: Database) -> int:
    async with db.read() as session:
        return len((await session.scalars(select(Entry.id).where(Entry.published_at.is_(None)))).all())
