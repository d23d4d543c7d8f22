"""The commands this distribution adds to `maillage`: setup, bus, secrets, mail-sink."""

import asyncio
from pathlib import Path
from typing import Annotated, NoReturn

import typer

bus = typer.Typer(name="bus", help="Le serveur NATS des conteneurs.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands. What they need is imported when one runs, so that --help stays quick."""
    app.command("setup")(setup)
    app.command("mail-sink")(mail_sink)
    app.add_typer(bus)


def setup(
    replicas: Annotated[int, typer.Option(min=1, max=5, envvar="MAILLAGE_STREAM_REPLICAS")] = 1,
    max_bytes: Annotated[int, typer.Option(envvar="MAILLAGE_STREAM_MAX_BYTES", help="-1 : sans limite")] = -1,
) -> None:
    """Mettre toutes les bases à jour, puis les flux : avant que les services démarrent."""
    from maillage.events.streams import StreamOptions

    from maillage_operator.setup import set_up

    async def run() -> None:
        async for line in set_up(StreamOptions(replicas=replicas, max_bytes=max_bytes)):
            typer.echo(line)

    asyncio.run(run())


@bus.command("configure")
def bus_configure(
    folder: Annotated[Path, typer.Argument(help="Où écrire nats.conf")],
) -> None:
    """Écrire la configuration de NATS : un utilisateur par service, avec les seuls droits qu'il lui faut."""
    from maillage_operator.bus import configure

    typer.echo(configure(folder))


def mail_sink(
    folder: Annotated[Path, typer.Option("--mailbox", envvar="MAILLAGE_MAILBOX_DIR")] = Path("mailbox"),
    host: Annotated[str, typer.Option(help="L'adresse d'écoute")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Le port SMTP")] = 1025,
) -> None:
    """Recevoir par SMTP les e-mails de la démonstration et les garder dans la boîte locale."""
    from maillage_operator.sink import run

    asyncio.run(run(folder, host, port))


def refuse(reason: str) -> NoReturn:
    """Say why not, and end with status 1."""
    typer.echo(reason, err=True)
    raise typer.Exit(1)
