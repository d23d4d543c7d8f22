"""Sign-in codes: six digits by e-mail, good for ten minutes, five tries and one use.

Nothing here tells a known address from an unknown one: both take the same steps, write the same rows and get
the same answer; the mail goes out after the answer.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from maillage import clock
from maillage.ids import new_id
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.auth.accounts import account_of, normal_email
from maillage_directory.auth.keys import IssuerKeys, issuer_keys
from maillage_directory.errors import TooManyCodes
from maillage_directory.model import Account, CodeRequest, EmailChange, SignInCode
from maillage_directory.settings import DirectorySettings

DIGITS = 6
KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class CodeToMail:
    """What the mail needs; `code` is nowhere else in clear."""

    account_id: UUID
    email: str
    language: str
    code: str
    minutes: int


def new_code() -> str:
    """Six digits that nobody can guess."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


async def request_code(
    session: AsyncSession, settings: DirectorySettings, email: str, ip: str
) -> CodeToMail | None:
    """Makes a code for the address; what to mail, or None when the address is nobody's.

    Raises TooManyCodes when the address or the client has asked too often, known or not.
    """
    keys, now, address = issuer_keys(settings), clock.now(), normal_email(email)
    by_address, by_ip = keys.mac("address", address.encode()), keys.mac("ip", ip.encode())
    await in_turn(session, by_address, by_ip)
    await sweep(session)
    await slow_down(session, settings, by_address, settings.codes_per_address)
    await slow_down(session, settings, by_ip, settings.codes_per_ip)
    account = await account_of(session, address)
    code = new_code()
    row_id = new_id()
    session.add(
        SignInCode(
            id=row_id,
            address=by_address,
            account_id=account.id if account else None,
            code=_code_mac(keys, row_id, code),
            created_at=now,
            expires_at=now + timedelta(seconds=settings.code_lifetime_seconds),
            tries=0,
        )
    )
    if account is None or account.email is None:
        return None
    minutes = settings.code_lifetime_seconds // 60
    return CodeToMail(account.id, account.email, account.language, code, minutes)


async def redeem_code(
    session: AsyncSession, settings: DirectorySettings, email: str, code: str
) -> Account | None:
    """The account the newest code of this address belongs to, if it is the right one; None otherwise.

    Each call is a try. The caller commits in both cases: a try that is rolled back would cost nothing.
    """
    keys, now = issuer_keys(settings), clock.now()
    newest = (
        select(SignInCode)
        .where(SignInCode.address == keys.mac("address", normal_email(email).encode()))
        .order_by(SignInCode.created_at.desc(), SignInCode.id.desc())
        .limit(1)
        .with_for_update()
    )
    row = (await session.execute(newest)).scalar_one_or_none()
    expected = row.code if row else bytes(32)
    right = hmac.compare_digest(_code_mac(keys, row.id if row else new_id(), "".join(code.split())), expected)
    if row is None or row.used_at or row.expires_at <= now or row.tries >= settings.code_tries:
        return None
    row.tries += 1
    if not right or row.account_id is None:
        return None
    row.used_at = now
    return await session.get(Account, row.account_id)


async def in_turn(session: AsyncSession, *sources: bytes) -> None:
    """Requests of one address or client are counted in turn: side by side, none would see the others.

    SQLite has one writer anyway. The order of the locks is always the same, so that nobody waits in a ring.
    """
    if session.get_bind().dialect.name == "postgresql":
        for number in sorted(int.from_bytes(source[:8], "big", signed=True) for source in sources):
            await session.execute(select(func.pg_advisory_xact_lock(number)))


async def slow_down(session: AsyncSession, settings: DirectorySettings, source: bytes, most: int) -> None:
    """Counts a request of this source. Raises TooManyCodes when it has asked too often."""
    since = clock.now() - timedelta(seconds=settings.code_window_seconds)
    asked = await session.scalar(
        select(func.count()).where(CodeRequest.source == source, CodeRequest.requested_at > since)
    )
    if asked is not None and asked >= most:
        raise TooManyCodes(retry_after=settings.code_window_seconds)
    session.add(CodeRequest(source=source, requested_at=clock.now()))


async def sweep(session: AsyncSession) -> None:
    """Forgets what is over; old codes are of no use to anyone but a thief of the database."""
    before = clock.now() - KEPT
    await session.execute(delete(SignInCode).where(SignInCode.expires_at < before))
    await session.execute(delete(EmailChange).where(EmailChange.expires_at < before))
    await session.execute(delete(CodeRequest).where(CodeRequest.requested_at < before))


def _code_mac(keys: IssuerKeys, row_id: UUID, code: str) -> bytes:
    return keys.mac("code", row_id.bytes, code.encode())
