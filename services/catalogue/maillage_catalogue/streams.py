"""Which streams the catalogue follows: its own region's, and the copies of its peers'."""

from __future__ import annotations

from typing import Any

from maillage.events.names import events_stream, feed_stream


def watched(settings: Any) -> dict[str, str]:
    """Streams whose events are followed, by name with their region, the own region's first."""
    return {events_stream(settings.region): settings.region, **feeds(settings)}


def feeds(settings: Any) -> dict[str, str]:
    """The copies of the peers' events, by name with the peer."""
    return {feed_stream(peer): peer for peer in settings.peer_regions}
