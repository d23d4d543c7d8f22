"""The one consumer of this service, apart so that each module of handlers can register with it."""

from maillage.events import Consumer

consumer = Consumer("events")
