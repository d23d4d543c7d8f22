"""The page behind the link under a mail: opening it changes nothing, its button does."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse
from maillage.http import Read, Write, service_router
from sqlalchemy.ext.asyncio import AsyncSession

from .. import usecases
from ..languages import reader_language
from ..rendering import catalogue
from ..unsubscribing import read_token

router = service_router(tags=["preferences"])


@router.get("/unsubscribe/{token}", response_class=HTMLResponse)
async def show_refusal(request: Request, token: str, session: Read) -> HTMLResponse:
    """Asks whether these mails shall stop. Safe to open: mail scanners do."""
    person_id, topic = await read_token(session, token)
    return await _page(request, session, person_id, topic.slug, "title", "text", button=True)


@router.post("/unsubscribe/{token}", response_class=HTMLResponse)
async def refuse(request: Request, token: str, session: Write) -> HTMLResponse:
    """Stops these mails: the page's button, or a mail program's one click (RFC 8058)."""
    person_id, topic = await usecases.refuse(session, token)
    return await _page(request, session, person_id, topic, "done_title", "done_text")


async def _page(
    request: Request,
    session: AsyncSession,
    person_id: UUID,
    topic: str,
    title: str,
    text: str,
    *,
    button: bool = False,
) -> HTMLResponse:
    lang = await reader_language(request, session, person_id)
    given: dict[str, Any] = {"topic_label": catalogue.label(topic, lang)}

    def say(block: str) -> str:
        return catalogue.say(catalogue.UNSUBSCRIBE, lang, block, given)

    nonce = secrets.token_urlsafe(16)
    page = catalogue.pages().get_template("unsubscribe.html.j2")
    html = page.render(
        lang=lang,
        nonce=nonce,
        title=say(title),
        text=say(text),
        button=say("button") if button else "",
        preferences=say("preferences"),
        preferences_url=f"{request.app.state.service.settings.public_url}/preferences",
    )
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'"
    return HTMLResponse(html, headers={"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"})
