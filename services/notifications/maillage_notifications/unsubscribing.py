"""The link under a mail that says no more to its topic: signed, so that nobody can refuse for someone else.

Opening it shows a page and changes nothing (mail scanners open links); only the page's button, or a mail
program's one-click POST (RFC 8058), does.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from .errors import BadLink
from .model import EMAIL, Contact, SigningKey
from .topics import TOPICS, Topic, channels_of

KEY_NAME = "unsubscribe"
_TAG_BYTES = 16


async def signing_key(session: AsyncSession) -> bytes:
    """The installation's secret; made by the first writer who needs it."""
    row = await session.get(SigningKey, KEY_NAME)
    if row is None:
        row = SigningKey(name=KEY_NAME, secret=secrets.token_bytes(32))
        session.add(row)
        await session.flush()
    return row.secret


def make_token(key: bytes, person_id: UUID, topic: str) -> str:
    """The token for a person and a topic."""
    body = person_id.bytes + topic.encode()
    return base64.urlsafe_b64encode(_tag(key, body) + body).decode().rstrip("=")


def _tag(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, b"maillage-unsubscribe:" + body, hashlib.sha256)[:_TAG_BYTES]


def may_refuse(topic: Topic) -> bool:
    """Whether the topic's mails can be refused at all, hence carry such a link."""
    return EMAIL in channels_of(topic) and not topic.is_locked(EMAIL)


async def read_token(session: AsyncSession, token: str) -> tuple[UUID, Topic]:
    """Whom and what a link is about. Raises BadLink for one not signed here, or whose person is gone."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadLink from error
    tag, body = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
    row = await session.get(SigningKey, KEY_NAME)
    if row is None or len(body) < 17 or not hmac.compare_digest(tag, _tag(row.secret, body)):
        raise BadLink
    person_id, topic = UUID(bytes=body[:16]), TOPICS.get(body[16:].decode(errors="replace"))
    if topic is None or not may_refuse(topic) or await session.get(Contact, person_id) is None:
        raise BadLink
    return person_id, topic
