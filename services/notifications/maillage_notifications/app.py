"""The notifications service, put together: what it is made of and nothing else."""

from __future__ import annotations

from maillage.auth import ended_tokens
from maillage.service import Service

from . import delivery, erasing
from .api import routers
from .consumers import consumer
from .events import PUBLISHED
from .model import Base, EndedTokens
from .settings import NotificationsSettings

service = Service(
    name="notifications",
    package="maillage_notifications",
    base=Base,
    routers=routers,
    settings=NotificationsSettings,
    consumer=consumer,
    published=PUBLISHED,
    background=[delivery.run, erasing.erasures.run],
    erased=erasing.erased_since,
    ended=ended_tokens(EndedTokens),
    description="Inbox, e-mail and preferences: who is told what, by which way, and why.",
)
