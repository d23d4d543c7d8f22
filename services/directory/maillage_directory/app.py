"""The directory put together: what it answers, publishes and consumes. Start reading here."""

from maillage.events import published
from maillage.service import Service

from maillage_directory import events
from maillage_directory.api import ROUTERS
from maillage_directory.auth.keys import OwnKeys
from maillage_directory.consumers import consumer
from maillage_directory.erasing import erase_neighbours, purge_erased, timers, watch_overdue
from maillage_directory.model import Base
from maillage_directory.presenting import present_everyone
from maillage_directory.remembering import ended_since, erased_since, memory
from maillage_directory.settings import DirectorySettings

service = Service(
    name="directory",
    package="maillage_directory",
    base=Base,
    settings=DirectorySettings,
    routers=ROUTERS,
    consumer=consumer,
    timers=timers,
    published=published(events),
    background=[purge_erased, erase_neighbours, present_everyone, watch_overdue],
    keys=OwnKeys,
    erased=erased_since,
    ended=ended_since,
    erasures=memory,
    description="People, posts, CPTS, challenges, the map and accounts.",
)
