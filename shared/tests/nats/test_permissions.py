"""Each user of the bus can do its own work and nothing else, on a real nats-server with the rendered file."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import nats
import pytest
from maillage.events import Consumer, Context, Permanent, deadletters, record
from maillage.events.purge import erase_entity
from maillage.events.repair import Journal, repair
from maillage.ids import new_id
from maillage.testing.nats import NatsServer
from nats.js.errors import NotFoundError

from .bus import EVENTS, FEED, MADE, PUBLIC, Made, PieceMade, at_work, signed_in, until


def maker(got: list[UUID]) -> Consumer:
    """A consumer that refuses its first event, keeps the others, and listens abroad."""
    consumer = Consumer("maker")

    @consumer.project(MADE)
    async def keep(event: Made, _ctx: Context) -> None:
        got.append(event.thing_id)
        if event.thing_id == got[0]:  # each time: what a batch could not do is tried one by one
            raise Permanent("the first one is never good")

    @consumer.project(MADE, abroad=True)
    async def keep_theirs(event: Made, _ctx: Context) -> None:
        got.append(event.thing_id)

    return consumer


async def test_a_service_does_all_of_its_work(server: NatsServer, provisioned: None, tmp_path: Path) -> None:
    """Relay, durables at home and on a feed, dead letters, a rebuild's reset, and taking a person out."""
    got: list[UUID] = []
    async with at_work(server, maker(got), tmp_path) as (runtime, db):
        mine = [new_id() for _ in range(3)]
        async with db.write() as session:
            for each in mine:
                record(session, PieceMade(thing_id=each))
        await until(lambda: len(got) >= 3)
        await until(lambda: runtime.problems() == [])
        assert runtime.connection is not None
        jetstream = runtime.connection.client.jetstream(timeout=60)

        async def buried() -> bool:
            return await deadletters.size(jetstream, "maker") == 1

        async def at_rest() -> bool:
            info = await jetstream.consumer_info(EVENTS, "maker")
            return not info.num_pending and not info.num_ack_pending

        await until(buried)
        await copied(server, mine[0])
        await jetstream.reset_consumer(EVENTS, "maker", seq=1)
        await until(at_rest)  # else who quarantines the first one again takes its letter back herself
        # The event, its public copy and its dead letter.
        assert await erase_entity(jetstream, "fr-pac", mine[0], [MADE]) == 3
        assert await erase_entity(jetstream, "fr-occ", mine[0], [MADE], abroad=True) == 0
        with pytest.raises(NotFoundError):  # answered: a service in another language may ask for it by place
            await jetstream.get_msg(FEED, 1)
        async with signed_in(server, "operator") as (client, refused):
            await repair(client, client.jetstream(timeout=60), "fr-pac", [Journal("maker", db)])
            assert refused == []


async def test_who_only_listens_takes_back_its_letter_about_what_was_erased(
    server: NatsServer, provisioned: None
) -> None:
    async with (
        signed_in(server, "operator") as (operator, _),
        signed_in(server, "other") as (client, refused),
    ):
        await operator.jetstream(timeout=60).purge_stream(EVENTS)
        ack = await operator.jetstream(timeout=60).publish("fr-pac.maker.piece.made.v1.gone", b"{}")
        reader = await client.jetstream(timeout=60).pull_subscribe_bind("other", EVENTS)
        (message,) = await reader.fetch(1, timeout=60)
        assert message.metadata.sequence.stream == ack.seq
        await operator.jetstream(timeout=60).delete_msg(EVENTS, ack.seq)
        number = await deadletters.bury(
            client.jetstream(timeout=60), "other", message, "bad", max_payload=1_000_000
        )
        assert number is None
        assert await deadletters.size(client.jetstream(timeout=60), "other") == 0
        assert refused == []


async def copied(server: NatsServer, entity: UUID) -> None:
    """Wait until the server has put this one where others may copy it, as it does in its own time."""
    async with signed_in(server, "operator") as (client, _):

        async def there() -> bool:
            subject = f"fr-pac.{MADE}.{entity}"
            state = (await client.jetstream(timeout=60).stream_info(PUBLIC, subjects_filter=subject)).state
            return bool(state.subjects)

        await until(there)


