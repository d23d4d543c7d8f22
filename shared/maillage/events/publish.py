"""Putting journal entries into the stream: all of a batch or nothing, one by one where that cannot be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from nats.aio.client import Client
from nats.errors import MaxPayloadError, NoRespondersError
from nats.js import JetStreamContext
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from maillage.events.envelope import MSG_ID, headers_of, subject_for
from maillage.events.journal import Entry
from maillage.events.looking import Found, look
from maillage.events.names import OPERATOR
from maillage.ids import new_id

log = structlog.get_logger("maillage.relay")
TIMEOUT = 5.0
BATCH_EVENTS = 500
"""A relay's largest batch: so many events it may have given to the stream and not noted yet."""
_MESSAGE_TOO_LARGE = 10054
_EXPECTED_STREAM = "Nats-Expected-Stream"


@dataclass(frozen=True, slots=True)
class Published:
    """What became of an entry: its place in the stream, or why the stream can never take it.

    Neither: there was nothing to publish any more, the entry has been erased.
    """

    entry_id: int
    sequence: int | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class _Message:
    entry_id: int
    subject: str
    data: bytes
    headers: dict[str, str]

    @property
    def size(self) -> int:
        # As on the wire: a header line is `name: value` and a line end, after a line of its own.
        headers = sum(map(len, self.headers)) + sum(map(len, self.headers.values())) + 4 * len(self.headers)
        return len(self.data) + 12 + headers + 2


class _BatchRefused(Exception):
    """The server took nothing of the batch."""


async def publish(
    client: Client,
    jetstream: JetStreamContext,
    stream: str,
    region: str,
    entries: Sequence[Entry],
    looker: str = OPERATOR,
) -> list[Published]:
    """Publish `entries` in their order; results for those that are settled, perhaps not all.

    `looker`: the bus user who publishes, and may look for what it is told to be there already.

    Raises when nothing could be settled: stream missing (NoStreamResponseError), NATS away (TimeoutError).
    """
    erased = [Published(each.id) for each in entries if each.data is None]
    messages = [_message(each, each.data, stream, region) for each in entries if each.data is not None]
    if len(messages) > 1 and all(each.size < client.max_payload for each in messages):
        try:
            return erased + await _atomically(client, messages)
        except _BatchRefused as why:
            log.info("batch refused, publishing one by one", reason=str(why))
    return erased + await _one_by_one(client, jetstream, messages, looker, strict=not erased)


def _message(entry: Entry, data: str, stream: str, region: str) -> _Message:
    headers = headers_of(entry, region) | {_EXPECTED_STREAM: stream}
    return _Message(entry.id, subject_for(entry, region), data.encode(), headers)


async def _atomically(client: Client, messages: Sequence[_Message]) -> list[Published]:
    """One atomic batch (NATS 2.12): its first message opens it, its last one commits it."""
    batch, last = new_id().hex, len(messages)
    for number, message in enumerate(messages, start=1):
        headers = message.headers | {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
        if number == last:
            headers["Nats-Batch-Commit"] = "1"
        if number in (1, last):
            answer = await _ask(client, message, headers)
        else:
            await client.publish(message.subject, message.data, headers=headers)
    committed = int(answer["seq"])
    return [Published(each.entry_id, committed - last + 1 + place) for place, each in enumerate(messages)]


async def _ask(client: Client, message: _Message, headers: dict[str, str]) -> dict[str, int]:
    try:
        reply = await client.request(message.subject, message.data, timeout=TIMEOUT, headers=headers)
    except NoRespondersError:
        raise NoStreamResponseError from None
    answer = json.loads(reply.data) if reply.data else {}
    if "error" in answer:
        raise _BatchRefused(f"{answer['error'].get('err_code')} {answer['error'].get('description')}")
    return dict(answer)


async def _one_by_one(
    client: Client, jetstream: JetStreamContext, messages: Sequence[_Message], looker: str, *, strict: bool
) -> list[Published]:
    """Each by itself, stopping at the first that cannot be settled now, so that order holds.

    A duplicate is answered with the place of the first one.
    """
    results: list[Published] = []
    for message in messages:
        try:
            results.append(await _single(client, jetstream, message, looker))
        except Exception:
            if strict and not results:
                raise
            break
    return results


async def _single(client: Client, jetstream: JetStreamContext, message: _Message, looker: str) -> Published:
    if message.size > client.max_payload:
        return Published(message.entry_id, refused=f"{message.size} bytes, NATS takes {client.max_payload}")
    headers, known = message.headers, message.headers[MSG_ID]
    try:
        while True:
            ack = await jetstream.publish(message.subject, message.data, timeout=TIMEOUT, headers=headers)
            if not ack.duplicate or await _is_there(jetstream, message, ack.seq, looker):
                return Published(message.entry_id, sequence=ack.seq)
            # The server remembers what it no longer has: somebody purged it a moment ago.
            headers = headers | {MSG_ID: f"{known}.again.{ack.seq}"}
    except MaxPayloadError:
        return Published(message.entry_id, refused="larger than NATS takes")
    except APIError as error:
        if error.err_code == _MESSAGE_TOO_LARGE:
            return Published(message.entry_id, refused="larger than the stream takes")
        raise


async def place_of(
    jetstream: JetStreamContext, stream: str, region: str, entry: Entry, *, looker: str
) -> int | None:
    """Where the stream has this entry, None when it has not: among what is of its type about its entity."""
    try:
        found = await look(jetstream, stream, subject_for(entry, region), looker=looker)
    except NotFoundError:
        return None
    places = [each.place for each in found if each.event_id == str(entry.event_id)]
    return places[-1] if places else None


async def _is_there(jetstream: JetStreamContext, message: _Message, place: int, looker: str) -> bool:
    """Whether the stream has the event at the place it was given before."""
    stream = message.headers[_EXPECTED_STREAM]
    found = await look(jetstream, stream, message.subject, looker=looker, start=place, most=1)
    return Found(place, message.headers["ce-id"]) in found
