"""The local mailbox of the demo, where mails go instead of leaving. Open to anyone: it shows sign-in codes.

It answers 404 unless mail goes to the mailbox and the environment is not production.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from maillage.errors import NotFound
from maillage.http import Page, PageParams, service_router
from maillage.mail import Mailbox, StoredMail

from ..errors import NoMailbox
from ..schemas import MailOut

router = service_router(tags=["mailbox"])


async def local_mailbox(request: Request) -> Mailbox:
    """The mailbox. Raises NoMailbox where there must be none."""
    settings: Any = request.app.state.service.settings
    if not settings.shows_mailbox:
        raise NoMailbox
    return Mailbox(settings.mailbox_dir)


Box = Annotated[Mailbox, Depends(local_mailbox)]


@router.get("/mailbox")
async def list_mails(box: Box, page: PageParams) -> Page[MailOut]:
    """Mails, newest first."""
    mails = await asyncio.to_thread(box.list)
    if page.updated_since is not None:
        mails = [mail for mail in mails if mail.sent_at >= page.updated_since]
    names = [mail.name for mail in mails]
    start = names.index(page.cursor) + 1 if page.cursor in names else 0
    chosen = mails[start : start + page.limit]
    more = len(mails) > start + page.limit
    return Page(items=[_out(mail) for mail in chosen], next=chosen[-1].name if more else None)


@router.get("/mailbox/{name}")
async def read_mail(box: Box, name: str) -> MailOut:
    """One mail."""
    return _out(await _mail(box, name))


@router.get(
    "/mailbox/{name}/attachments/{file}",
    response_class=Response,
    responses={200: {"description": "The file", "content": {"application/octet-stream": {}}}},
)
async def read_attachment(box: Box, name: str, file: str) -> Response:
    """One attachment, as a download."""
    mail = await _mail(box, name)
    found = next((each for each in mail.attachments if each.filename == file), None)
    if found is None:
        raise NotFound
    # The name may be anything a mail carried: only ours are plain enough for a header.
    safe = "".join(c for c in found.filename if c.isascii() and (c.isalnum() or c in "._-")) or "file"
    return Response(
        found.content,
        media_type=found.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{safe}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _mail(box: Mailbox, name: str) -> StoredMail:
    mail = await asyncio.to_thread(box.get, name)
    if mail is None:
        raise NotFound
    return mail


def _out(mail: StoredMail) -> MailOut:
    return MailOut(
        name=mail.name,
        to=mail.to,
        subject=mail.subject,
        sent_at=mail.sent_at,
        text=mail.text,
        html=mail.html,
        attachments=[each.filename for each in mail.attachments],
    )
