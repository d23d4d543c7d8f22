"""Which streams the catalogue looks at: its own region's, what leaves it, and the copies of its peers'."""

from __future__ import annotations

from typing import Any

from maillage.events.streams import events_stream


def feed_stream(region: str) -> str:
    """The name of the copy of another region's public events: `FEED_FR_OCC`."""
    return events_stream(region).replace("EVENTS_", "FEED_", 1)


def public_stream(region: str) -> str:
    """The name of the stream other regions copy: `PUBLIC_FR_PAC`."""
    return events_stream(region).replace("EVENTS_", "PUBLIC_", 1)


def watched(settings: Any) -> dict[str, str]:
    """Streams whose events are followed, by name with their region, the own region's first."""
    return {events_stream(settings.region): settings.region, **feeds(settings)}


def feeds(settings: Any) -> dict[str, str]:
    """The copies of the peers' events, by name with the peer."""
    return {feed_stream(peer): peer for peer in settings.peer_regions}
