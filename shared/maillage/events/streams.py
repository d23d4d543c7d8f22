"""Which streams and consumers a region has: named and provisioned here, in one place, never by a service.

JetStream ignores a changed configuration of an existing consumer and lets any second declaration of a stream
overwrite the first; so services only ever bind to what this module has put there.

A region linked to others has two kinds more. `PUBLIC_FR_PAC` is the one stream the others may copy: the
public types of `EVENTS_FR_PAC`, in their order. `FEED_FR_OCC` is our copy of a peer's: its history and what
comes after it.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    ExternalStream,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamSource,
    SubjectTransform,
)
from nats.js.errors import BadRequestError, NotFoundError

from maillage import clock
from maillage.events.names import (
    DLQ,
    DLQ_PREFIX,
    PUBLIC_PREFIX,
    REPLAY_PREFIX,
    THROWN_PREFIX,
    deliver_prefix,
    events_stream,
    external_api,
    feed_stream,
    public_stream,
)
from maillage.events.topology import Topology, installed_services, subjects_of, topology

__all__ = [
    "Topology",
    "consumer_config",
    "events_stream",
    "feed_stream",
    "installed_services",
    "provision",
    "public_stream",
    "stream_configs",
    "topology",
]

NO_SUITABLE_PEERS = 10005
"""The server's code for a stream whose copies have no servers to be on."""
PEERS_PATIENCE = 30.0
"""Seconds until it is believed that they will not come."""
MAX_MESSAGE_BYTES = 1024 * 1024 - 8 * 1024
"""Headers included. A server that copies a message of another adds a header that says whence (614 bytes with
today's public types). What then exceeds max_payload ends the link between the two, at each new try again."""
ACK_WAIT = 30.0
MAX_ACK_PENDING = 1000
GAP = 1_000_000
"""How far beyond its old numbers a stream of copies begins anew: further than it may have come since."""
# Long enough for a relay that crashed between publishing and noting it; later doubles meet the inboxes.
DUPLICATE_WINDOW = 3600.0


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What an operator may choose: copies in a cluster, bytes each stream may take (-1: no limit)."""

    replicas: int = 1
    max_bytes: int = -1


def stream_configs(wanted: Topology, options: StreamOptions) -> list[StreamConfig]:
    """The region's event stream, the dead letters and, with peers, what is public and their feeds."""
    common: dict[str, Any] = {
        "retention": RetentionPolicy.LIMITS,
        "storage": StorageType.FILE,
        "discard": DiscardPolicy.NEW,
        "max_bytes": options.max_bytes,
        "num_replicas": options.replicas,
        "duplicate_window": DUPLICATE_WINDOW,
        "allow_direct": True,
    }
    region = wanted.region
    configs = [
        StreamConfig(
            name=events_stream(region),
            subjects=[f"{region}.>"],
            allow_atomic=True,
            max_msg_size=MAX_MESSAGE_BYTES,
            **common,
        ),
        StreamConfig(name=DLQ, subjects=[f"{DLQ_PREFIX}.>", f"{THROWN_PREFIX}.>"], **common),
    ]
    if wanted.peers and wanted.public:
        configs.append(StreamConfig(name=public_stream(region), sources=[_public_source(wanted)], **common))
    return configs + [_feed(region, peer, common) for peer in wanted.peers]


def _public_source(wanted: Topology) -> StreamSource:
    """One source for all public types: one for each would lose the order between them."""
    subjects = subjects_of(wanted.region, wanted.public)
    filters = [SubjectTransform(src=subject, dest="") for subject in subjects]
    return StreamSource(name=events_stream(wanted.region), subject_transforms=filters)


def _feed(region: str, peer: str, common: dict[str, Any]) -> StreamConfig:
    source = StreamSource(
        name=public_stream(peer),
        filter_subject=f"{peer}.>",  # also the end of the request's subject, which the link is limited to
        external=ExternalStream(api=external_api(peer), deliver=deliver_prefix(region, peer)),
    )
    replays = SubjectTransform(src=f"{REPLAY_PREFIX}.{peer}.>", dest=f"{peer}.>")
    return StreamConfig(
        name=feed_stream(peer), subjects=[replays.src], subject_transform=replays, sources=[source], **common
    )


