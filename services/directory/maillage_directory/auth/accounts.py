"""Accounts: who may sign in, and a token at hand for an operator."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from maillage import clock
from maillage.auth import ADMIN, ends_tokens
from maillage.db import Database
from maillage.events import record
from maillage.ids import new_id
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.auth.keys import issuer_keys
from maillage_directory.events import ContactChanged, TokensEnded
from maillage_directory.model import Account, Coordinator
from maillage_directory.settings import DirectorySettings

OPERATOR_TOKEN = timedelta(hours=12)


def normal_email(address: str) -> str:
    """The address as it is stored and compared."""
    return address.strip().lower()


async def account_of(session: AsyncSession, address: str) -> Account | None:
    """The account with this address, or None."""
    found = await session.execute(select(Account).where(Account.email == normal_email(address)))
    return found.scalar_one_or_none()


def contact_changed(account: Account, person: Coordinator | None = None) -> ContactChanged:
    """The private event that says how to reach the owner of an account."""
    if account.email is None:
        raise ValueError("an erased account has no address to tell")
    phone = person.phone if person is not None and person.reach_phone != "self" else None
    return ContactChanged(
        coordinator_id=account.id,
        email=account.email,
        phone=phone,
        language=account.language,
        roles=sorted(account.roles),
    )


def end_tokens_of(session: AsyncSession, account: Account) -> None:
    """Every access token of the account from before this transaction ends at its commit, in all services."""
    end_tokens_naming(session, account.id, account.version)
    account.tokens_ended_at = clock.now()  # never before the event's time, which is the others' moment


def end_tokens_naming(session: AsyncSession, named: UUID, sequence: int) -> None:
    """Tells all services, at the commit, to refuse tokens from before that name this account, sign-in or key.

    `sequence`: the version of what is named. The caller notes in its row when.
    """
    record(session, TokensEnded(account_id=named), sequence=sequence)
    ends_tokens(session)


async def operator_token(
    settings: DirectorySettings, email: str, role: str = ADMIN, *, lifetime: timedelta = OPERATOR_TOKEN
) -> str:
    """An access token for the account with this address, which is made as an operator's when there is none.

    For a command line on the machine itself: whoever can read the keys folder may do this. The token carries
    `role` beside the account's own roles, and the account is given it for the next sign-in.
    """
    db = Database(settings.database_url)
    try:
        async with db.write() as session:
            known = await account_of(session, email)
            account = known or Account(id=new_id(), email=normal_email(email), language="fr", roles=[])
            if role not in account.roles:
                account.roles = sorted({*account.roles, role})
                session.add(account)
                await session.flush()
                person = await session.get(Coordinator, account.id)
                record(session, contact_changed(account, person), sequence=account.version)
                if known is not None:
                    end_tokens_of(session, account)
            subject, roles, ended_at = account.id, list(account.roles), account.tokens_ended_at
    finally:
        await db.dispose()
    signer = issuer_keys(settings).signer(settings)
    return signer.sign(subject, roles=roles, region=settings.region, lifetime=lifetime, ended_at=ended_at)
