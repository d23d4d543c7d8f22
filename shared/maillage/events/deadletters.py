"""The dead letters: events a consumer could not handle, kept with the reason until someone decides."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote, unquote

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from maillage import clock
from maillage.events.envelope import MSG_ID
from maillage.events.names import DLQ, DLQ_PREFIX, THROWN_PREFIX, replay_subject

_TIMEOUT = 5.0
_KEPT = ("ce-", "content-type", "traceparent")
_WITHOUT_BODY, _SUBJECT, _TOLD = "dlq-without-body", "dlq-subject", "dlq-told"
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LONGEST_SUBJECT = 1000
"""A publication's line has 4096 bytes (max_control_line), and a subject may come with nearly as many."""
_IDENTITY = ("ce-specversion", "ce-id", "ce-type", "ce-source", "ce-time", "traceparent")
_LONGEST_HEADER = 400
REMEMBERED = 10_000
"""Letters thrown away that are remembered of each consumer, the newest: a note is some hundred bytes."""
_ROOM = 16 * 1024
"""Bytes that the letter's own headers and subject may take beside what it copies."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One quarantined event. `number` names it to the other functions here."""

    number: int
    consumer: str
    subject: str
    reason: str
    stream: str
    stream_sequence: int
    deliveries: int
    at: datetime | None
    headers: dict[str, str]
    data: bytes

    @property
    def event_type(self) -> str:
        """Its CloudEvents type, empty when it had none."""
        return self.headers.get("ce-type", "")

    @property
    def without_body(self) -> bool:
        """Whether it was too large to be copied: its body is only where it came from."""
        return _WITHOUT_BODY in self.headers


async def bury(
    jetstream: JetStreamContext, consumer: str, message: Msg, reason: str, *, max_payload: int
) -> int | None:
    """Copy `message` to the dead letters; the letter's number once the server has stored it.

    Raises when the server did not. None when the message has been erased from its stream meanwhile: who
    erased it may have searched the dead letters before this one came, so it is taken out again. None as well
    for what this consumer could not handle before, and somebody has thrown away: a repair gives it once more.

    What would be too large with the letter's headers (the server takes `max_payload` bytes) is stored without
    its body and all but its identity: it is still in its stream, where `replay` finds it. Headers that no
    client may send, though some publisher did, are left out.
    """
    told = _told(message)
    if await _is_thrown_away(jetstream, consumer, told):
        return None
    place = message.metadata
    headers, data = _sendable(message.headers or {}), message.data
    if len(data) + sum(len(k) + len(v) + 4 for k, v in headers.items()) > max_payload - _ROOM:
        short = {k: v for k, v in headers.items() if k in _IDENTITY and len(v) <= _LONGEST_HEADER}
        headers, data = short | {_WITHOUT_BODY: "1"}, b""
    headers |= {
        # A stream that lost its end gives the same place to another message: the place alone is no identity.
        MSG_ID: f"{consumer}.{place.stream}.{place.sequence.stream}.{_digest(message)}",
        "dlq-consumer": consumer,
        "dlq-reason": quote(reason[:500], safe=" :;,.()/=_'"),
        "dlq-stream": place.stream,
        "dlq-stream-seq": str(place.sequence.stream),
        "dlq-deliveries": str(place.num_delivered or 1),
        "dlq-time": clock.now().isoformat(),
        _TOLD: told,
    }
    subject = message.subject
    if len(subject.encode()) > _LONGEST_SUBJECT:
        headers[_SUBJECT] = quote(subject)
        subject = subject.encode()[:_LONGEST_SUBJECT].decode(errors="ignore").rstrip(".")
    subject = f"{DLQ_PREFIX}.{consumer}.{subject}"
    stored = await jetstream.publish(subject, data, timeout=_TIMEOUT, stream=DLQ, headers=headers)
    if not await _erased(jetstream, message):
        return stored.seq
    with suppress(NotFoundError):  # the purge has been faster
        await jetstream.delete_msg(DLQ, stored.seq)
    return None


async def _erased(jetstream: JetStreamContext, message: Msg) -> bool:
    """Whether the stream has nothing under this subject now, and goes on. A lost end is no erasure.

    Asked for as a count: what others say there, a service has no right to read.
    """
    place = message.metadata
    state = (await jetstream.stream_info(place.stream, subjects_filter=message.subject)).state
    return not state.subjects and state.last_seq >= place.sequence.stream


def _sendable(headers: Mapping[str, str]) -> dict[str, str]:
    """The event's own headers, as far as a client may send them: what came may be of any making."""
    named = {str(name): str(value) for name, value in headers.items() if name.lower().startswith(_KEPT)}
    return {name: value for name, value in named.items() if _HEADER_NAME.fullmatch(name)}