def consumer_config(name: str, filter_subjects: list[str]) -> ConsumerConfig:
    """A service's durable. The runtime counts attempts and quarantines: the server itself never gives up."""
    return ConsumerConfig(
        name=name,
        durable_name=name,
        deliver_policy=DeliverPolicy.ALL,
        ack_policy=AckPolicy.EXPLICIT,
        ack_wait=ACK_WAIT,
        max_deliver=-1,
        max_ack_pending=MAX_ACK_PENDING,
        filter_subjects=filter_subjects,
    )


async def provision(
    jetstream: JetStreamContext, wanted: Topology, options: StreamOptions | None = None
) -> list[str]:
    """Make the server have these streams and consumers, whatever it had; what was done, a French line each.

    Running it again changes nothing. Streams and consumers that are not in the topology are left alone. Where
    the dead letters are gone every consumer reads its stream again: what it could not handle comes once more,
    and the inbox knows the rest.
    """
    done = await _read_again(jetstream, wanted) if await _is_missing(jetstream, DLQ) else []
    for config in stream_configs(wanted, options or StreamOptions()):
        done.append(f"flux {config.name} : {await _put_stream(jetstream, config)}")
    for stream, name, subjects in wanted.durables():
        durable = consumer_config(name, subjects)
        done.append(f"consommateur {name} de {stream} : {await _put_consumer(jetstream, stream, durable)}")
    return done


async def _is_missing(jetstream: JetStreamContext, stream: str) -> bool:
    try:
        await jetstream.stream_info(stream)
    except NotFoundError:
        return True
    return False


async def _read_again(jetstream: JetStreamContext, wanted: Topology) -> list[str]:
    """Before the dead letters are there again: broken off in between, it is done again at the next call."""
    done = []
    for stream, name, _ in wanted.durables():
        with suppress(NotFoundError):
            await jetstream.consumer_info(stream, name)  # to reset what is not there is not answered
            await jetstream.reset_consumer(stream, name, seq=1)
            done.append(f"consommateur {name} de {stream} : relit tout, car la quarantaine manquait")
    return done


async def _put_stream(jetstream: JetStreamContext, config: StreamConfig) -> str:
    try:
        before = await jetstream.stream_info(config.name or "")
    except NotFoundError:
        await _add_stream(jetstream, config)
        return "créé"
    if _filters(config) != _filters(before.config):
        # So that a type added brings its history; who has had the rest knows by the inbox.
        await copy_anew(jetstream, config)
        return "refait, car la liste des types publics a changé"
    await jetstream.update_stream(config)
    return "à jour"


async def copy_anew(jetstream: JetStreamContext, config: StreamConfig) -> None:
    """Have the server fill a stream that copies others from their beginning, under numbers nobody has had."""
    last = (await jetstream.stream_info(config.name or "")).state.last_seq
    await jetstream.delete_stream(config.name or "")
    await _add_stream(jetstream, config, beyond=last)


async def _add_stream(jetstream: JetStreamContext, config: StreamConfig, beyond: int = 0) -> None:
    """A cluster that has just started places nothing until it has heard of its servers: wait for them."""
    deadline = time.monotonic() + PEERS_PATIENCE
    while True:
        try:
            await jetstream.add_stream(_numbered_onwards(config, beyond))
        except BadRequestError as error:
            if error.err_code != NO_SUITABLE_PEERS or time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)
        else:
            return


def _filters(config: StreamConfig) -> set[str]:
    """The subjects the stream copies of others."""
    transforms = [each for source in config.sources or [] for each in source.subject_transforms or []]
    return {each.src for each in transforms}


def _numbered_onwards(config: StreamConfig, beyond: int) -> StreamConfig:
    """A stream that others copy by number begins at the milliseconds of its making, beyond any it replaces.

    Otherwise a reader that has had a hundred of a lost stream would pass over a hundred of the new one. A
    restored one is numbered far ahead of the clock: `beyond` is the last number of what is replaced.
    """
    if (config.name or "").startswith(PUBLIC_PREFIX):
        return replace(config, first_seq=max(round(clock.now().timestamp() * 1000), beyond + GAP))
    return config


async def _put_consumer(jetstream: JetStreamContext, stream: str, config: ConsumerConfig) -> str:
    try:
        before = await jetstream.consumer_info(stream, config.name or "")
    except NotFoundError:
        await jetstream.add_consumer(stream, config)
        return "créé"
    await jetstream.add_consumer(stream, config)
    added = set(config.filter_subjects or []) - set(before.config.filter_subjects or [])
    return f"à jour, désormais aussi {', '.join(sorted(added))}" if added else "à jour"