COMMON_REFUSALS = [
    "fr-occ.maker.piece.made.v1.x",
    "replay.fr-occ.maker.piece.made.v1.x",
    "JS.fr-occ.CONSUMER.CREATE.PUBLIC_FR_OCC.x.fr-occ.>",
    f"$JS.API.STREAM.DELETE.{EVENTS}",
    f"$JS.API.STREAM.PURGE.{EVENTS}",
    f"$JS.API.STREAM.UPDATE.{EVENTS}",
    "$JS.API.STREAM.CREATE.OTHERS",
    f"$JS.API.CONSUMER.CREATE.{EVENTS}.mine",
    f"$JS.API.CONSUMER.CREATE.{EVENTS}.other.fr-pac.>",
    f"$JS.API.CONSUMER.DURABLE.CREATE.{EVENTS}.mine",
    f"$JS.API.CONSUMER.DELETE.{EVENTS}.other",
    f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS}.other",
    f"$JS.API.CONSUMER.RESET.{EVENTS}.other",
    f"$JS.ACK.{EVENTS}.other.1.1.1.1.1",
    f"$JS.API.CONSUMER.MSG.NEXT.{PUBLIC}.other",
    f"$JS.API.STREAM.MSG.GET.{EVENTS}",
    "$JS.API.STREAM.MSG.GET.DLQ",
    "$SYS.REQ.SERVER.PING",
]
REFUSED = {
    "maker": [
        *COMMON_REFUSALS,
        "fr-pac.other.thing.made.v1.x",
        "dlq.other.x",
        f"$JS.API.DIRECT.GET.{EVENTS}.fr-pac.other.>",
        "$JS.API.DIRECT.GET.DLQ.dlq.*.fr-pac.other.>",
        f"$JS.API.CONSUMER.CREATE.{EVENTS}.maker-look.fr-pac.other.>",
        f"$JS.API.CONSUMER.CREATE.{EVENTS}",
    ],
    "other": [
        *(each for each in COMMON_REFUSALS if ".other" not in each),
        "fr-pac.maker.piece.made.v1.x",
        f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS}.maker",
        f"$JS.API.CONSUMER.MSG.NEXT.{FEED}.maker",
        f"$JS.API.STREAM.MSG.DELETE.{EVENTS}",
        f"$JS.API.STREAM.MSG.GET.{EVENTS}",
        f"$JS.API.STREAM.MSG.GET.{FEED}",
        f"$JS.API.DIRECT.GET.{EVENTS}.fr-pac.maker.>",
        f"$JS.API.CONSUMER.CREATE.{EVENTS}.other-look.fr-pac.maker.>",
        f"$JS.API.CONSUMER.CREATE.{EVENTS}.maker-look.fr-pac.other.>",
    ],
    "catalogue": [
        *COMMON_REFUSALS,
        "fr-pac.catalogue.x.y.v1.z",
        "dlq.catalogue.x",
        f"$JS.API.STREAM.MSG.DELETE.{EVENTS}",
        f"$JS.API.CONSUMER.MSG.NEXT.{EVENTS}.maker",
        f"$JS.API.CONSUMER.CREATE.{EVENTS}",
        "$JS.API.STREAM.INFO.DLQ",
        "$JS.API.DIRECT.GET.DLQ",
    ],
    "operator": ["fr-occ.maker.piece.made.v1.x", "JS.fr-occ.CONSUMER.CREATE.PUBLIC_FR_OCC.x.fr-occ.>"],
}
DEAF_TO = {
    "maker": [">", "fr-pac.>", "_INBOX.>", "_INBOX.other.>", "dlq.>"],
    "other": ["fr-pac.maker.>", "_INBOX.maker.>", "deliver.>"],
    "catalogue": ["_INBOX.maker.>", "fr-pac.>", "fr-occ.>", "dlq.>"],
    "operator": ["_INBOX.maker.>", "fr-occ.>"],
}


@pytest.mark.parametrize("user", sorted(REFUSED))
async def test_and_is_refused_the_rest(server: NatsServer, provisioned: None, user: str) -> None:
    async with signed_in(server, user) as (client, refused):
        for subject in REFUSED[user]:
            await client.publish(subject, b"{}")
        for subject in DEAF_TO[user]:
            await client.subscribe(subject)
        await client.flush(timeout=60)
        await until(lambda: len(refused) >= len(REFUSED[user]) + len(DEAF_TO[user]))
        said = " ".join(refused).lower()
        for subject in REFUSED[user]:
            assert f'publish to "{subject}"'.lower() in said
        for subject in DEAF_TO[user]:
            assert f'subscription to "{subject}"'.lower() in said


async def test_the_reader_reads_every_stream_and_who_consumes(server: NatsServer, provisioned: None) -> None:
    async with signed_in(server, "operator") as (client, _):
        ack = await client.jetstream(timeout=60).publish("fr-pac.maker.piece.made.v1.seen", b"{}")
    async with signed_in(server, "catalogue") as (client, refused):
        jetstream = client.jetstream(timeout=60)
        for stream in (EVENTS, FEED, PUBLIC):
            assert (await jetstream.stream_info(stream)).config.name == stream
        assert {each.name for each in await jetstream.consumers_info(EVENTS)} >= {"maker", "other"}
        assert (await jetstream.get_msg(EVENTS, ack.seq, direct=True)).data == b"{}"
        assert refused == []


async def test_nobody_comes_in_without_a_password(server: NatsServer) -> None:
    for given in ({}, {"user": "maker", "password": "other-secret"}):
        with pytest.raises(nats.errors.Error):
            await nats.connect(server.url, allow_reconnect=False, max_reconnect_attempts=0, **given)
