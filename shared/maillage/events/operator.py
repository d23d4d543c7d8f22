"""How an operator's command reaches the streams and the journals: by the settings, or by a house's folder."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.errors import Error, NoServersError
from nats.js import JetStreamContext
from pydantic import SecretStr

from maillage.db.engine import Database
from maillage.events.connection import credentials, reason
from maillage.events.repair import Journal
from maillage.events.streams import installed_services
from maillage.nats.folder import Folder
from maillage.operating import OperatorSettings
from maillage.settings import ServiceSettings

CONNECT_SECONDS, ANSWER_SECONDS = 15, 30
"""How long a bus may take that is there: a machine that is busy is not a bus that is away."""


class Unreachable(Exception):
    """NATS cannot be reached; the text, for people, says what to look at."""


@dataclass(frozen=True, slots=True)
class Access:
    """An open connection, and what it was opened with. `data` is the embedded house's folder, if one."""

    client: Client
    jetstream: JetStreamContext
    settings: ServiceSettings
    data: Path | None


def settings_for(data: Path | None) -> ServiceSettings:
    """The environment's settings; those of the house that runs on `data` when that is given."""
    if data is None:
        return ServiceSettings()
    try:
        facts = json.loads((data / "house.json").read_text(encoding="utf-8"))
        folder = Folder(data)
        password = folder.secret_file(facts["nats_user"]).read_text(encoding="ascii").strip()
        peers = sorted({*ServiceSettings().peer_regions, *folder.read().regions})
        named = {"nats_url": facts["nats_url"], "nats_user": facts["nats_user"], "peer_regions": peers}
        return ServiceSettings(**named, nats_password=SecretStr(password))
    except (OSError, ValueError, KeyError) as error:
        raise Unreachable(f"Aucune maison ne tourne sur {data} (maillage up --data {data})") from error


@asynccontextmanager
async def access(data: Path | None) -> AsyncIterator[Access]:
    """A connection for one command. Raises Unreachable."""
    settings = settings_for(data)
    if not settings.nats_url:
        raise Unreachable("Où est NATS ? Donnez MAILLAGE_NATS_URL, ou --data pour une maison embarquée.")
    servers = [url.strip() for url in settings.nats_url.split(",")]
    try:
        client = await nats.connect(
            servers,
            name="maillage-operator",
            connect_timeout=CONNECT_SECONDS,
            allow_reconnect=False,
            max_reconnect_attempts=1,  # or the client tries for two minutes where nothing listens
            inbox_prefix=b"_INBOX.operator",
            error_cb=_ignore,
            **credentials(settings),
        )
    except (Error, NoServersError, OSError, TimeoutError) as error:
        raise Unreachable(f"NATS ne répond pas sur {settings.nats_url} ({reason(error)}).") from error
    try:
        yield Access(client, client.jetstream(timeout=ANSWER_SECONDS), settings, data)
    finally:
        await client.close()


async def _ignore(_error: Exception) -> None:
    """The command reports what stops it; the client's own retries are not news."""


def journals(here: Access, named: list[str]) -> list[AbstractAsyncContextManager[Journal]]:
    """The journals to repair from: as named (`service=URL`), or a house's, or the environment's one database.

    Raises ValueError when a name and a URL cannot be told apart.
    """
    found = databases(here, named) or {"service": here.settings.database_url}
    return [_journal(name, url) for name, url in found.items()]


def databases(here: Access, given: list[str]) -> dict[str, str]:
    """The services' databases: as given (`service=URL`), else a house's, else as the operator's settings say
    (MAILLAGE_SERVICE_DATABASES); none where nothing does.

    Raises ValueError when a name and a URL cannot be told apart, OSError for a password's file.
    """
    named: dict[str, str] = {}
    for each in given:
        service, equals, url = each.partition("=")
        if not equals:
            raise ValueError(f"« {each} » : écrivez service=URL")
        named[service] = url
    names = [service.name for service in installed_services()]
    operator = OperatorSettings()
    if not named and here.data is None and operator.service_databases:
        named = {name: operator.database_of(name) for name in names}
    if not named and here.data is not None:
        folder = here.data.resolve()
        named = {name: f"sqlite:///{folder / name}.db" for name in names if (folder / f"{name}.db").exists()}
    return named


@asynccontextmanager
async def _journal(service: str, url: str) -> AsyncIterator[Journal]:
    db = Database(url)
    try:
        yield Journal(service, db)
    finally:
        await db.dispose()
