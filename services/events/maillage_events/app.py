"""The events service put together."""

from maillage.auth import ended_tokens
from maillage.events import published
from maillage.service import Service

from maillage_events import events
from maillage_events.api import routers
from maillage_events.consumers import consumer
from maillage_events.deadlines import timers
from maillage_events.erasing import erased_since, erasures
from maillage_events.model import Base, EndedTokens
from maillage_events.settings import EventsSettings

service = Service(
    name="events",
    package="maillage_events",
    base=Base,
    routers=routers,
    settings=EventsSettings,
    consumer=consumer,
    timers=timers,
    published=published(events),
    background=[erasures.run],
    erased=erased_since,
    ended=ended_tokens(EndedTokens),
    description="Seminars, workshops, registrations with waiting lists, and attendance.",
)

build = service.build
