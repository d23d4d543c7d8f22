"""An account's address: one's own change waits for a code, an animator's counts at once (auth/moving.py)."""

from __future__ import annotations

from uuid import UUID

from maillage.auth import Principal
from maillage.db import lock_row
from maillage.errors import NotFound
from maillage.events import record
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.auth.accounts import contact_changed, end_tokens_of, normal_email
from maillage_directory.auth.moving import Letter, ask_to_move, end_other_ways_in, proven_address
from maillage_directory.model import Account
from maillage_directory.model.base import touch
from maillage_directory.settings import DirectorySettings
from maillage_directory.usecases.coordinators import (
    flush_unless_taken,
    guard_administrator,
    locked_person,
    require_free,
)


async def change_address(
    session: AsyncSession, settings: DirectorySettings, caller: Principal, coordinator_id: UUID, email: str
) -> list[Letter]:
    """Changes whom the account belongs to by mail, or asks for it when it is her own; the mails to send.

    Telling the others (contact.changed) is left to change_coordinator, which follows. Raises NotFound,
    PersonErased, TooManyCodes (her own); Forbidden, EmailTaken (another's).
    """
    await locked_person(session, coordinator_id)
    account = await lock_row(session, Account, coordinator_id)
    if normal_email(email) == account.email:
        return []
    if caller.id == coordinator_id:
        return await ask_to_move(session, settings, account, email)
    guard_administrator(caller, account)
    return await _move(session, account, email, sign_out=True)


async def confirm_address(
    session: AsyncSession, settings: DirectorySettings, caller: Principal, code: str
) -> list[Letter] | None:
    """Her account moves to the address that the code was mailed to; the mails to send, or None: a wrong code.

    A wrong code is a try, which the caller commits too. Raises EmailTaken, NotFound, PersonErased.
    """
    email = await proven_address(session, settings, caller.id, code)
    if email is None:
        return None
    person = await locked_person(session, caller.id)
    account = await lock_row(session, Account, caller.id)
    letters = await _move(session, account, email, sign_out=False)
    record(session, contact_changed(account, person), sequence=account.version)
    return letters


async def _move(session: AsyncSession, account: Account, email: str, *, sign_out: bool) -> list[Letter]:
    old = account.email
    if old is None:
        raise NotFound
    await require_free(session, email)
    account.email = normal_email(email)
    touch(account)
    await flush_unless_taken(session)
    await end_other_ways_in(session, account.id, sessions=sign_out)
    if sign_out:
        end_tokens_of(session, account)
    return [Letter("done", account.id, old, account.language)]
