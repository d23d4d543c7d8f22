"""What somebody would write who needs the effect and none of the guarantees."""

from __future__ import annotations

import json
from time import perf_counter
from uuid import UUID

import asyncpg
import nats
from maillage.events.streams import events_stream
from nats.js.api import AckPolicy, ConsumerConfig

from tests.load.house import Servers

TABLE = "CREATE TABLE person (id uuid PRIMARY KEY, first_name text, last_name text)"
UPSERT = (
    "INSERT INTO person VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET first_name = $2, last_name = $3"
)


async def consumed_by_hand(here: Servers, region: str, events: int) -> float:
    """Events a second of a bare consumer: fetch a hundred, upsert each, commit, acknowledge."""
    connection = await asyncpg.connect(await here.database("by_hand"))
    await connection.execute(TABLE)
    client = await nats.connect(here.nats.url)
    jetstream = client.jetstream(timeout=10)
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT)
    reader = await jetstream.pull_subscribe("", stream=events_stream(region), config=config)
    started, done = perf_counter(), 0
    while done < events:
        messages = await reader.fetch(min(100, events - done), timeout=5)
        async with connection.transaction():
            for message in messages:
                body = json.loads(message.data)
                person = UUID(body["coordinator_id"])
                await connection.execute(UPSERT, person, body["first_name"], body["last_name"])
        for message in messages:
            await message.ack()
        done += len(messages)
    spent = perf_counter() - started
    await client.close()
    await connection.close()
    return events / spent
