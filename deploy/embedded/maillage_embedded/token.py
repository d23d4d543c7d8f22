"""`maillage token EMAIL`: an access token for whoever may read the house's keys."""

from datetime import timedelta
from pathlib import Path

from maillage.db import Database, migrate
from maillage.operating import OperatorSettings
from maillage_directory.auth.accounts import account_of, operator_token
from maillage_directory.auth.keys import issuer_keys
from maillage_directory.settings import DirectorySettings

from maillage_embedded.home import Home
from maillage_embedded.plan import Plan

LIFETIME = timedelta(hours=12)
MIGRATIONS = "maillage_directory.migrations"
PORT = 8000


class NoAccountError(LookupError):
    """Nobody has this address, and no role was given to make an operator's account with."""


def directory_settings(data: Path | None, otherwise: Path) -> DirectorySettings:
    """The directory's settings: of the house on the folder `data`, or else as the environment says, or of the
    house on `otherwise`, when the environment names no databases (MAILLAGE_SERVICE_DATABASES)."""
    operator = OperatorSettings()
    if data is None and operator.service_databases:
        return DirectorySettings(database_url=operator.database_of("directory"))
    return settings_of_house(Home(data or otherwise))


def settings_of_house(home: Home) -> DirectorySettings:
    """The directory's settings as the house on this folder last ran, so that the issuer is the same."""
    home.prepare()
    known = home.recall()
    values = Plan(home, "127.0.0.1", PORT).settings("directory")
    if "public_url" in known:
        values["public_url"] = known["public_url"]
    return DirectorySettings(**values)


async def make_token(settings: DirectorySettings, email: str, role: str | None) -> str:
    """A token good for twelve hours. With a role the account is made if need be, and given it.

    Works while the house runs and while it does not. Raises NoAccountError.
    """
    if settings.migrate_on_start:
        await migrate(settings.database_url, MIGRATIONS)
    if role is not None:
        return await operator_token(settings, email, role, lifetime=LIFETIME)
    db = Database(settings.database_url)
    try:
        async with db.read() as session:
            account = await account_of(session, email)
    finally:
        await db.dispose()
    if account is None:
        raise NoAccountError(email)
    signer = issuer_keys(settings).signer(settings)
    return signer.sign(
        account.id,
        roles=account.roles,
        region=settings.region,
        lifetime=LIFETIME,
        ended_at=account.tokens_ended_at,
    )
