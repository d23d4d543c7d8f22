"""Whose account an identity of the OIDC provider is: linked before, or the same verified address.

An address that the provider does not vouch for opens nothing: else whoever may type an address there would
enter here as its owner. Such a person links the two herself, signed in by a code that came to her mailbox.
"""

from __future__ import annotations

from uuid import UUID

from maillage import clock
from maillage.auth import ADMIN, ANIMATOR, COORDINATOR, Principal
from maillage.db import lock_row
from maillage.errors import Unauthorized
from maillage.events import record
from maillage.ids import new_id
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.auth.accounts import account_of, contact_changed, end_tokens_of
from maillage_directory.auth.oidc import Identity
from maillage_directory.errors import EmailNotVerified, IdentityTaken, PersonUnknown
from maillage_directory.model import Account, Coordinator, LinkedIdentity
from maillage_directory.schemas.coordinator import CoordinatorCreate
from maillage_directory.settings import DirectorySettings
from maillage_directory.usecases.coordinators import add_coordinator


async def enter(
    session: AsyncSession, settings: DirectorySettings, identity: Identity, language: str
) -> Account:
    """The account this identity opens, linked for the next time, with the roles the provider decides.

    Raises PersonUnknown, EmailNotVerified, IdentityTaken (her account is somebody else's there).
    """
    link = await _link_of(session, identity)
    if link is not None:
        link.used_at = clock.now()
        account = await lock_row(session, Account, link.account_id)
    else:
        account = await _by_address(session, settings, identity, language)
        await link_identity(session, account.id, identity)
    if account.email is None:  # erased while she was away at the provider
        raise PersonUnknown
    await _take_roles(session, account, identity)
    return account


async def link_identity(session: AsyncSession, account_id: UUID, identity: Identity) -> LinkedIdentity:
    """Links an account with an identity; once more is no change. Raises IdentityTaken, Unauthorized."""
    account = await session.get(Account, account_id, with_for_update=True)
    if account is None or account.email is None:
        raise Unauthorized
    known = await _link_of(session, identity)
    if known is not None:
        if known.account_id != account_id:
            raise IdentityTaken
        return known
    now = clock.now()
    link = LinkedIdentity(
        account_id=account_id, issuer=identity.issuer, subject=identity.subject, linked_at=now, used_at=now
    )
    session.add(link)
    try:
        await session.flush()
    except IntegrityError as error:
        raise IdentityTaken from error
    return link


async def unlink(session: AsyncSession, account_id: UUID) -> None:
    """Takes all links of an account away; the next sign-in may link anew."""
    await session.execute(delete(LinkedIdentity).where(LinkedIdentity.account_id == account_id))


async def links_of(session: AsyncSession, account_id: UUID) -> list[LinkedIdentity]:
    """The links of an account, oldest first."""
    wanted = select(LinkedIdentity).where(LinkedIdentity.account_id == account_id).order_by(LinkedIdentity.id)
    return list((await session.execute(wanted)).scalars())


async def _link_of(session: AsyncSession, identity: Identity) -> LinkedIdentity | None:
    wanted = select(LinkedIdentity).where(
        LinkedIdentity.issuer == identity.issuer, LinkedIdentity.subject == identity.subject
    )
    return (await session.execute(wanted)).scalar_one_or_none()


async def _by_address(
    session: AsyncSession, settings: DirectorySettings, identity: Identity, language: str
) -> Account:
    if identity.email is None:
        raise EmailNotVerified if identity.unverified_email else PersonUnknown
    account = await account_of(session, identity.email)
    if account is not None:
        return account
    if not settings.oidc_provision or identity.given_name is None or identity.family_name is None:
        raise PersonUnknown
    body = CoordinatorCreate.model_validate(
        {
            "first_name": identity.given_name,
            "last_name": identity.family_name,
            "email": identity.email,
            "language": language,
        }
    )
    provider = Principal(new_id(), frozenset({ADMIN}), settings.region)
    person = await add_coordinator(session, provider, body)
    return await lock_row(session, Account, person.id)


async def _take_roles(session: AsyncSession, account: Account, identity: Identity) -> None:
    """Where the provider decides, its word replaces the roles of animator and administrator."""
    if identity.roles is None:
        return
    kept = set(account.roles) - {ANIMATOR, ADMIN}
    person = await session.get(Coordinator, account.id)
    wanted = sorted(kept | identity.roles | ({COORDINATOR} if person is not None else set()))
    if wanted == sorted(account.roles):
        return
    account.roles = wanted
    await session.flush()
    record(session, contact_changed(account, person), sequence=account.version)
    end_tokens_of(session, account)
