"""The signed-in person's notifications."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from maillage.auth import Signed
from maillage.http import Glance, PageParams, Write, paginate, service_router
from maillage.http.live import LIVE, LastNumber, live
from sse_starlette import EventSourceResponse

from .. import queries, stream, usecases
from ..languages import reader_language
from ..model import Message
from ..schemas import InboxPage, NotificationOut, UnreadOut

router = service_router(tags=["inbox"])


@router.get("/me/notifications")
async def list_notifications(
    request: Request,
    me: Signed,
    session: Glance,
    page: PageParams,
    unread: Annotated[bool, Query(description="Only those not read yet")] = False,
) -> InboxPage:
    """My notifications, newest first, in my language (Accept-Language, else that of my profile)."""
    if page.cursor is None and page.updated_since is None and await queries.is_empty(session, me.id):
        # Who waits for news looks often: an inbox with nothing in it takes one question, made once.
        return InboxPage(items=[], next=None, unread=0)
    rows, cursor = await paginate(
        session,
        queries.inbox(me.id, unread=unread),
        page,
        key=(Message.number, Message.id),
        descending=True,
    )
    lang = await reader_language(request, session, me.id)
    return InboxPage(
        items=await queries.shown(session, rows, lang),
        next=cursor,
        unread=await queries.unread_count(session, me.id),
    )


@router.post("/me/notifications/read-all")
async def read_all(me: Signed, session: Write) -> UnreadOut:
    """I have read everything."""
    await usecases.mark_all_read(session, me.id)
    return UnreadOut(unread=await queries.unread_count(session, me.id))


@router.post("/me/notifications/{notification_id}/read")
async def read_one(request: Request, notification_id: UUID, me: Signed, session: Write) -> NotificationOut:
    """I have read this one."""
    message = await usecases.mark_read(session, me.id, notification_id)
    lang = await reader_language(request, session, me.id)
    return (await queries.shown(session, [message], lang))[0]


@router.get("/me/notifications/stream", **LIVE)
async def follow(request: Request, me: Signed, last: LastNumber) -> EventSourceResponse:
    """New notifications as they come: event `notification`, data as in the list plus `unread`.

    A client that reconnects with Last-Event-ID gets what it missed; one that gives none starts from now.
    """
    service = request.app.state.service
    events = stream.inbox(service, request, me, last)
    return live(service, me, events, service.settings.stream_heartbeat_seconds)
