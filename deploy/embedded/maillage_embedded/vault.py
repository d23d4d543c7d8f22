"""A house on a folder as a backup and a restore need it, whether it runs or not."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from maillage import clock
from maillage.backup.place import Place
from maillage.backup.restore import NotEmpty
from maillage.events.operator import access
from maillage.events.streams import installed_services

from maillage_embedded.broker import Broker
from maillage_embedded.demo.start import MARK
from maillage_embedded.home import Home
from maillage_embedded.lock import holder_of, sole
from maillage_embedded.up import connected

BUSY_WITH = "maillage backup"


@asynccontextmanager
async def opened(data: Path) -> AsyncIterator[Place]:
    """The house on `data`. One that does not run is kept from starting meanwhile; its bus is started for it.

    Raises FileNotFoundError where there is no house, Unreachable when the running one's bus does not answer.
    """
    home = Home(data)
    databases = _databases(home)
    if not databases:
        raise FileNotFoundError(f"Aucune maison dans {data} : il n'y a pas de base.")
    if holder_of(home.lock) is not None:
        async with access(data) as here:
            yield Place(here.client, here.settings.region, databases, home.keys)
        return
    with sole(home.lock, BUSY_WITH):
        async with _bus(home) as place:
            yield place


@asynccontextmanager
async def restored(data: Path, force: bool) -> AsyncIterator[Place]:
    """A new house, which becomes the one on `data` when the block ends well. Until then `data` is as it was.

    With `force` the house that is there is moved aside and kept. Raises NotEmpty, ValueError when it runs.
    """
    home = Home(data)
    if (other := holder_of(home.lock)) is not None:
        raise ValueError(f"Maillage tourne sur {data} (processus {other.pid}) : arrêtez-le, puis restaurez.")
    if _is_taken(data) and not force:
        raise NotEmpty(f"{data} n'est pas vide.")
    draft = _draft(home)
    try:
        async with _bus(draft) as place:
            place.erasure_logs.append(draft.erasures)
            if home.database("directory").exists():
                place.replaced["directory"] = home.database_url("directory")
            yield place
    except BaseException:
        shutil.rmtree(draft.root, ignore_errors=True)
        raise
    _move_in(draft.root, data)


def _is_taken(data: Path) -> bool:
    return data.is_dir() and any(data.iterdir())


def _draft(home: Home) -> Home:
    """An empty house beside the folder, which knows of the erasures noted there."""
    draft = Home(home.root.with_name(f".{home.root.name}.restauration"))
    shutil.rmtree(draft.root, ignore_errors=True)
    draft.prepare()
    if home.erasures.exists():
        shutil.copyfile(home.erasures, draft.erasures)
    return draft


def _move_in(draft: Path, data: Path) -> None:
    if _is_taken(data):
        data.rename(data.with_name(f"{data.name}.avant-{clock.now():%Y%m%d-%H%M%S}"))
    elif data.is_dir():
        data.rmdir()
    draft.rename(data)
    # Whatever was restored, it is not for the next start to put the demo region into it.
    (data / MARK).write_text(json.dumps({"restored_at": clock.now().isoformat()}), encoding="utf-8")


@asynccontextmanager
async def _bus(home: Home) -> AsyncIterator[Place]:
    """The folder's nats-server, running for the time of the block."""
    home.prepare()
    broker = Broker(home, on_ready=_nothing)
    await broker.start()
    try:
        async with connected(broker) as client:
            names = [service.name for service in installed_services()]
            yield Place(
                client,
                broker.region,
                _databases(home) or {name: home.database_url(name) for name in names},
                home.keys,
            )
    finally:
        await broker.stop()


async def _nothing(_broker: Broker) -> None:
    """Streams are left as they are."""


def _databases(home: Home) -> dict[str, str]:
    names = [service.name for service in installed_services()]
    return {name: home.database_url(name) for name in names if home.database(name).exists()}
