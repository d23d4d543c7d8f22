"""What this service does with others' events: copies the facts it needs, and tells those concerned.

All handlers are projections, the telling ones too: an inbox is a record of what people were told, and a
rebuild restores it as history. Whether anything leaves is decided in telling.py, which knows of the rebuild.
"""

from . import directory, guests, mentoring, registrations, seminars
from .base import consumer

__all__ = ["consumer", "directory", "guests", "mentoring", "registrations", "seminars"]
