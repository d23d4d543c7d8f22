"""What the command does around a run: refuse what makes no sense, list the checks, hand out the schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import typer
from rich.console import Console

from maillage_conform.checks import GROUPS
from maillage_conform.checks.base import Group
from maillage_conform.checks.schema import schemas
from maillage_conform.plan import Plan
from maillage_conform.texts import Language, Text

_REGION = re.compile(r"[a-z]{2}-[a-z0-9]{1,8}")
_HOW = Text(
    "Donnez --run COMMANDE (un bac à sable est fait pour elle) ou --server ADRESSE (où le service tourne "
    "déjà).",
    "Give --run COMMAND (a sandbox is made for it) or --server URL (where the service runs already).",
)


def objection(plan: Plan) -> Text | None:
    """Why a run cannot be made as it was asked for."""
    if not _REGION.fullmatch(plan.region):
        return Text(
            "Quelle région ? --subject-prefix fr-occ : le code ISO 3166-2 en minuscules.",
            "Which region? --subject-prefix fr-occ: its ISO 3166-2 code in lower case.",
        )
    if plan.region == plan.peer:
        return Text(
            "La voisine ne peut pas être la région du service : changez --peer-region.",
            "The neighbour cannot be the service's own region: change --peer-region.",
        )
    if bool(plan.command) == bool(plan.server):
        return _HOW
    if unknown := plan.only - {group.name for group in GROUPS}:
        names = ", ".join(group.name for group in GROUPS)
        bad = ", ".join(sorted(unknown))
        return Text(f"Groupe inconnu : {bad}. Il y a {names}.", f"Unknown group: {bad}. There are {names}.")
    if min(plan.deadline, plan.erasure_deadline, plan.quiet) <= 0:
        return Text("Les délais sont des secondes, plus de 0.", "Deadlines are seconds, more than 0.")
    return None


def report_to(language: Language) -> tuple[Console, Callable[[Group], str]]:
    """Where the report is printed, and how a group that is being made is announced."""
    return Console(), lambda group: group.title.in_(language) + "…"


def show_list(language: Language) -> None:
    """Every check by group, with what it expects."""
    for group in GROUPS:
        typer.echo(f"{group.name}: {group.title.in_(language)}")
        for check in group.checks:
            typer.echo(f"  {check.id}\t{check.expected.in_(language)}")


def write_schemas(folder: Path) -> None:
    """The JSON Schemas of the public types, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, schema in sorted(schemas().items()):
        text = json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True)
        (folder / f"{kind}.json").write_text(text + "\n", encoding="utf-8")
        typer.echo(str(folder / f"{kind}.json"))
