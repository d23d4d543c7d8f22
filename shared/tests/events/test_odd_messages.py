"""Messages that no service of ours would send: each is handled or ends in the dead letters, none stays."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import pytest
from maillage.clock import known_zone
from maillage.events import Consumed, Zone, deadletters
from maillage.events.deadletters import DeadLetter
from maillage.events.streams import MAX_MESSAGE_BYTES, events_stream
from maillage.fit import misfit
from maillage.ids import new_id
from maillage.testing.nats import NatsServer
from pydantic import AwareDatetime, Field, ValidationError

from . import site

KIND = "fr.maillage.maker.thing.made.v1"


def headers(**more: str) -> dict[str, str]:
    known = {"specversion": "1.0", "id": str(new_id()), "type": KIND, "source": "/x/maker"}
    return {f"ce-{name}": value for name, value in {**known, "time": "2026-03-01T10:00:00Z", **more}.items()}


async def put(server: NatsServer, subject: str, block: bytes, body: bytes) -> None:
    """A message with these very bytes as its headers, which a client would refuse to send."""
    place = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(b'CONNECT {"verbose":false,"headers":true}\r\n')
    sizes = f"{len(block)} {len(block) + len(body)}"
    writer.write(f"HPUB {subject} {sizes}\r\n".encode() + block + body + b"\r\nPING\r\n")
    while not (line := await reader.readline()).startswith(b"PONG"):
        assert line, "the server has hung up"
        assert not line.startswith(b"-ERR"), line
    writer.close()


def block(pairs: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in pairs.items())
    return f"NATS/1.0\r\n{lines}\r\n".encode()


async def letters(server: NatsServer, region: str) -> list[DeadLetter]:
    """In the order of their messages: one that could not be stored in time comes behind the next."""
    async with site.jetstream(server.url) as js:
        found = [each async for each in deadletters.letters(js, "watcher")]
    own = [each for each in found if each.stream == events_stream(region)]
    return sorted(own, key=lambda letter: letter.stream_sequence)


async def test_whatever_cannot_be_handled_fits_into_the_dead_letters_and_can_be_replayed(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region, consumer)
    stem = f"{region}.maker.thing.made.v1"
    large = b"x" * (MAX_MESSAGE_BYTES - len(block(headers())) - 200)  # a replay says a little more
    await put(
        nats_server, f"{stem}.x", block(headers() | {"ce-o(d)d\x01": "a name no client may send"}), b"{"
    )
    await put(nats_server, f"{stem}.x", block(headers()), large)
    await put(nats_server, f"{stem}.x", block(headers(extra="y" * 60_000)), b"{")
    await put(nats_server, f"{stem}.{'z' * 3900}", block(headers()), b"{")

    async def count() -> int:
        return len(await letters(nats_server, region))

    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, nats_server.url, consumer),
        site.jetstream(nats_server.url) as js,
    ):
        await site.eventually(count, 4)
        odd, big, wide, long = await letters(nats_server, region)
        assert all(each.reason.startswith("Undecodable") for each in (odd, big, wide, long))
        assert odd.data == b"{"
        assert big.without_body
        assert wide.headers["ce-extra"] == "y" * 60_000
        assert long.subject == f"{stem}.{'z' * 3900}"
        place = await deadletters.replay(js, big.number)
        assert (await js.get_msg(events_stream(region), seq=place, direct=True)).data == large
        await site.eventually(count, 4)  # it is as large as it was


async def test_a_message_that_looks_like_the_servers_own_word_is_an_event_all_the_same(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    """The client drops a pulled message with a header `Status`: it would come again and again, for ever."""
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region, consumer)
    body = f'{{"thing_id": "{new_id()}", "number": 5}}'.encode()
    subject = f"{region}.maker.thing.made.v1.x"
    async with (
        site.database(database_url) as db,
        site.running("maker", db, region, nats_server.url, consumer, stalled_after=0.3),
        site.jetstream(nats_server.url) as js,
    ):
        await js.publish(subject, body, headers=headers() | {"Status": "404"})
        await site.eventually(lambda: site.seen(db), [5])
        await site.eventually(lambda: site.unanswered(nats_server.url, region), 0)


async def test_an_event_of_another_type_than_its_subjects_is_quarantined(
    database_url: str, nats_server: NatsServer, region: str
) -> None:
    """Who may publish what is said of subjects: a header could name a fact of somebody else's."""
    consumer = site.watcher()
    await site.provisioned(nats_server.url, region, consumer)
    body = f'{{"thing_id": "{new_id()}", "number": 5}}'.encode()
    async with (
        site.database(database_url) as db,
        site.jetstream(nats_server.url) as js,
        site.running("maker", db, region, nats_server.url, consumer),
    ):
        subject = f"{region}.maker.thing.made.v1.x"
        await js.publish(subject, body, headers=headers(type="fr.maillage.maker.thing.lost.v1"))
        for wrong in ({"sequence": str(2**63)}, {"sequence": "-1"}, {"causationid": "c" * 129}):
            await js.publish(subject, body, headers=headers(**wrong))
        await js.publish(subject, body, headers=headers())
        await site.eventually(lambda: site.seen(db), [5])

        async def reasons() -> list[str]:
            return [each.reason for each in await letters(nats_server, region)]

        range_, id_ = "Malformed: ce-sequence is out of range", "Malformed: ce-causationid is not an id"
        await site.eventually(reasons, ["Malformed: ce-type is not the subject's", range_, range_, id_])


class Facts(Consumed):
    at: AwareDatetime | None = None
    name: str = ""
    size: int | float = 0
    more: dict[str, list[str]] = Field(default_factory=dict)
    zone: Zone = "Europe/Paris"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"at": "0001-01-01T00:00:00+14:00"}', "at: a year out of this age"),
        ('{"at": "9999-12-31T23:59:59Z"}', "at: a year out of this age"),
        ('{"name": "a\\u0000b"}', "name: a NUL in a text"),
        ('{"more": {"x": ["\\u0000"]}}', "more: a NUL in a text"),
        ('{"size": 9223372036854775808}', "size: a number that no column holds"),
        ('{"size": NaN}', "size: a number that is none"),
    ],
)
def test_what_no_database_keeps_is_not_read(body: str, why: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Facts.model_validate_json(body)
    assert [f"{each['loc'][0]}: {each['msg']}" for each in caught.value.errors()] == [why]


def test_what_is_usual_fits_and_an_unknown_zone_is_ours() -> None:
    assert misfit(["é", 2**63 - 1, -(2**63), 1.5, None, True, {"a": "b"}]) is None
    assert Facts.model_validate_json('{"zone": "Asia/Tokyo"}').zone == "Asia/Tokyo"
    assert Facts.model_validate_json('{"zone": "../etc/passwd"}').zone == "Europe/Paris"
    assert known_zone("\0") is None
