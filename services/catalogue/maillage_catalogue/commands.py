"""The commands this distribution adds to `maillage`."""

import typer


def register(app: typer.Typer) -> None:
    """Add the commands."""
