"""Making the stream whole again from the journals, after it lost its end or its whole store.

The journals are the truth: what they published and the stream no longer has is published again, in the order
it first had, across all journals given, while their relays wait. The inboxes keep every effect single.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby

from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import NotFoundError
from sqlalchemy import func, select, update

from maillage.db.engine import Database
from maillage.events.belated import take_back_erased
from maillage.events.envelope import event_id_of
from maillage.events.journal import Entry
from maillage.events.loss import copied_to
from maillage.events.marks import RELAY, REPAIR, UNDER_REPAIR, read_mark, write_mark
from maillage.events.noting import note, note_in
from maillage.events.publish import BATCH_EVENTS, Published, publish
from maillage.events.streams import copy_anew, events_stream, public_stream
from maillage.ids import new_id

_BATCH = 200


@dataclass(slots=True)
class Journal:
    """One service's journal, and what the repair found and did: numbers of events."""

    service: str
    db: Database
    intact: int = 0
    corrected: int = 0
    republished: int = 0
    missing: list[Entry] = field(default_factory=list)
    moved: list[Published] = field(default_factory=list)
    furthest: int = 0
    """The last place in the stream it knows, also of what was erased since."""
    changed_from: int | None = None
    """The first place whose event is another now, or none; also from a repair that was broken off."""


async def repair(
    client: Client, jetstream: JetStreamContext, region: str, journals: Sequence[Journal]
) -> None:
    """Publish again what the stream lacks and note where everything is; the journals tell what was done.

    The streams must exist (provision first). Raises NotFoundError when they do not.
    """
    stream, copy = events_stream(region), public_stream(region)
    copied = await copied_to(jetstream, copy)
    before = await jetstream.stream_info(stream)
    places = await _places(jetstream, stream)
    for journal in journals:
        await _announce(journal)
        await _compare(journal, places)
        await _begin(journal)
    lost = [(entry, journal) for journal in journals for entry in journal.missing]
    changed_from = [each.changed_from for each in journals if each.changed_from is not None]
    if before.state.last_seq < copied:
        changed_from.append(before.state.last_seq + 1)
    await _number_onwards(jetstream, stream, max((journal.furthest for journal in journals), default=0))
    await _publish_again(client, jetstream, region, lost)
    if changed_from:
        # Before the first place that is known to be lost there may be lost ones that nobody had noted yet.
        await _rewind(jetstream, stream, max(1, min(changed_from) - BATCH_EVENTS * len(journals)))
        await _copy_anew(jetstream, copy)
    for journal in journals:
        async with journal.db.write() as session:
            await write_mark(session, RELAY, stream_created=str(before.created), reset_to=None)
            # What the stream once refused may fit by now: the relay tries again.
            await session.execute(update(Entry).where(Entry.refused.is_not(None)).values(refused=None))


async def _places(jetstream: JetStreamContext, stream: str) -> dict[str, int]:
    """Where each event is in the stream, by its id: headers only, one pass.

    How many there are says the stream's leader: a reader may be placed on a copy that has yet to catch up,
    and what it does not show would be published a second time.
    """
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, headers_only=True, inactive_threshold=60)
    reader = await jetstream.pull_subscribe("", stream=stream, config=config)
    places: dict[str, int] = {}
    left = (await jetstream.stream_info(stream)).state.messages
    try:
        while left > 0:
            for message in await reader.fetch(min(left, 500), timeout=10):
                known = event_id_of(message.headers or {})
                places.setdefault(known, message.metadata.sequence.stream)
                left -= 1
    except NatsTimeoutError:
        raise TimeoutError(f"{stream} stopped answering with {left} events to read") from None
    finally:
        await reader.unsubscribe()
    return places


async def _announce(journal: Journal) -> None:
    """From here on the relay notes no place of what it gave away before (see `noting`)."""
    async with journal.db.write() as session:
        await write_mark(session, REPAIR, stream_created=str(new_id()))


