"""Acting for a person: an admin's token and a person's id give a short token for her (RFC 8693).

There is no refresh token, and the token names the admin in its `act` claim.
"""

from __future__ import annotations

from uuid import UUID

import structlog
from maillage.auth import Principal
from maillage.auth.tokens import LIFETIME
from maillage.errors import Forbidden, NotFound
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.auth.keys import issuer_keys
from maillage_directory.model import Account
from maillage_directory.settings import DirectorySettings

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"

LIFETIME_SECONDS = int(LIFETIME.total_seconds())

log = structlog.get_logger(__name__)


class ExchangeRefused(Forbidden):
    code = "token-exchange-refused"
    title_fr = "Agir pour une autre personne n’est pas permis"
    title_en = "Acting for another person is not allowed"
    detail_fr = "Il faut le jeton d’un·e administrateur·rice, sur une instance qui le permet."
    detail_en = "An administrator's own token is needed, on an instance that allows it."


async def token_for(
    session: AsyncSession, settings: DirectorySettings, admin: Principal | None, subject: UUID
) -> str:
    """An access token for the account `subject`, acting `admin`.

    Raises ExchangeRefused (not an admin, or turned off here), NotFound (no such account, or erased).
    """
    if admin is None or not (settings.may_exchange and admin.is_admin):
        raise ExchangeRefused
    account = await session.get(Account, subject)
    if account is None or account.email is None:
        raise NotFound
    log.info("token-exchanged", subject=str(subject), actor=str(admin.id))
    signer = issuer_keys(settings).signer(settings)
    return signer.sign(
        account.id,
        roles=account.roles,
        region=settings.region,
        actor=admin.id,
        ended_at=account.tokens_ended_at,
    )
