"""The events this service consumes: of its own region (home.py), and of the others (abroad.py)."""

from maillage_events.consumers import abroad, home
from maillage_events.consumers.registry import consumer

__all__ = ["abroad", "consumer", "home"]