def _told(message: Msg) -> str:
    """What tells one event from another, at whatever place: as it is told, and nothing of the way."""
    said = {name: value for name, value in (message.headers or {}).items() if name.lower().startswith("ce-")}
    return _digest(message, said)


def _digest(message: Msg, headers: Mapping[str, str] | None = None) -> str:
    digest = hashlib.blake2b(message.subject.encode(), digest_size=12)
    for name, value in sorted((headers if headers is not None else message.headers or {}).items()):
        digest.update(f"\n{name}: {value}".encode("utf-8", "surrogateescape"))
    digest.update(message.data)
    return digest.hexdigest()


async def size(jetstream: JetStreamContext, consumer: str | None = None) -> int:
    """How many dead letters there are, of one consumer or of all."""
    info = await jetstream.stream_info(DLQ, subjects_filter=_filter(consumer))
    return sum((info.state.subjects or {}).values())


async def letters(jetstream: JetStreamContext, consumer: str | None = None) -> AsyncIterator[DeadLetter]:
    """The dead letters in the order they came."""
    number = 1
    while True:
        try:
            raw = await jetstream.get_msg(DLQ, seq=number, subject=_filter(consumer), next=True)
        except NotFoundError:
            return
        yield _read(raw)
        number = (raw.seq or number) + 1


async def get(jetstream: JetStreamContext, number: int) -> DeadLetter:
    """One of them. Raises NotFoundError when there is none of this number."""
    return _read(await jetstream.get_msg(DLQ, seq=number))


async def replay(jetstream: JetStreamContext, number: int) -> int:
    """Put a dead letter back into its stream, then take it out of quarantine; its new place in the stream.

    Every consumer is given it again and all but the one that failed know it already by their inbox. Raises
    NotFoundError when there is none of this number, or when a body too large to copy has left its stream.
    """
    letter = await get(jetstream, number)
    if letter.without_body:
        whole = await jetstream.get_msg(letter.stream, seq=letter.stream_sequence)
        letter = replace(letter, data=whole.data or b"", headers=_sendable(whole.headers or {}))
    headers = {k: v for k, v in letter.headers.items() if not k.lower().startswith(("dlq-", "nats-"))}
    # A fresh dedup id: the first one may still be within the stream's window.
    headers |= {MSG_ID: f"{letter.headers.get('ce-id', 'event')}.replay.{number}"}
    if told := letter.headers.get(_TOLD):  # it is wanted: if it fails again, it is to stand here again
        await jetstream.purge_stream(DLQ, subject=_thrown(letter.consumer, told))
    ack = await jetstream.publish(
        replay_subject(letter.stream, letter.subject),
        letter.data,
        timeout=_TIMEOUT,
        stream=letter.stream,
        headers=headers,
    )
    await jetstream.delete_msg(DLQ, number)
    return ack.seq


async def discard(jetstream: JetStreamContext, number: int) -> None:
    """Remove a dead letter for good, its bytes overwritten. Raises NotFoundError.

    That it was thrown away is remembered beside the letters, without a word of it: should its event be given
    to that consumer again and fail again, as after a repair, no letter comes of it. So it is of the newest
    `REMEMBERED` of each consumer.
    """
    letter = await get(jetstream, number)
    await jetstream.delete_msg(DLQ, number)
    if told := letter.headers.get(_TOLD):
        await jetstream.publish(_thrown(letter.consumer, told), b"", timeout=_TIMEOUT, stream=DLQ)
        await jetstream.purge_stream(DLQ, subject=_thrown(letter.consumer, "*"), keep=REMEMBERED)


async def _is_thrown_away(jetstream: JetStreamContext, consumer: str, told: str) -> bool:
    """Asked for as a count: what the letters say, a service has no right to read."""
    info = await jetstream.stream_info(DLQ, subjects_filter=_thrown(consumer, told))
    return bool(info.state.subjects)


def _thrown(consumer: str, told: str) -> str:
    return f"{THROWN_PREFIX}.{consumer}.{told}"


def _filter(consumer: str | None) -> str:
    return f"{DLQ_PREFIX}.{consumer}.>" if consumer else f"{DLQ_PREFIX}.>"


def _read(raw: RawStreamMsg) -> DeadLetter:
    headers = {str(k): str(v) for k, v in (raw.headers or {}).items()}
    _, consumer, subject = (raw.subject or "dlq..").split(".", 2)
    return DeadLetter(
        number=raw.seq or 0,
        consumer=consumer,
        subject=unquote(headers[_SUBJECT]) if _SUBJECT in headers else subject,
        reason=unquote(headers.get("dlq-reason", "")),
        stream=headers.get("dlq-stream", ""),
        stream_sequence=int(headers.get("dlq-stream-seq", "0")),
        deliveries=int(headers.get("dlq-deliveries", "0")),
        at=raw.time,
        headers=headers,
        data=raw.data or b"",
    )
