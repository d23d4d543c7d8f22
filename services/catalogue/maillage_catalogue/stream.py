"""The live events: what was observed is sent in order, once per connection; what was missed is sent first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from maillage.auth import Principal
from maillage.http.live import follow
from sqlalchemy import Select
from sse_starlette import ServerSentEvent

from . import history
from .live import bell
from .model import ObservedEvent

AT_ONCE = 50


async def observed(
    service: Any, reader: Principal, found: Select[Any], last: int | None
) -> AsyncIterator[ServerSentEvent]:
    """The events among those `found` after number `last`, for one connection of `reader`'s."""
    async with service.db.read() as session:
        newest = await history.newest(session)
    news = partial(_news, service, found)
    patience = service.settings.catalogue_poll_seconds
    async for event in follow(
        service, bell, news, reader=reader, newest=newest, last=last, patience=patience
    ):
        yield event


async def _news(service: Any, found: Select[Any], number: int) -> list[ServerSentEvent]:
    asked = found.where(ObservedEvent.number > number).order_by(ObservedEvent.number).limit(AT_ONCE)
    async with service.db.read() as session:
        shown = await history.shown(service, session, list(await session.scalars(asked)))
    return [
        ServerSentEvent(data=each.model_dump_json(), id=str(each.number), event="event") for each in shown
    ]
