"""Who reads and publishes what in a region: gathered from the installed services, or read from a file."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from maillage.events.consumer import Consumer
from maillage.events.event import TYPE_PREFIX, full_type, public_types, subject_of
from maillage.events.names import events_stream, feed_stream

SERVICES = "maillage.services"


@dataclass(frozen=True, slots=True)
class Topology:
    """A region's streams and who reads what of them: short event types by consumer.

    `consumers` read the region's own stream, `abroad` says what they read of the feeds of `peers`. `public`
    are the types the peers may have. `services` publish under their own name, whether they consume or not;
    those `erasing` also take persons' events out of the streams.
    """

    region: str
    consumers: dict[str, list[str]] = field(default_factory=dict)
    services: list[str] = field(default_factory=list)
    public: list[str] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)
    abroad: dict[str, list[str]] = field(default_factory=dict)
    erasing: list[str] = field(default_factory=list)

    def filtersubjects_of(self, consumer: str) -> list[str]:
        """The subjects `consumer`'s durable is filtered on."""
        return subjects_of(self.region, self.consumers[consumer])

    def feedsubjects_of(self, consumer: str, peer: str) -> list[str]:
        """The subjects `consumer`'s durable on the feed of `peer` is filtered on."""
        return subjects_of(peer, self.abroad[consumer])

    def durables(self) -> list[tuple[str, str, list[str]]]:
        """Every durable there is to be: its stream, its name, its filter subjects."""
        own = [(events_stream(self.region), name, self.filtersubjects_of(name)) for name in self.consumers]
        fed = [
            (feed_stream(peer), name, self.feedsubjects_of(name, peer))
            for peer in self.peers
            for name in self.abroad
        ]
        return own + fed

    def to_json(self) -> str:
        """As a file that `from_file` reads: what another region's operator edits by hand."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_file(cls, path: Path) -> Topology:
        """Read a topology; ValueError when the file does not have the shape `to_json` writes.

        What is about other regions may be absent: a file without it is that of a region on its own.
        """
        content = json.loads(path.read_text(encoding="utf-8"))
        try:
            consumers = _lists_by_name(content["consumers"])
            return cls(
                str(content["region"]),
                consumers,
                services=_strings(content.get("services", list(consumers))),
                public=_strings(content.get("public", [])),
                peers=_strings(content.get("peers", [])),
                abroad=_lists_by_name(content.get("abroad", {})),
                erasing=_strings(content.get("erasing", [])),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}: not a topology ({error})") from error


def subjects_of(region: str, types: Iterable[str]) -> list[str]:
    """The subjects of short types about whatever entity, in a region."""
    return [subject_of(region, full_type(each), "*") for each in types]


def _strings(given: Any) -> list[str]:
    if not isinstance(given, list):
        raise TypeError(f"{given!r} is no list")
    return sorted(map(str, given))


def _lists_by_name(given: Any) -> dict[str, list[str]]:
    return {str(name): _strings(types) for name, types in given.items()}


def installed_services() -> list[Any]:
    """The `Service` objects the installed distributions offer (entry-point group `maillage.services`)."""
    return list(_installed_services())


@functools.cache
def _installed_services() -> tuple[Any, ...]:
    # What is installed does not change under a process, and asking reads the files of every distribution.
    return tuple(entry.load() for entry in sorted(entry_points(group=SERVICES), key=lambda entry: entry.name))


def topology(
    region: str,
    consumers: Iterable[Consumer] | None = None,
    *,
    peers: Iterable[str] = (),
    public: Iterable[str] = (),
) -> Topology:
    """The topology of every installed service, or of the given consumers and `public` types."""
    if consumers is None:
        services = installed_services()
        names = [service.name for service in services]
        # Who publishes facts about persons takes them out of the streams again.
        erasing = [each.name for each in services if any(event.kind.personal for event in each.published)]
        public = public_types(event for service in services for event in service.published)
        consumers = [service.consumer for service in services if service.consumer]
    else:
        consumers = list(consumers)
        names, erasing = [consumer.name for consumer in consumers], []
    # A durable without a filter would read everything: who handles nothing has none.
    return Topology(
        region,
        {each.name: _short(each.types) for each in consumers if each.types},
        services=sorted(names),
        public=sorted(public),
        peers=sorted(peers),
        erasing=sorted(erasing),
        abroad={each.name: _short(each.types_abroad) for each in consumers if each.types_abroad},
    )


def _short(types: Iterable[str]) -> list[str]:
    return [each.removeprefix(TYPE_PREFIX) for each in types]
