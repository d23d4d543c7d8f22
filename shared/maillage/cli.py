"""The command `maillage`: the kit's own commands, and those that other distributions add.

A distribution adds commands by the entry point group `maillage.commands`: a function that takes the typer
application and registers on it. One that cannot be imported does not take the others away.
"""

import sys
from importlib.metadata import entry_points

import typer

from maillage import nats_commands, region_commands, stream_commands
from maillage.backup import commands as backup_commands

GROUP = "maillage.commands"


def build() -> typer.Typer:
    """The application with every command this environment has."""
    app = typer.Typer(
        name="maillage",
        help="Maillage, le réseau d'entraide des coordinatrices de CPTS.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_show_locals=False,  # values in a trace could be someone's data
    )
    app.callback()(lambda: None)  # keeps commands named even while there is only one
    stream_commands.register(app)
    nats_commands.register(app)
    region_commands.register(app)
    backup_commands.register(app)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            register = entry.load()
        except ImportError as error:
            typer.echo(f"maillage: les commandes « {entry.name} » manquent ({error})", err=True)
            continue
        register(app)
    return app


def main() -> None:
    """Run the command line.

    Settings that are wrong, a secret that is refused, a database or bus that does not answer are told in a
    sentence, with status 1.
    """
    try:
        build()()
    except Exception as error:
        told = _complaint(error)
        if told is None:
            raise
        sys.exit(told)


def _complaint(error: Exception) -> str | None:
    """What to say of wrong settings, or of what does not answer; None for any other error."""
    from pydantic import ValidationError

    from maillage.command_faults import sentence
    from maillage.secrecy import UnsafeSecret
    from maillage.settings import complaints

    if isinstance(error, UnsafeSecret):
        return str(error)
    if isinstance(error, ValidationError) and error.title.endswith("Settings"):
        return complaints(error)
    return sentence(error)
