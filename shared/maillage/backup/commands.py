"""`maillage backup` and `maillage restore`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

# What the commands need is imported when one runs, so that --help stays quick.
if TYPE_CHECKING:
    from maillage.backup.manifest import Manifest
    from maillage.backup.place import Place
    from maillage.backup.restore import Report

T = TypeVar("T")
Data = Annotated[
    Path | None,
    typer.Option(envvar="MAILLAGE_DATA", help="Dossier d'une maison embarquée (sinon MAILLAGE_NATS_URL…)"),
]
Databases = Annotated[
    list[str] | None, typer.Option("--database", help="service=URL de sa base, autant de fois qu'il faut")
]
Keys = Annotated[
    Path | None,
    typer.Option(envvar="MAILLAGE_KEYS_DIR", help="Dossier des clés, à mettre dans la sauvegarde"),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(
    target: Annotated[Path, typer.Argument(help="Nouveau dossier, ou fichier en .tar")],
    data: Data = None,
    database: Databases = None,
    keys: Keys = None,
) -> None:
    """Sauvegarder toutes les bases, les flux avec leurs consommateurs et les clés, sans rien arrêter."""
    from maillage.backup.archive import writing
    from maillage.backup.take import take

    async def run(place: Place) -> Manifest:
        with writing(target) as folder:
            return await take(place, folder)

    made = _with_place(_opened(data, database, keys), run)
    rows = sum(sum(part.rows.values()) for part in made.databases)
    messages = sum(int(part.state["messages"]) for part in made.streams)
    typer.echo(
        f"{target} : {len(made.databases)} bases ({rows} lignes), {len(made.streams)} flux "
        f"({messages} messages), {len(made.keys)} clés ; publications retenues {made.pause_seconds:.3f} s"
    )
    if not made.keys:
        typer.echo("Sans les clés (--keys) : gardez-les avec vos autres secrets.", err=True)


def restore(
    source: Annotated[Path, typer.Argument(help="Le dossier ou le fichier .tar d'une sauvegarde")],
    data: Data = None,
    database: Databases = None,
    keys: Keys = None,
    erasures: Annotated[
        list[Path] | None,
        typer.Option(help="Fichier des effacements demandés depuis, à refaire (MAILLAGE_ERASURE_LOG)"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Remplacer ce qui est là")] = False,
    replicas: Annotated[
        int | None, typer.Option(min=1, max=5, help="Copies de chaque flux (sinon comme dans la sauvegarde)")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Vérifier la sauvegarde, ne rien changer")] = False,
) -> None:
    """Remettre une sauvegarde en place, services arrêtés : vérifier, restaurer, compléter, comparer."""
    from maillage.backup import manifest as manifests
    from maillage.backup.archive import reading
    from maillage.backup.manifest import NotWhole
    from maillage.backup.restore import restore as put_back
    from maillage.erasing import read_log

    try:
        with reading(source) as folder:
            manifest = manifests.read(folder)
            typer.echo(
                f"Sauvegarde de {manifest.region} du {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC : intacte"
            )
            if check:
                return
            asked = [each for path in erasures or [] for each in read_log(path)]

            async def run(place: Place) -> Report:
                return await put_back(place, folder, manifest, force=force, replicas=replicas, erasures=asked)

            report = _with_place(_restored(data, database, keys, force=force), run)
    except (NotWhole, OSError) as error:
        _refuse(str(error))
    _tell(report)


def _tell(report: Report) -> None:
    typer.echo(f"{report.rows} lignes et {report.messages} messages restaurés, comptes vérifiés")
    for service, count in report.republished.items():
        typer.echo(f"{service} : {count} événements rendus au flux par le journal")
    if report.keys:
        typer.echo(f"Clés remises : {', '.join(report.keys)}")
    typer.echo(f"{report.erasures} effacements à refaire, dès que l'annuaire démarre")


@asynccontextmanager
async def _opened(data: Path | None, database: list[str] | None, keys: Path | None) -> AsyncIterator[Place]:
    """What to make a backup of."""
    from maillage.backup.place import houses

    if data is not None and not database:
        async with houses().opened(data) as place:
            yield place
        return
    async with _named(data, database, keys) as place:
        yield place


@asynccontextmanager
async def _restored(
    data: Path | None, database: list[str] | None, keys: Path | None, *, force: bool
) -> AsyncIterator[Place]:
    """What to put a backup back into."""
    from maillage.backup.place import houses

    if data is not None and not database:
        async with houses().restored(data, force) as place:
            yield place
        return
    async with _named(data, database, keys) as place:
        yield place


@asynccontextmanager
async def _named(data: Path | None, database: list[str] | None, keys: Path | None) -> AsyncIterator[Place]:
    from maillage.backup.place import Place
    from maillage.events.operator import access, databases

    async with access(data) as here:
        named = databases(here, database or [])
        yield Place(here.client, here.settings.region, named, keys)


def _with_place(opened: object, work: Callable[[Place], Awaitable[T]]) -> T:
    """Run `work` on the place; end with a sentence and status 1 when that fails."""
    from nats.errors import Error as NatsError
    from nats.js.errors import NotFoundError

    from maillage.backup.postgres import InUse, ToolMissing
    from maillage.backup.restore import Differs, NotEmpty
    from maillage.backup.source import Busy
    from maillage.backup.streams import Refused
    from maillage.command_faults import sentence
    from maillage.events.operator import Unreachable

    async def run() -> T:
        async with opened as place:  # type: ignore[attr-defined]  # one of the context managers above
            return await work(place)

    try:
        return asyncio.run(run())
    except NotEmpty as error:
        _refuse(f"{error} Rien n'a été changé. Pour remplacer ce qui est là : --force")
    except Busy as error:
        _refuse(f"{error} : la sauvegarde n'a pas eu son instant. Rien n'a été écrit ; réessayez.")
    except NotFoundError:
        _refuse("Le flux n'existe pas. Pour créer les flux : maillage provision")
    except Differs as error:
        _refuse(
            f"Restauré, mais ce n'est pas ce qui était sauvegardé. {error}. Restaurez encore, avec --force."
        )
    except (Unreachable, InUse, ToolMissing, ValueError, LookupError) as error:
        _refuse(str(error))
    except (Refused, NatsError, OSError, TimeoutError) as error:
        _refuse(f"Interrompu. {sentence(error) or str(error) or type(error).__name__}")


def _refuse(reason: str) -> NoReturn:
    sys.stderr.write(f"{reason}\n")
    raise typer.Exit(1)
