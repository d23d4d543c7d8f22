"""The demo's mailbox: mails that would have left, sign-in codes among them. Elsewhere there is none."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from maillage_portal.files import as_file
from maillage_portal.visit import Anyone

router = APIRouter(prefix="/boite-aux-lettres")

SHOWN = 40
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
"""A mail brings its own styles and may do nothing else; only our page may frame it."""


@router.get("")
async def mails(visit: Anyone, a: str = "") -> Response:
    """Mails, newest first, of one address or of all."""
    found = await visit.api.all("notifications", "/mailbox", most=400)
    wanted = a.strip().lower()
    shown = [mail for mail in found if wanted in mail["to"].lower()]
    return await visit.page("mailbox.html", mails=shown[:SHOWN], more=len(shown) > SHOWN, address=a)


@router.get("/{name}")
async def mail(visit: Anyone, name: str) -> Response:
    """One mail as its reader sees it, and its plain text."""
    found = await visit.api.get("notifications", f"/mailbox/{name}")
    return await visit.page("mail.html", mail=found)


@router.get("/{name}/corps")
async def body(visit: Anyone, name: str) -> Response:
    """The mail's own HTML, fenced in."""
    found = await visit.api.get("notifications", f"/mailbox/{name}")
    headers = {"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(found["html"] or "", headers=headers)


@router.get("/{name}/pieces/{file}")
async def attachment(visit: Anyone, name: str, file: str) -> Response:
    """An attachment, always as a download."""
    path = f"/mailbox/{name}/attachments/{file}"
    answer = await visit.api.fetch("notifications", path)
    return as_file(answer)
