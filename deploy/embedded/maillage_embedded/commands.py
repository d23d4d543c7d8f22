"""The commands this distribution adds to `maillage`: up, demo, token, doctor."""

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from maillage_embedded.lock import AlreadyRunningError

Data = Annotated[Path, typer.Option(help="Le dossier des données", envvar="MAILLAGE_DATA")]
DEFAULT_DATA = Path("data")
Somewhere = Annotated[
    Path | None,
    typer.Option(
        envvar="MAILLAGE_DATA",
        help="Le dossier des données (sinon MAILLAGE_SERVICE_DATABASES…, ou « data »)",
        show_default=False,
    ),
]


class Role(StrEnum):
    """What an account may be allowed."""

    coordinator = "coordinator"
    animator = "animator"
    admin = "admin"


def register(app: typer.Typer) -> None:
    """Add the commands. What they need is imported when one runs, so that --help stays quick."""
    app.command()(up)
    app.command()(token)
    app.command()(demo)
    app.command()(doctor)


def up(
    data: Data = DEFAULT_DATA,
    port: Annotated[int, typer.Option(help="Le port du portail")] = 8000,
    host: Annotated[str, typer.Option(help="L'adresse d'écoute")] = "127.0.0.1",
    processes: Annotated[bool, typer.Option("--processes", help="Un processus par service")] = False,
    demo: Annotated[bool, typer.Option(help="Charger la région de démonstration")] = True,
) -> None:
    """Démarrer toute la maison sur cette machine."""
    from maillage_embedded.home import Home
    from maillage_embedded.lock import AlreadyRunningError, holder_of

    home = Home(data)
    home.prepare()
    if other := holder_of(home.lock):  # before the seconds that importing the services takes
        refuse(running_already(data, other))

    from maillage_embedded.demo.start import load_demo_once
    from maillage_embedded.logs import log_to
    from maillage_embedded.plan import Plan
    from maillage_embedded.progress import Progress
    from maillage_embedded.up import PortTakenError, run

    log_to(home.log / "maillage.log")
    progress = Progress()
    try:
        asyncio.run(
            run(Plan(home, host, port), progress, load_demo_once if demo else None, processes=processes)
        )
    except AlreadyRunningError as other:
        refuse(running_already(data, other))
    except PortTakenError as taken:
        refuse(f"Le port est déjà pris ({taken}). Choisissez-en un autre : maillage up --port {port + 1}")
    except (TimeoutError, FileNotFoundError) as error:
        progress.failed()
        refuse(f"Maillage n'a pas démarré : {error}\nLe journal est dans {home.log}")


def token(
    email: Annotated[str, typer.Argument(help="L'adresse du compte")],
    role: Annotated[
        Role | None, typer.Option(help="Donner ce rôle au compte, créé s'il n'existe pas")
    ] = None,
    data: Somewhere = None,
) -> None:
    """Écrire un jeton d'accès valable douze heures (pour qui administre cette machine)."""
    from maillage_embedded.token import NoAccountError, directory_settings, make_token

    settings = directory_settings(data, DEFAULT_DATA)
    try:
        typer.echo(asyncio.run(make_token(settings, email, role.value if role else None)))
    except NoAccountError:
        refuse("Aucun compte n'a cette adresse. Pour un compte d'exploitation : --role admin")


def demo(
    data: Somewhere = None,
    url: Annotated[
        str | None,
        typer.Option(
            envvar="MAILLAGE_API_URL", help="L'adresse de la maison, si elle n'est pas sur un dossier"
        ),
    ] = None,
) -> None:
    """Charger la région de démonstration dans une maison qui tourne ; ce qui y est déjà reste tel quel."""
    from maillage_embedded.demo.caller import RefusedError
    from maillage_embedded.demo.start import load_demo
    from maillage_embedded.home import Home
    from maillage_embedded.lock import holder_of
    from maillage_embedded.progress import Progress
    from maillage_embedded.token import directory_settings

    if url is None or data is not None:
        folder = data or DEFAULT_DATA
        running = holder_of(Home(folder).lock)
        if running is None:
            refuse(f"Maillage ne tourne pas sur {folder} : lancez d'abord « maillage up --data {folder} »")
        url = running.url
    progress = Progress()
    progress.starting("demo")
    try:
        asyncio.run(load_demo(directory_settings(data, DEFAULT_DATA), url, progress.detail))
    except RefusedError as error:
        progress.failed()
        refuse(str(error))
    progress.done()


def doctor(
    data: Data = DEFAULT_DATA,
    port: Annotated[int, typer.Option(help="Le port que prendrait le portail")] = 8000,
) -> None:
    """Vérifier configuration, ports, droits sur le bus, e-mail, horloge et disque, et dire quoi faire."""
    from maillage_embedded.doctor import Level, examine
    from maillage_embedded.home import Home
    from maillage_embedded.plan import Plan

    colours = {Level.FINE: "green", Level.WARNING: "yellow", Level.WRONG: "red"}
    console = Console(highlight=False, soft_wrap=True)

    async def look() -> bool:
        sound = True
        async for found in examine(Plan(Home(data), "127.0.0.1", port)):
            console.print(f"  [{colours[found.level]}]{found.level.value}[/] {escape(found.what)}")
            if found.advice:
                console.print(f"      {escape(found.advice)}")
            sound = sound and found.level is not Level.WRONG
        return sound

    if not asyncio.run(look()):
        raise typer.Exit(1)


def running_already(data: Path, other: "AlreadyRunningError") -> str:
    """Who runs on the folder, and where."""
    return f"Maillage tourne déjà sur {data} : {other.url} (processus {other.pid})."


def refuse(reason: str) -> NoReturn:
    """Say why not, and end with status 1."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(escape(reason))
    raise typer.Exit(1)
