"""Every delivery with its state, its reason and the decision behind it, for those who run the region."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response
from maillage.auth import Animator
from maillage.errors import NotFound
from maillage.http import Page, PageParams, Read, Write, paginate, service_router, set_etag

from .. import queries, usecases
from ..model import Message
from ..schemas import MessageOut

router = service_router(tags=["messages"])


@router.get("/messages")
async def list_messages(
    _: Animator,
    session: Read,
    page: PageParams,
    coordinator_id: UUID | None = None,
    topic: Annotated[str | None, Query(max_length=64)] = None,
    channel: Literal["in_app", "email"] | None = None,
    state: Literal["pending", "deferred", "sent", "skipped", "failed"] | None = None,
) -> Page[MessageOut]:
    """Deliveries, newest first; ids only, never names or texts."""
    found = queries.messages(coordinator_id=coordinator_id, topic=topic, channel=channel, state=state)
    rows, cursor = await paginate(
        session,
        found,
        page,
        key=(Message.created_at, Message.id),
        descending=True,
    )
    return Page(items=[queries.message_out(row) for row in rows], next=cursor)


@router.get("/messages/{message_id}", response_model=MessageOut)
async def read_message(response: Response, message_id: UUID, _: Animator, session: Read) -> MessageOut:
    """One delivery."""
    message = await session.get(Message, message_id)
    if message is None:
        raise NotFound
    set_etag(response, message.version)
    return queries.message_out(message)


@router.post("/messages/{message_id}/retry", status_code=202)
async def retry_message(message_id: UUID, _: Animator, session: Write) -> MessageOut:
    """Send a failed or waiting mail again, now."""
    return queries.message_out(await usecases.retry(session, message_id))
