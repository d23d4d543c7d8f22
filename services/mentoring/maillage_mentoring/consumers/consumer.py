"""The consumer that every module of this package adds its handlers to."""

from maillage.events import Consumer

consumer = Consumer("mentoring")
