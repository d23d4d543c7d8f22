"""The commands this distribution adds to `maillage`: catalogue export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

catalogue = typer.Typer(name="catalogue", help="Le catalogue des événements.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands. What they need is imported when one runs, so that --help stays quick."""
    catalogue.callback()(lambda: None)  # keeps the command named while it is the only one
    app.add_typer(catalogue)


@catalogue.command("export")
def export_catalogue(
    folder: Annotated[Path, typer.Argument(help="Le dossier à écrire")],
    region: Annotated[str, typer.Option(envvar="MAILLAGE_REGION", help="La région")] = "fr-pac",
    document: Annotated[
        list[Path] | None, typer.Option(help="Un document AsyncAPI 3 à ajouter, autant de fois qu'il faut")
    ] = None,
) -> None:
    """Écrire le catalogue en pages HTML, avec le document AsyncAPI de la région et les schémas JSON."""
    import json

    from maillage_catalogue.declared import documents
    from maillage_catalogue.export import export

    extra = []
    for path in document or []:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            _refuse(f"{path} : ce n'est pas un document JSON lisible ({type(error).__name__}).")
        if not isinstance(content, dict) or not str(content.get("asyncapi", "")).startswith("3."):
            _refuse(f"{path} : ce n'est pas un document AsyncAPI 3.")
        extra.append(content)
    try:
        written = export(folder, region, documents(extra))
    except OSError as error:
        _refuse(f"{folder} ne peut pas être écrit : {error.strerror}.")
    typer.echo(f"{len(written)} fichiers écrits ; ouvrez {folder / 'index.html'}")


def _refuse(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(1)
