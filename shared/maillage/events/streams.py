"""Which streams and consumers a region has: named and provisioned here, in one place, never by a service.

JetStream ignores a changed configuration of an existing consumer and lets any second declaration of a stream
overwrite the first; so services only ever bind to what this module has put there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from maillage.events.consumer import Consumer
from maillage.events.event import full_type, subject_of

DLQ = "DLQ"
DLQ_PREFIX = "dlq"
SERVICES = "maillage.services"
ACK_WAIT = 30.0
MAX_ACK_PENDING = 1000
# Long enough for a relay that crashed between publishing and noting it; later doubles meet the inboxes.
DUPLICATE_WINDOW = 3600.0


def events_stream(region: str) -> str:
    """The name of a region's stream: `EVENTS_FR_PAC`."""
    return f"EVENTS_{region.upper().replace('-', '_')}"


@dataclass(frozen=True, slots=True)
class Topology:
    """A region's stream and who reads what of it: short event types by consumer."""

    region: str
    consumers: dict[str, list[str]] = field(default_factory=dict)

    def filter_subjects(self, consumer: str) -> list[str]:
        """The subjects `consumer`'s durable is filtered on."""
        return [subject_of(self.region, full_type(each), "*") for each in self.consumers[consumer]]

    def to_json(self) -> str:
        """As a file that `from_file` reads: what another region's operator edits by hand."""
        return json.dumps({"region": self.region, "consumers": self.consumers}, indent=2)

    @classmethod
    def from_file(cls, path: Path) -> Topology:
        """Read a topology; ValueError when the file does not have the shape `to_json` writes."""
        content = json.loads(path.read_text(encoding="utf-8"))
        try:
            return cls(
                str(content["region"]), {str(k): sorted(map(str, v)) for k, v in content["consumers"].items()}
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}: not a topology ({error})") from error


def installed_services() -> list[Any]:
    """The `Service` objects the installed distributions offer (entry-point group `maillage.services`)."""
    return [entry.load() for entry in sorted(entry_points(group=SERVICES), key=lambda entry: entry.name)]


def topology(region: str, consumers: Iterable[Consumer] | None = None) -> Topology:
    """The topology of the given consumers, or of every installed service's."""
    if consumers is None:
        consumers = [service.consumer for service in installed_services() if service.consumer]
    prefix = "fr.maillage."
    # A durable without a filter would read everything: who handles nothing has none.
    return Topology(region, {c.name: [t.removeprefix(prefix) for t in c.types] for c in consumers if c.types})


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What an operator may choose: copies in a cluster, bytes each stream may take (-1: no limit)."""

    replicas: int = 1
    max_bytes: int = -1


def stream_configs(region: str, options: StreamOptions) -> list[StreamConfig]:
    """The region's event stream and the dead letters."""
    common: dict[str, Any] = {
        "retention": RetentionPolicy.LIMITS,
        "storage": StorageType.FILE,
        "discard": DiscardPolicy.NEW,
        "max_bytes": options.max_bytes,
        "num_replicas": options.replicas,
        "duplicate_window": DUPLICATE_WINDOW,
        "allow_direct": True,
    }
    events = StreamConfig(name=events_stream(region), subjects=[f"{region}.>"], allow_atomic=True, **common)
    return [events, StreamConfig(name=DLQ, subjects=[f"{DLQ_PREFIX}.>"], **common)]


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

    Running it again changes nothing. Streams and consumers that are not in the topology are left alone.
    """
    done = []
    for config in stream_configs(wanted.region, options or StreamOptions()):
        done.append(f"flux {config.name} : {await _put_stream(jetstream, config)}")
    stream = events_stream(wanted.region)
    for name in wanted.consumers:
        durable = consumer_config(name, wanted.filter_subjects(name))
        done.append(f"consommateur {name} de {stream} : {await _put_consumer(jetstream, stream, durable)}")
    return done


async def _put_stream(jetstream: JetStreamContext, config: StreamConfig) -> str:
    try:
        await jetstream.stream_info(config.name or "")
    except NotFoundError:
        await jetstream.add_stream(config)
        return "créé"
    await jetstream.update_stream(config)
    return "à jour"


async def _put_consumer(jetstream: JetStreamContext, stream: str, config: ConsumerConfig) -> str:
    try:
        before = await jetstream.consumer_info(stream, config.name or "")
    except NotFoundError:
        await jetstream.add_consumer(stream, config)
        return "créé"
    await jetstream.add_consumer(stream, config)
    added = set(config.filter_subjects or []) - set(before.config.filter_subjects or [])
    return f"à jour, désormais aussi {', '.join(sorted(added))}" if added else "à jour"
