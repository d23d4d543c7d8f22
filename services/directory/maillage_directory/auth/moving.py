"""Changing one's own address: it counts once a code that was mailed there has come back.

Sign-in goes by e-mail, so an address is a key. Somebody who could write any address into her account could
have a stranger mailed in her name, keep the address from its owner, or wait for that owner to sign in to an
account that is not hers. And who has borrowed a browser for a minute could keep the account for good: so the
old address is told, when a change is asked for and when it is done.

An animator or administrator who changes somebody else's address vouches for it, as when she enters a
newcomer: her mailbox may be gone with her post, and with it every code. It counts at once, and signs every
browser out: so an account that was taken is given back.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from maillage import clock
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.auth.accounts import normal_email
from maillage_directory.auth.codes import in_turn, new_code, slow_down, sweep
from maillage_directory.auth.keys import IssuerKeys, issuer_keys
from maillage_directory.model import Account, EmailChange, SignInCode, SignInSession
from maillage_directory.settings import DirectorySettings


@dataclass(frozen=True)
class Letter:
    """A mail about a change: the `code` to the new address; to the old one, that it was `asked` or `done`."""

    kind: Literal["code", "asked", "done"]
    account_id: UUID
    to: str
    language: str
    code: str = ""
    minutes: int = 0


async def ask_to_move(
    session: AsyncSession, settings: DirectorySettings, account: Account, email: str
) -> list[Letter]:
    """Keeps the wish to move to this address, in place of an earlier one; the mails to send after the commit.

    Says nothing of whether somebody has the address already: only who reads its mail learns that. Raises
    TooManyCodes when the address was mailed, or the account has asked, too often.
    """
    keys, now, address = issuer_keys(settings), clock.now(), normal_email(email)
    sources = keys.mac("address", address.encode()), keys.mac("mover", account.id.bytes)
    await in_turn(session, *sources)
    await sweep(session)
    for source in sources:
        await slow_down(session, settings, source, settings.codes_per_address)
    await forget_moves(session, account.id)
    code = new_code()
    expires = now + timedelta(seconds=settings.code_lifetime_seconds)
    session.add(
        EmailChange(
            id=account.id,
            email=address,
            code=_mac(keys, account.id, address, code),
            created_at=now,
            expires_at=expires,
            tries=0,
        )
    )
    await session.flush()
    minutes = settings.code_lifetime_seconds // 60
    letters = [Letter("code", account.id, address, account.language, code, minutes)]
    if account.email is not None:
        letters.append(Letter("asked", account.id, account.email, account.language))
    return letters


async def pending_move(session: AsyncSession, account_id: UUID) -> EmailChange | None:
    """The change that still waits for its code; None when there is none, or its time is over."""
    found = await session.get(EmailChange, account_id)
    return found if found is not None and found.expires_at > clock.now() else None


async def proven_address(
    session: AsyncSession, settings: DirectorySettings, account_id: UUID, code: str
) -> str | None:
    """The address the caller wants, if this is the code that was mailed there; None otherwise.

    Each call is a try. The caller commits in both cases: a try that is rolled back would cost nothing.
    """
    wanted = select(EmailChange).where(EmailChange.id == account_id).with_for_update()
    row = (await session.execute(wanted)).scalar_one_or_none()
    if row is None or row.expires_at <= clock.now() or row.tries >= settings.code_tries:
        return None
    row.tries += 1
    given = _mac(issuer_keys(settings), account_id, row.email, "".join(code.split()))
    return row.email if hmac.compare_digest(given, row.code) else None


async def forget_moves(session: AsyncSession, account_id: UUID) -> int:
    """Drops the change that waits, if any; how many that is."""
    gone = await session.execute(delete(EmailChange).where(EmailChange.id == account_id))
    return int(getattr(gone, "rowcount", 0))


async def end_other_ways_in(session: AsyncSession, account_id: UUID, *, sessions: bool) -> None:
    """Codes mailed to the old address open nothing any more; with `sessions`, browsers are signed out too."""
    await session.execute(delete(SignInCode).where(SignInCode.account_id == account_id))
    await forget_moves(session, account_id)
    if sessions:
        await session.execute(delete(SignInSession).where(SignInSession.account_id == account_id))


def _mac(keys: IssuerKeys, account_id: UUID, address: str, code: str) -> bytes:
    return keys.mac("move", account_id.bytes, address.encode(), code.encode())
