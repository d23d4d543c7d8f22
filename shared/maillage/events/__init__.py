"""Events: what a service publishes, what it does with what others publish."""

from maillage.events.consumer import Consumed, Consumer, Context, Permanent
from maillage.events.copied import Copied, News
from maillage.events.event import Event, Kind, published, schemas
from maillage.events.forget import forget
from maillage.events.journal import Entry, EventTooLarge, record
from maillage.events.telling import Telling
from maillage.fit import Zone

__all__ = [
    "Consumed",
    "Consumer",
    "Context",
    "Copied",
    "Entry",
    "Event",
    "EventTooLarge",
    "Kind",
    "News",
    "Permanent",
    "Telling",
    "Zone",
    "forget",
    "published",
    "record",
    "schemas",
]
