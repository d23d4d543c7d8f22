"""The commands this distribution adds to `maillage`: setup, secrets, mail-sink."""

import asyncio
from pathlib import Path
from typing import Annotated, NoReturn

import typer


def register(app: typer.Typer) -> None:
    """Add the commands. What they need is imported when one runs, so that --help stays quick."""
    app.command("setup")(setup)
    app.command("secrets")(make_secrets)
    app.command("mail-sink")(mail_sink)


def setup(
    replicas: Annotated[int, typer.Option(min=1, max=5, envvar="MAILLAGE_STREAM_REPLICAS")] = 1,
    max_bytes: Annotated[int, typer.Option(envvar="MAILLAGE_STREAM_MAX_BYTES", help="-1 : sans limite")] = -1,
) -> None:
    """Mettre toutes les bases à jour, puis les flux : avant que les services démarrent."""
    from maillage.events.operator import Unreachable
    from maillage.events.streams import StreamOptions

    from maillage_operator.setup import set_up

    async def run() -> None:
        async for line in set_up(StreamOptions(replicas=replicas, max_bytes=max_bytes)):
            typer.echo(line)

    try:
        asyncio.run(run())
    except Unreachable as error:
        refuse(str(error))


def make_secrets(
    folder: Annotated[Path, typer.Argument(help="Le dossier où les faire")],
    region: Annotated[str, typer.Option(envvar="MAILLAGE_REGION")] = "fr-pac",
) -> None:
    """Faire les secrets d'une installation en conteneurs ; ceux qui existent restent tels quels."""
    from maillage_operator.making import make_secrets

    for name, made in make_secrets(folder, region):
        typer.echo(f"{name} : {'fait' if made else 'déjà là'}")
    typer.echo("Si le serveur d'e-mail demande un mot de passe, écrivez-le dans « smtp ».", err=True)


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
