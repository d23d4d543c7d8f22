"""The live inbox: what is committed is sent, in order, once per connection; what was missed is sent first."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from uuid import UUID

from fastapi import Request
from maillage.auth import Principal
from maillage.http.live import follow
from sse_starlette import ServerSentEvent

from . import queries
from .languages import reader_language
from .live import bell


async def inbox(
    service: Any, request: Request, reader: Principal, last: int | None
) -> AsyncIterator[ServerSentEvent]:
    """`reader`'s messages after number `last`, for one connection of hers."""
    async with service.db.read() as session:
        newest = await queries.last_number(session, reader.id)
    news = partial(_news, service, request, reader.id)
    patience = service.settings.stream_poll_seconds
    async for event in follow(
        service, bell, news, reader=reader, newest=newest, last=last, patience=patience
    ):
        yield event


async def _news(service: Any, request: Request, person_id: UUID, number: int) -> list[ServerSentEvent]:
    async with service.db.read() as session:
        messages = await queries.after(session, person_id, number)
        if not messages:
            return []
        lang = await reader_language(request, session, person_id)
        shown = await queries.shown(session, messages, lang)
        unread = await queries.unread_count(session, person_id)
    return [
        ServerSentEvent(
            data=json.dumps({**item.model_dump(mode="json"), "unread": unread}, ensure_ascii=False),
            id=str(message.number),
            event="notification",
        )
        for message, item in zip(messages, shown, strict=True)
    ]
