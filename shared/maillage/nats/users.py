"""Who may do what on a region's bus: one user per service, each with what its own work needs and no more.

A wildcard in a permission stands for a whole token only (`events-*` would be that very name), so durables are
enumerated from the topology. Every user hears answers under an inbox of its own: `_INBOX.directory.>`.
"""

from __future__ import annotations

from dataclasses import dataclass

from maillage.events.names import (
    DLQ,
    DLQ_PREFIX,
    OPERATOR,
    REPLAY_PREFIX,
    THROWN_PREFIX,
    events_stream,
    feed_stream,
    look_name,
    public_stream,
)
from maillage.events.topology import Topology

READER = "catalogue"
"""Reads every stream of events and changes none."""


_LETTERS = ("INFO", "MSG.DELETE")


@dataclass(frozen=True, slots=True)
class User:
    """A user of an account: the subjects it may publish on, hear, and answer requests from."""

    name: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def users(topology: Topology) -> list[User]:
    """The users of a region's account: its services, the reader, the operator."""
    services = [service(topology, name) for name in topology.services if name != READER]
    return [*services, reader(topology), operator(topology)]


def service(topology: Topology, name: str) -> User:
    """A service: says what is its own to say, reads with its durables, buries what it cannot handle."""
    region, own = topology.region, events_stream(topology.region)
    allowed = [
        f"{region}.{name}.>",
        f"$JS.API.STREAM.INFO.{own}",
        # The relay looks whether the last event it knows of is still where it was.
        *_looking(own, name, f"{region}.{name}.>"),
    ]
    if topology.peers:
        # And whether the stream still has all that other regions may have copied.
        allowed.append(f"$JS.API.STREAM.MSG.GET.{public_stream(region)}")
    for stream, durable, _ in topology.durables():
        if durable == name:
            allowed += _consuming(stream, durable)
    if any(durable == name for _, durable, _ in topology.durables()):
        # It takes out its letter about what was erased while it wrote it.
        allowed += [f"{DLQ_PREFIX}.{name}.>", *(f"$JS.API.STREAM.{call}.{DLQ}" for call in _LETTERS)]
    for stream, subjects in _to_erase_from(topology, name):
        allowed += _erasing(stream, subjects)
    if name in topology.abroad:
        # Nothing in a feed but what is public: services in other languages find there by place what to erase.
        allowed += [f"$JS.API.STREAM.MSG.GET.{feed_stream(peer)}" for peer in topology.peers]
    return User(name, tuple(dict.fromkeys(allowed)), (f"_INBOX.{name}.>",))


def _consuming(stream: str, durable: str) -> list[str]:
    place = f"{stream}.{durable}"
    return [
        f"$JS.API.STREAM.INFO.{stream}",
        f"$JS.API.CONSUMER.INFO.{place}",
        f"$JS.API.CONSUMER.MSG.NEXT.{place}",
        f"$JS.API.CONSUMER.RESET.{place}",
        f"$JS.ACK.{place}.>",
    ]


def _looking(stream: str, name: str, subjects: str) -> list[str]:
    """Finding what is under these subjects: the server holds the request's filter to those of its name."""
    place = f"{stream}.{look_name(name)}"
    calls = (f"CREATE.{place}.{subjects}", f"MSG.NEXT.{place}", f"DELETE.{place}")
    return [f"$JS.API.CONSUMER.{call}" for call in calls]


def _to_erase_from(topology: Topology, name: str) -> list[tuple[str, str]]:
    """The streams a service takes erased persons out of, and the subjects it may read there to find them:
    those of its own personal events, and of its copies.
    """
    region, found = topology.region, list[tuple[str, str]]()
    if name in topology.erasing:
        own = f"{region}.{name}.>"
        found += [(events_stream(region), own), (public_stream(region), own), (DLQ, f"{DLQ_PREFIX}.*.{own}")]
    if name in topology.abroad:
        for peer in topology.peers:
            found += [(feed_stream(peer), f"{peer}.>"), (DLQ, f"{DLQ_PREFIX}.*.{peer}.>")]
    return found


def _erasing(stream: str, subjects: str) -> list[str]:
    calls = (f"STREAM.INFO.{stream}", f"STREAM.MSG.DELETE.{stream}", f"DIRECT.GET.{stream}.{subjects}")
    return [f"$JS.API.{call}" for call in calls]


def reader(topology: Topology) -> User:
    """Reads messages by their place and lists who consumes; can neither change nor consume anything."""
    allowed = []
    for stream in all_streams(topology):
        allowed += [
            f"$JS.API.STREAM.INFO.{stream}",
            f"$JS.API.DIRECT.GET.{stream}",
            f"$JS.API.DIRECT.GET.{stream}.>",
            f"$JS.API.CONSUMER.LIST.{stream}",
        ]
    return User(READER, tuple(allowed), (f"_INBOX.{READER}.>",))


def operator(topology: Topology) -> User:
    """Everything on the region's own streams: provisioning, dead letters, replays, repair, backup."""
    allowed = ["$JS.API.>", "$JS.ACK.>", "$JS.FC.>", "$JS.SNAPSHOT.>"]
    allowed += [f"{each}.>" for each in (topology.region, DLQ_PREFIX, THROWN_PREFIX, REPLAY_PREFIX)]
    heard = [f"_INBOX.{OPERATOR}.>", f"{topology.region}.>", "$JS.EVENT.ADVISORY.>"]
    return User(OPERATOR, tuple(allowed), tuple(heard))


def all_streams(topology: Topology) -> list[str]:
    """The streams of events a region has, without the dead letters."""
    region = topology.region
    linked = [public_stream(region)] if topology.peers else []
    return [events_stream(region), *linked, *(feed_stream(peer) for peer in topology.peers)]
