"""Putting a backup back: everything checked before anything is changed, everything compared afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nats.js import JetStreamContext
from sqlalchemy import make_url, update
from sqlalchemy.exc import SQLAlchemyError

from maillage.backup.manifest import DatabasePart, Manifest, Part, StreamPart, part_of
from maillage.backup.place import Place
from maillage.backup.streams import create, give_back
from maillage.backup.targets import PostgresTarget, SqliteTarget, Target
from maillage.db import Database, migrate
from maillage.db.lineage import lineage
from maillage.erasing import Asked, read_log
from maillage.events.repair import Journal, repair
from maillage.events.streams import GAP, installed_services
from maillage.events.tables import KIT


class NotEmpty(Exception):
    """There is something at the place to restore to; the text says what."""


class Differs(Exception):
    """What was restored is not what the backup holds; the text says where."""


@dataclass(slots=True)
class Report:
    """What a restore did. `republished`: events given back to the stream, by service."""

    rows: int = 0
    messages: int = 0
    republished: dict[str, int] = field(default_factory=dict)
    erasures: int = 0
    keys: list[str] = field(default_factory=list)


async def restore(
    place: Place,
    folder: Path,
    manifest: Manifest,
    *,
    force: bool = False,
    replicas: int | None = None,
    erasures: Sequence[Asked] = (),
) -> Report:
    """Put the backup in `folder` back at `place`.

    `replicas`: copies of each stream, where that is to differ from the backup.

    Erasures known here, in the databases to be replaced or in the logs, and those given are repeated. Raises
    NotEmpty, InUse, ValueError before anything is changed; Differs, OSError, Refused later, when only another
    restore helps.
    """
    services = {service.name: service for service in installed_services()}
    _fits(place, manifest, services)
    async with AsyncExitStack() as stack:
        targets = {
            part.service: await stack.enter_async_context(_target(part, place.databases[part.service]))
            for part in manifest.databases
        }
        if not force:
            await _want_empty(place, manifest, targets)
        known = [*erasures, *_logged(place), *await _erasures_here(place, services)]
        report = Report(keys=_keys(place, folder, manifest, force=force))
        for part in manifest.databases:
            await targets[part.service].fill(folder / part.path)
            _compare(part.service, part.rows, await targets[part.service].rows())
            report.rows += sum(part.rows.values())
    for part in manifest.databases:
        await migrate(place.databases[part.service], services[part.service].migrations)
    await _streams(place, folder, manifest, replicas, report)
    report.erasures = await _repeat(place, services, known, manifest)
    return report


def _fits(place: Place, manifest: Manifest, services: dict[str, Any]) -> None:
    if manifest.region != place.region:
        raise ValueError(f"C'est une sauvegarde de {manifest.region} ; ici c'est {place.region}.")
    for part in manifest.databases:
        if part.service not in place.databases or part.service not in services:
            raise ValueError(f"Où est la base de {part.service} ? Donnez --database {part.service}=URL")
        dialect = make_url(place.databases[part.service]).get_backend_name()
        if dialect != part.dialect:
            raise ValueError(f"{part.service} : sauvegarde de {part.dialect}, mais la base est {dialect}.")
        if part.revision not in lineage(services[part.service].migrations).revisions:
            raise ValueError(
                f"{part.service} : la sauvegarde vient d'une version plus récente, de révision "
                f"{part.revision} : restaurez avec cette version-là."
            )


def _target(part: DatabasePart, url: str) -> Target:
    if part.dialect == "sqlite":
        return SqliteTarget(part.service, Path(make_url(url).database or ""))
    return PostgresTarget(part.service, url)


async def _want_empty(place: Place, manifest: Manifest, targets: dict[str, Target]) -> None:
    for service, target in targets.items():
        held = {
            name: count for name, count in (await target.rows()).items() if count and name not in EMPTY_TOO
        }
        if held:
            raise NotEmpty(f"La base de {service} n'est pas vide ({sum(held.values())} lignes).")
    for info in await place.client.jetstream(timeout=30).streams_info():
        if info.state.messages:
            raise NotEmpty(f"Le flux {info.config.name} n'est pas vide ({info.state.messages} messages).")
    if place.keys is not None:
        for part in manifest.keys:
            if (place.keys / Path(part.path).name).exists() and not _same(place.keys, part):
                raise NotEmpty(
                    f"{place.keys / Path(part.path).name} est une autre clé que celle de la sauvegarde."
                )


EMPTY_TOO = frozenset({"schema_version", "schema_history", "consumer_mark"})
"""Tables that have rows in a database nobody has used yet."""


def _same(keys: Path, part: Part) -> bool:
    return bool(part_of(keys, keys / Path(part.path).name)["sha256"] == part.sha256)


def _logged(place: Place) -> list[Asked]:
    return [each for path in place.erasure_logs if path.exists() for each in read_log(path)]


async def _erasures_here(place: Place, services: dict[str, Any]) -> list[Asked]:
    """Those the databases know that are about to be replaced; none where they cannot be read any more."""
    found: list[Asked] = []
    for name, url in [*place.databases.items(), *place.replaced.items()]:
        memory = services[name].erasures if name in services else None
        if memory is None or not _exists(url):
            continue
        with suppress(SQLAlchemyError, OSError):
            async with _database(url) as db, db.read() as session:
                found += await memory.known(session)
    return found


def _exists(url: str) -> bool:
    """Not for SQLite to make an empty file of what is only to be looked at."""
    parsed = make_url(url)
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").exists()


def _keys(place: Place, folder: Path, manifest: Manifest, *, force: bool) -> list[str]:
    """Put the keys back that are not there; the names of those."""
    if place.keys is None:
        return []
    done = []
    for part in manifest.keys:
        path = place.keys / Path(part.path).name
        if path.exists() and (_same(place.keys, part) or not force):
            continue
        place.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes((folder / part.path).read_bytes())
        path.chmod(0o600)
        done.append(path.name)
    return done


def _compare(what: str, wanted: dict[str, Any], found: dict[str, Any]) -> None:
    if wanted != found:
        names = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
        told = ", ".join(f"{name} {found.get(name)} au lieu de {wanted.get(name)}" for name in names)
        raise Differs(f"{what} : {told}")


async def _streams(
    place: Place, folder: Path, manifest: Manifest, replicas: int | None, report: Report
) -> None:
    """Streams and consumers as they were, then what the journals have beyond."""
    jetstream = place.client.jetstream(timeout=30)
    for info in await jetstream.streams_info():
        await jetstream.delete_stream(info.config.name or "")
    changes = {"num_replicas": replicas} if replicas else {}
    created: dict[str, str] = {}
    for part in manifest.streams:
        await give_back(place.client, folder / part.path, part.config | changes, part.state)
        created[part.created] = await _compare_stream(jetstream, part)
        report.messages += int(part.state["messages"])
    for copy in manifest.copies:
        # Another region remembers up to which number it has read: under the old numbers it would pass over
        # what is published from now on. It is given the whole again, and knows by its inbox what it has had.
        await create(place.client, copy["config"] | changes | {"first_seq": int(copy["last_seq"]) + GAP})
    for url in place.databases.values():
        await _know_again(url, created)
    await _complete(place, jetstream, report)


async def _know_again(url: str, created: dict[str, str]) -> None:
    """The same numbers count in the restored streams: nobody need read them from the beginning."""
    mark = KIT.consumer_mark
    async with _database(url) as db, db.write() as session:
        for before, now in created.items():
            same = update(mark).where(mark.c.stream_created == before)
            await session.execute(same.values(stream_created=now))


@asynccontextmanager
async def _database(url: str) -> AsyncIterator[Database]:
    db = Database(url)
    try:
        yield db
    finally:
        await db.dispose()


async def _compare_stream(jetstream: JetStreamContext, part: StreamPart) -> str:
    """When the restored stream was made, by the server's word. Raises Differs."""
    info = await jetstream.stream_info(part.name)
    # An empty stream's first number is told now as 0, now as 1.
    names = ("messages", "last_seq", "first_seq")[: 3 if part.state["messages"] else 2]
    _compare(part.name, {n: part.state[n] for n in names}, {n: getattr(info.state, n) for n in names})
    found = {each.name for each in await jetstream.consumers_info(part.name)}
    _compare(part.name, dict.fromkeys(part.consumers, True), {n: n in found for n in part.consumers})
    return str(info.created)


async def _complete(place: Place, jetstream: JetStreamContext, report: Report) -> None:
    async with AsyncExitStack() as stack:
        opened = [
            Journal(name, await stack.enter_async_context(_database(url)))
            for name, url in sorted(place.databases.items())
        ]
        await repair(place.client, jetstream, place.region, opened)
    report.republished = {journal.service: journal.republished for journal in opened}


async def _repeat(place: Place, services: dict[str, Any], known: Sequence[Asked], manifest: Manifest) -> int:
    count = 0
    for name, url in place.databases.items():
        memory = services[name].erasures if name in services else None
        if memory is None:
            continue
        async with _database(url) as db, db.write() as session:
            count += await memory.repeat(session, known, manifest.started_at)
    return count
