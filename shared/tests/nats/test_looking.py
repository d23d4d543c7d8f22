"""A service that looks for its own events is shown no other's, and can have none told as another's."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest
from maillage.events import Consumer, Context, deadletters
from maillage.ids import new_id
from maillage.testing.nats import NatsServer

from .bus import EVENTS, MADE, Made, at_work, signed_in, until


async def test_what_is_read_and_sent_on_as_anothers_event_is_not_believed(
    server: NatsServer, provisioned: None, tmp_path: Path
) -> None:
    """Whoever may read a stream says where the answer goes: also to a subject where it may not publish."""
    forged, got = new_id(), list[UUID]()
    consumer = Consumer("maker")

    @consumer.project(MADE)
    async def keep(event: Made, _ctx: Context) -> None:
        got.append(event.thing_id)

    async with signed_in(server, "operator") as (operator, _):
        jetstream = operator.jetstream(timeout=60)
        await jetstream.purge_stream(EVENTS)
        async with signed_in(server, "other") as (client, refused):
            told = {k: v for k, v in headers_of_made(forged).items() if k != "Nats-Msg-Id"}
            body = json.dumps({"thing_id": str(forged)}).encode()
            ack = await client.jetstream(timeout=60).publish("fr-pac.other.x.y.v1.z", body, headers=told)
            assert refused == []
        async with signed_in(server, "catalogue") as (client, refused):
            place = json.dumps({"seq": ack.seq}).encode()
            await client.publish(f"$JS.API.DIRECT.GET.{EVENTS}", place, reply=f"fr-pac.{MADE}.{forged}")
            await client.flush(timeout=60)
            assert refused == []

        async def stored() -> bool:
            return (await jetstream.stream_info(EVENTS)).state.last_seq > ack.seq

        await until(stored)
        true = await jetstream.publish(
            f"fr-pac.{MADE}.{(real := new_id())}",
            json.dumps({"thing_id": str(real)}).encode(),
            headers=headers_of_made(real),
        )
        async with at_work(server, consumer, tmp_path):
            await until(lambda: real in got)
            assert got == [real], true
        reasons = [each.reason async for each in deadletters.letters(jetstream, "maker")]
        assert any("an answer of the server's" in each for each in reasons), reasons


def headers_of_made(thing: UUID) -> dict[str, str]:
    """What an event of `maker` says of itself."""
    return {
        "ce-specversion": "1.0",
        "ce-id": str(thing),
        "ce-type": f"fr.maillage.{MADE}",
        "ce-source": "/fr-pac/maker",
        "ce-time": "2026-03-01T10:00:00Z",
        "Nats-Msg-Id": str(thing),
    }


BEYOND = [
    {"filter_subject": "fr-pac.maker.>"},
    {"filter_subjects": ["fr-pac.maker.>"]},
    {"filter_subjects": ["fr-pac.other.>", "fr-pac.maker.>"]},
    {},
    {"name": "maker", "filter_subject": "fr-pac.other.>"},
    {"durable_name": "maker", "filter_subject": "fr-pac.other.>"},
]
"""What a service might write into the request that it may send for its own events alone."""


@pytest.mark.parametrize("body", BEYOND, ids=json.dumps)
async def test_a_service_that_looks_for_its_own_is_not_shown_others(
    server: NatsServer, provisioned: None, body: dict[str, object]
) -> None:
    async with signed_in(server, "operator") as (operator, _), signed_in(server, "other") as (client, _):
        before = await operator.jetstream(timeout=60).consumer_info(EVENTS, "maker")
        config = {"deliver_policy": "all", "ack_policy": "none", "name": "other-look"} | body
        told = await client.request(
            f"$JS.API.CONSUMER.CREATE.{EVENTS}.other-look.fr-pac.other.>",
            json.dumps({"stream_name": EVENTS, "config": config}).encode(),
            timeout=60,
        )
        made = json.loads(told.data)
        assert "error" in made or (made["name"], made["config"]["filter_subject"]) == (
            "other-look",
            "fr-pac.other.>",
        )
        after = await operator.jetstream(timeout=60).consumer_info(EVENTS, "maker")
        assert after.config == before.config