async def _compare(journal: Journal, places: dict[str, int]) -> None:
    """Sort a journal's entries into intact, moved and missing.

    One may be in the stream without the journal's knowing: the relay, or a backup, ended between the two. A
    restored server does not know its doubles either, so such a one is noted here and not published again.
    """
    async with journal.db.read() as session:
        query = select(Entry).where(Entry.data.is_not(None)).order_by(Entry.id)
        entries = (await session.scalars(query)).all()
        journal.furthest = await session.scalar(select(func.max(Entry.stream_sequence))) or 0
        mark = await read_mark(session, RELAY)
    changed = [mark.reset_to] if mark is not None and mark.reset_to is not None else []
    for entry in entries:
        place = places.get(str(entry.event_id))
        if place is None:
            if entry.published_at is not None:
                journal.missing.append(entry)
                changed.append(entry.stream_sequence or 0)
        elif place != entry.stream_sequence:
            journal.moved.append(Published(entry.id, sequence=place))
            if entry.stream_sequence is not None:
                changed.append(min(entry.stream_sequence, place))
        else:
            journal.intact += 1
    journal.corrected, journal.changed_from = len(journal.moved), min(changed, default=None)


async def _begin(journal: Journal) -> None:
    """Note the places of the moved ones, and have the relay wait until all that is missing is back.

    It would go on as soon as the first of them has a place again, and publish what is new before the others.
    Once they have, nothing but this mark says from where consumers have to read again: see `_rewind`.
    """
    if not journal.moved and not journal.missing:
        return
    async with journal.db.write() as session:
        await write_mark(session, RELAY, stream_created=UNDER_REPAIR, reset_to=journal.changed_from)
        await note_in(session, journal.moved)


async def _number_onwards(jetstream: JetStreamContext, stream: str, last: int) -> None:
    """Have an empty store count on from where the lost one was: the public copy of it goes on by number."""
    state = (await jetstream.stream_info(stream)).state
    if not state.messages and state.last_seq < last:
        await jetstream.purge_stream(stream, seq=last + 1)


async def _publish_again(
    client: Client, jetstream: JetStreamContext, region: str, lost: list[tuple[Entry, Journal]]
) -> None:
    """In the order they first had in the stream, and always in that of each journal."""
    for _, run in groupby(_in_order(lost), key=lambda each: each[1].service):
        pairs = list(run)
        journal, entries = pairs[0][1], [entry for entry, _ in pairs]
        while entries:
            results = await publish(client, jetstream, events_stream(region), region, entries[:_BATCH])
            await take_back_erased(journal.db, jetstream, region, results)
            await note(journal.db, results)
            journal.republished += sum(1 for each in results if each.sequence)
            settled = {each.entry_id for each in results}
            entries = [entry for entry in entries if entry.id not in settled]


def _in_order(lost: list[tuple[Entry, Journal]]) -> list[tuple[Entry, Journal]]:
    """By the places they had; a journal's own order counts where those contradict it, as after two losses."""
    placed: list[tuple[int, str, int, tuple[Entry, Journal]]] = []
    latest: dict[str, int] = {}
    for entry, journal in sorted(lost, key=lambda each: each[0].id):
        latest[journal.service] = max(latest.get(journal.service, 0), entry.stream_sequence or 0)
        placed.append((latest[journal.service], journal.service, entry.id, (entry, journal)))
    return [pair for *_, pair in sorted(placed, key=lambda each: each[:3])]


async def _rewind(jetstream: JetStreamContext, stream: str, changed_from: int) -> None:
    """Consumers that had read beyond this place read from it again: other events are there now.

    A reset forgets what was given and not answered, which nobody would be given again: they begin with that.
    """
    for info in await jetstream.consumers_info(stream):
        if info.config.durable_name and info.delivered and info.delivered.stream_seq >= changed_from:
            unanswered = (info.ack_floor.stream_seq if info.ack_floor else 0) + 1
            await jetstream.reset_consumer(stream, info.name, seq=min(changed_from, unanswered))


async def _copy_anew(jetstream: JetStreamContext, copy: str) -> None:
    """Have the copy for other regions made again, if there is one, and read again by them from its beginning.

    The server copies by number: what has another place now, or one of those it has had, would be in no copy.
    """
    with suppress(NotFoundError):
        await copy_anew(jetstream, (await jetstream.stream_info(copy)).config)
