"""Sessions: an access token for ten minutes, and a refresh token that changes at every use.

A refresh token names its session and its place in it and proves both with an HMAC over the session's salt: it
is in no database, not even hashed. The session knows which place is good now. The one just before it may be
answered again for some seconds where portals in replicas need it; any older one means that
somebody holds a copy, and the session ends for both.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from maillage import clock
from maillage.auth.tokens import LIFETIME
from maillage.ids import new_id
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.auth.accounts import end_tokens_naming
from maillage_directory.auth.keys import IssuerKeys, issuer_keys
from maillage_directory.model import Account, SignInSession
from maillage_directory.settings import DirectorySettings

MAC_BYTES = 32
SEALED_HINT = "logout-hint"


@dataclass(frozen=True)
class Tokens:
    """What a sign-in or a refresh gives; `expires_in` in seconds is the access token's."""

    access_token: str
    refresh_token: str
    expires_in: int = int(LIFETIME.total_seconds())


async def open_session(
    session: AsyncSession, settings: DirectorySettings, account: Account, id_token: str | None = None
) -> Tokens:
    """Starts a session for an account that has proved itself, to the provider when there is its id token."""
    now = clock.now()
    row = SignInSession(
        id=new_id(),
        account_id=account.id,
        salt=secrets.token_bytes(32),
        sequence=1,
        created_at=now,
        rotated_at=now,
        expires_at=_expiry(settings, now),
        id_token=issuer_keys(settings).seal(SEALED_HINT, {"token": id_token}) if id_token else None,
    )
    session.add(row)
    return _tokens(settings, account, row)


async def refresh_session(session: AsyncSession, settings: DirectorySettings, token: str) -> Tokens | None:
    """New tokens for a good refresh token; None otherwise, after ending the session of a stolen one.

    The caller commits in both cases, so that the ending holds.
    """
    found = await _find(session, settings, token)
    if found is None:
        return None
    row, sequence = found
    now, account = clock.now(), await session.get(Account, row.account_id)
    if account is None or account.email is None or row.revoked_at or row.expires_at <= now:
        return None
    if sequence == row.sequence:
        row.sequence, row.rotated_at, row.expires_at = sequence + 1, now, _expiry(settings, now)
    elif not _just_replaced(settings, row, sequence, now):
        _revoke(session, row)
        return None
    return _tokens(settings, account, row)


async def close_session(session: AsyncSession, settings: DirectorySettings, token: str) -> str | None:
    """Ends the session of a refresh token; a token nobody knows is no error: the caller is signed out.

    Returns the id token of the provider where she proved herself, if she did, and forgets it.
    """
    found = await _find(session, settings, token)
    if found is None:
        return None
    row = found[0]
    sealed, row.id_token = row.id_token, None
    if row.revoked_at is None:
        _revoke(session, row)
    kept = issuer_keys(settings).unseal(SEALED_HINT, sealed) if sealed else None
    return str(kept["token"]) if kept else None


def _revoke(session: AsyncSession, row: SignInSession) -> None:
    """No refresh token of this sign-in is good any more, nor an access token that one of them gave."""
    end_tokens_naming(session, row.id, row.sequence)
    row.revoked_at = clock.now()  # never before the event's time


def _just_replaced(settings: DirectorySettings, row: SignInSession, sequence: int, now: datetime) -> bool:
    grace = timedelta(seconds=settings.refresh_grace_seconds)
    return sequence == row.sequence - 1 and now - row.rotated_at < grace


def _expiry(settings: DirectorySettings, now: datetime) -> datetime:
    return now + timedelta(days=settings.session_days)


def _tokens(settings: DirectorySettings, account: Account, row: SignInSession) -> Tokens:
    keys = issuer_keys(settings)
    access = keys.signer(settings).sign(
        account.id,
        roles=account.roles,
        region=settings.region,
        session=row.id,
        ended_at=account.tokens_ended_at,
    )
    return Tokens(access, _write(keys, row))


def _write(keys: IssuerKeys, row: SignInSession) -> str:
    place = row.id.bytes + row.sequence.to_bytes(4, "big")
    return base64.urlsafe_b64encode(place + keys.mac("refresh", place, row.salt)).decode().rstrip("=")


async def _find(
    session: AsyncSession, settings: DirectorySettings, token: str
) -> tuple[SignInSession, int] | None:
    """The session and place a token names, locked, if the token is genuine."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    place, proof = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if len(place) != 20:
        return None
    wanted = select(SignInSession).where(SignInSession.id == UUID(bytes=place[:16])).with_for_update()
    row = (await session.execute(wanted)).scalar_one_or_none()
    salt = row.salt if row else bytes(32)
    genuine = hmac.compare_digest(issuer_keys(settings).mac("refresh", place, salt), proof)
    return (row, int.from_bytes(place[16:], "big")) if row and genuine else None
