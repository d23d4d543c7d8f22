"""Proof that a form was rendered for the browser that sends it.

Three locks, each enough against a common attack: SameSite=Lax on the cookie, the Origin check, and a token
derived from the session's random id, masked anew on each page so that compression cannot leak it.
"""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request

from maillage_portal.errors import ForgedForm
from maillage_portal.session import Session

FIELD = "csrf"
HEADER = "x-csrf-token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def _proof(session: Session) -> bytes:
    return hashlib.sha256(b"maillage form " + session.sid.encode()).digest()


def token(session: Session) -> str:
    """A form token for `session`; differs at each call, all stay valid as long as the session."""
    mask = secrets.token_bytes(32)
    masked = bytes(a ^ b for a, b in zip(mask, _proof(session), strict=True))
    return base64.urlsafe_b64encode(mask + masked).decode().rstrip("=")


def _genuine(given: str, session: Session) -> bool:
    try:
        raw = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
    except ValueError:
        return False
    unmasked = bytes(a ^ b for a, b in zip(raw[:32], raw[32:], strict=False))
    return hmac.compare_digest(unmasked, _proof(session))


async def verify(request: Request, session: Session | None, public_url: str) -> None:
    """Lets a safe method pass; raises ForgedForm unless origin and token are right."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    if origin is not None:
        own = {urlsplit(public_url).netloc, request.headers.get("host", "")}
        if urlsplit(origin).netloc not in own:
            raise ForgedForm("origin")
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise ForgedForm("site")
    given = request.headers.get(HEADER) or str((await request.form()).get(FIELD, ""))
    if session is None or not _genuine(given, session):
        raise ForgedForm("token")
