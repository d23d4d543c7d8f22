"""The command `maillage conform`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

# What a run needs is imported when one begins, so that --help stays quick.
if TYPE_CHECKING:
    from maillage_conform.plan import Plan
    from maillage_conform.texts import Language, Text

_SERVICE, _HOOKS, _USERS, _REPORT = "Le service", "Ce qui permet de regarder", "Les comptes", "Le rapport"


class Tongue(StrEnum):
    """The languages a report is written in."""

    fr = "fr"
    en = "en"


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the report goes besides the terminal."""

    language: Language
    junit: Path | None
    json: Path | None
    strict: bool


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("conform")(conform)


def _option(help_text: str, panel: str, *names: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(*names, help=help_text, rich_help_panel=panel)
    return option


def conform(
    region: Annotated[
        str, _option("Le préfixe des sujets : la région du service", _SERVICE, "--subject-prefix")
    ] = "",
    run: Annotated[
        str | None, _option("La commande qui lance le service, dans un bac à sable", _SERVICE)
    ] = None,
    server: Annotated[
        str | None, _option("L'adresse NATS de la région, où le service tourne déjà", _SERVICE)
    ] = None,
    peer: Annotated[
        str, _option("La région voisine, jouée par l'outil", _SERVICE, "--peer-region")
    ] = "fr-pac",
    restart_command: Annotated[str | None, _option("Tue et relance le service", _HOOKS)] = None,
    state_url: Annotated[
        str | None, _option("Adresse de ce qu'il garde d'une personne ({id}) ; 404 : rien", _HOOKS)
    ] = None,
    probe_command: Annotated[
        str | None, _option("Commande qui écrit ce qu'il garde d'une personne ({id})", _HOOKS)
    ] = None,
    data_dir: Annotated[Path | None, _option("Le dossier où il écrit, à relire", _HOOKS)] = None,
    operator_user: Annotated[str | None, _option("Qui administre les flux de la région", _USERS)] = None,
    operator_password: Annotated[str | None, _option("Son mot de passe", _USERS)] = None,
    operator_credentials: Annotated[Path | None, _option("Ou son fichier .creds", _USERS)] = None,
    peer_server: Annotated[
        str | None, _option("L'adresse NATS de la voisine, si elle diffère", _USERS)
    ] = None,
    peer_user: Annotated[str | None, _option("Qui peut publier au nom de la voisine", _USERS)] = None,
    peer_password: Annotated[str | None, _option("Son mot de passe", _USERS)] = None,
    peer_credentials: Annotated[Path | None, _option("Ou son fichier .creds", _USERS)] = None,
    service_user: Annotated[
        str | None, _option("Le compte du service, pour éprouver ses droits", _USERS)
    ] = None,
    service_password: Annotated[str | None, _option("Son mot de passe", _USERS)] = None,
    service_credentials: Annotated[Path | None, _option("Ou son fichier .creds", _USERS)] = None,
    deadline: Annotated[float, _option("Secondes laissées à une réponse", _REPORT)] = 15.0,
    erasure_deadline: Annotated[float, _option("Secondes laissées à un effacement", _REPORT)] = 60.0,
    quiet: Annotated[float, _option("Secondes après lesquelles plus rien n'est attendu", _REPORT)] = 1.5,
    only: Annotated[
        list[str] | None, _option("Un groupe seulement (répétable) ; voir --list", _REPORT)
    ] = None,
    language: Annotated[Tongue, _option("La langue du rapport", _REPORT)] = Tongue.fr,
    junit: Annotated[Path | None, _option("Écrire aussi un fichier JUnit XML", _REPORT)] = None,
    json: Annotated[Path | None, _option("Écrire aussi un fichier JSON", _REPORT)] = None,
    strict: Annotated[
        bool, _option("Échouer aussi pour ce qui n'a pas été vérifié", _REPORT, "--strict")
    ] = False,
    listed: Annotated[bool, _option("Écrire la liste des vérifications", _REPORT, "--list")] = False,
    schemas: Annotated[Path | None, _option("Écrire les schémas des types publics ici", _REPORT)] = None,
) -> None:
    """Vérifier qu'un service d'une région, dans n'importe quel langage, respecte les règles du réseau."""
    from maillage_conform import assembling

    if listed:
        assembling.show_list(language.value)
    elif schemas:
        assembling.write_schemas(schemas)
    else:
        from maillage_conform.plan import Plan, User

        plan = Plan(
            region=region,
            peer=peer,
            command=run,
            server=server,
            operator=User(operator_user, operator_password, operator_credentials),
            peer_server=peer_server,
            peer_user=User(peer_user, peer_password, peer_credentials),
            service_user=User(service_user, service_password, service_credentials),
            restart_command=restart_command,
            state_url=state_url,
            probe_command=probe_command,
            data_dir=data_dir,
            deadline=deadline,
            erasure_deadline=erasure_deadline,
            quiet=quiet,
            only=frozenset(only or ()),
        )
        _run(plan, Outputs(language.value, junit, json, strict))


def _run(plan: Plan, outputs: Outputs) -> None:
    from maillage_conform.assembling import objection, report_to
    from maillage_conform.run import conform as make
    from maillage_conform.texts import Unusable

    if (refused := objection(plan)) is not None:
        _refuse(refused, outputs.language)
    console, progress = report_to(outputs.language)
    try:
        with console.status("…") as status:
            report = asyncio.run(make(plan, lambda group: status.update(progress(group))))
    except Unusable as error:
        _refuse(error.text, outputs.language)
    from maillage_conform.report import junit, machine, people

    people.show(report, console, outputs.language)
    if outputs.junit:
        junit.write(report, outputs.junit, outputs.language)
    if outputs.json:
        machine.write(report, outputs.json, outputs.language)
    raise typer.Exit(report.exit_status or (1 if outputs.strict and not report.complete else 0))


def _refuse(text: Text, language: Language) -> None:
    typer.echo(text.in_(language), err=True)
    raise typer.Exit(2)
