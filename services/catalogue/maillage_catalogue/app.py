"""The catalogue service, put together: what it is made of and nothing else.

It publishes nothing and has no durable: its background work reads the streams by position.
"""

from __future__ import annotations

from maillage.service import Service

from . import documents, history, reader, readers
from .api import routers
from .model import Base
from .settings import CatalogueSettings

service = Service(
    name="catalogue",
    package="maillage_catalogue",
    base=Base,
    routers=routers,
    settings=CatalogueSettings,
    background=[reader.run, readers.run, documents.run],
    erased=history.erased_since,
    ended=history.ended_since,
    description="Every event type as declared and as observed, the live events, the flows between regions.",
)
