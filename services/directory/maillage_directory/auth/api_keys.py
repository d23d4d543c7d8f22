"""API keys: how a program proves itself. A secret gives a short token; services only ever see the token.

A secret reads `mlg_` and 64 characters: the number of its row and 32 random bytes. Its digest is stored.
Rotating adds a secret and lets the others end after an overlap, so that the program never stands without one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets as chance
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from maillage import clock
from maillage.auth import SERVICE, Principal
from maillage.auth.tokens import LIFETIME
from maillage.db import lock_row
from maillage.http import expect_version
from maillage.ids import new_id
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.auth.accounts import end_tokens_naming
from maillage_directory.auth.keys import issuer_keys
from maillage_directory.errors import (
    ApiKeyExpired,
    ApiKeyNameTaken,
    ApiKeyNotActive,
    ApiKeyReplaced,
    ApiKeyRevoked,
    ClientRefused,
    ExpiryOutOfRange,
    ScopeNotGranted,
    UnknownScope,
)
from maillage_directory.model import ApiKey, ApiKeySecret
from maillage_directory.model.api_key import ACTIVE
from maillage_directory.model.base import touch
from maillage_directory.schemas.api_key import ApiKeyCreate
from maillage_directory.settings import DirectorySettings

PREFIX = "mlg_"
RANDOM_BYTES = 32
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ServiceToken:
    """A program's access token, with the scopes it carries; `expires_in` in seconds."""

    access_token: str
    expires_in: int
    scopes: list[str]


async def create_key(
    session: AsyncSession, settings: DirectorySettings, caller: Principal, body: ApiKeyCreate
) -> tuple[ApiKey, str]:
    """A key and its first secret. Raises UnknownScope, ExpiryOutOfRange, ApiKeyNameTaken."""
    now = clock.now()
    unknown = sorted(set(body.scopes) - set(settings.api_scopes))
    if unknown:
        raise UnknownScope(scopes=", ".join(settings.api_scopes))
    expires_at = body.expires_at or now + timedelta(days=settings.api_key_days)
    if not now < expires_at <= now + timedelta(days=settings.api_key_days):
        raise ExpiryOutOfRange(days=settings.api_key_days)
    alive = (ApiKey.revoked_at.is_(None)) & (ApiKey.expires_at > now)
    if await session.scalar(select(ApiKey.id).where(ApiKey.name == body.name, alive).limit(1)):
        raise ApiKeyNameTaken
    key = ApiKey(
        id=new_id(),
        name=body.name,
        scopes=sorted(set(body.scopes)),
        created_by=caller.id,
        expires_at=expires_at,
        secrets=[],
    )
    secret = _add_secret(key, now)
    session.add(key)
    await session.flush()
    log.info("api-key-created", api_key_id=str(key.id), by=str(caller.id))
    return key, secret


async def rotate_key(
    session: AsyncSession, caller: Principal, key_id: UUID, overlap: timedelta
) -> tuple[ApiKey, str]:
    """A new secret, good at once; those before it end after `overlap`. Raises NotFound, ApiKeyNotActive."""
    now, key = clock.now(), await lock_row(session, ApiKey, key_id)
    if key.status_at(now) != ACTIVE:
        raise ApiKeyNotActive
    for earlier in key.secrets:
        earlier.ends_at = min(earlier.ends_at or key.expires_at, now + overlap)
    secret = _add_secret(key, now)
    touch(key)
    await session.flush()
    log.info("api-key-rotated", api_key_id=str(key.id), by=str(caller.id))
    return key, secret


async def revoke_key(session: AsyncSession, caller: Principal, key_id: UUID, version: int) -> None:
    """No secret of the key gives a token any more, and those given have ended.

    Raises NotFound, PreconditionFailed.
    """
    key = await lock_row(session, ApiKey, key_id)
    expect_version(key, version)
    if key.revoked_at is None:
        end_tokens_naming(session, key.id, key.version)
        key.revoked_at = clock.now()  # never before the event's time
        log.info("api-key-revoked", api_key_id=str(key.id), by=str(caller.id))
    await session.flush()


async def service_token(
    session: AsyncSession,
    settings: DirectorySettings,
    secret: str,
    client_id: UUID | None = None,
    wanted: str | None = None,
) -> ServiceToken:
    """An access token for a program, with the scopes of `wanted` (all of its key's when None); notes the use.

    Raises ClientRefused, or one of its kinds to whoever holds a secret that was good once; ScopeNotGranted.
    """
    now, (key, proof) = clock.now(), await _find(session, secret)
    if client_id not in (None, key.id):
        raise ClientRefused
    if key.revoked_at is not None:
        raise ApiKeyRevoked
    if key.expires_at <= now:
        raise ApiKeyExpired
    if proof.ends_at is not None and proof.ends_at <= now:
        raise ApiKeyReplaced
    scopes = sorted(set(wanted.split())) if wanted else list(key.scopes)
    if not set(scopes) <= set(key.scopes):
        raise ScopeNotGranted(scopes=" ".join(key.scopes))
    lifetime = min(LIFETIME, min(key.expires_at, proof.ends_at or key.expires_at) - now)
    signer = issuer_keys(settings).signer(settings)
    token = signer.sign(key.id, roles=[SERVICE], region=settings.region, scopes=scopes, lifetime=lifetime)
    await _note_use(session, key, proof, now)
    log.info("service-token-issued", api_key_id=str(key.id))
    return ServiceToken(token, int(lifetime.total_seconds()), scopes)


def _add_secret(key: ApiKey, now: datetime) -> str:
    row_id = new_id()
    raw = row_id.bytes + chance.token_bytes(RANDOM_BYTES)
    text = PREFIX + base64.urlsafe_b64encode(raw).decode()
    key.secrets.insert(
        0, ApiKeySecret(id=row_id, digest=_digest(text), hint=text[-4:], created_at=now, ends_at=None)
    )
    return text


async def _find(session: AsyncSession, secret: str) -> tuple[ApiKey, ApiKeySecret]:
    """The key that a secret opens, and the row that recognised it. Raises ClientRefused."""
    try:
        raw = base64.b64decode(secret.removeprefix(PREFIX), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise ClientRefused from error
    if not secret.startswith(PREFIX) or len(raw) != 16 + RANDOM_BYTES:
        raise ClientRefused
    row = await session.get(ApiKeySecret, UUID(bytes=raw[:16]))
    if row is None or not hmac.compare_digest(row.digest, _digest(secret)):
        raise ClientRefused
    key = await session.get(ApiKey, row.key_id)
    if key is None:
        raise ClientRefused
    return key, row


async def _note_use(session: AsyncSession, key: ApiKey, proof: ApiKeySecret, now: datetime) -> None:
    """By plain UPDATE: a use is no change of the key, and must not make an admin's version of it stale."""
    await session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now))
    await session.execute(update(ApiKeySecret).where(ApiKeySecret.id == proof.id).values(last_used_at=now))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
