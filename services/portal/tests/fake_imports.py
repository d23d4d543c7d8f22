"""An import of an invented list, as the directory would tell it."""

from typing import Any

from fake_data import NADIA
from fake_directory import DIRECTORY
from fake_house import FakeHouse

IMPORT = "0198c5a0-0000-7000-8000-00000000f11e"
COLUMNS = [
    ("first_name", "Prénom", "Nécessaire pour une nouvelle personne.", "Camille"),
    ("email", "Adresse électronique", "Reconnaît la personne : une adresse, une personne.", "c@cpts.example"),
    ("phone", "Téléphone", "Visible d’elle seule au départ.", "04 00 00 00 00"),
    ("cpts_name", "CPTS", "Reconnaît la CPTS, avec ou sans « CPTS » devant.", "CPTS de l’Exemple"),
]

MISSING = "Il manque l’adresse électronique : sans elle, la personne n’est pas reconnue."
NOBODY = "La ligne ne dit ni de quelle personne ni de quelle CPTS il s’agit."


def brought(status: str = "checked", **changes: Any) -> dict[str, Any]:
    """The import, checked or in another state."""
    return {
        "id": IMPORT,
        "status": status,
        "made_by": NADIA,
        "created_at": "2026-11-28T08:00:00Z",
        "confirmed_by": NADIA if status == "done" else None,
        "confirmed_at": "2026-11-28T08:10:00Z" if status == "done" else None,
        "keep_until": "2026-12-05T08:00:00Z",
        "file_name": "liste-du-collectif-novembre-2026.xlsx",
        "form": "xlsx",
        "encoding": None,
        "separator": None,
        "sheet": "Liste",
        "columns": [{"title": "Courriel", "name": "email"}],
        "ignored": ["Adresse postale"],
        "unread_sheets": ["Archives"],
        "counts": {"create": 2, "update": 1, "unchanged": 1, "refused": 2, "erased": 0},
        "version": 1,
        **changes,
    }


def line(number: int, outcome: str, name: str = "", **fields: Any) -> dict[str, Any]:
    """A line about somebody with that name."""
    first, _, last = name.partition(" ")
    cells = {"first_name": first, "last_name": last, "cpts_name": "CPTS Guil Durance"} if name else {}
    ids = {"cpts_id": None, "coordinator_id": None, "position_id": None}
    return {
        "number": number,
        "outcome": outcome,
        "cells": cells,
        "actions": [],
        "reasons": [],
        **ids,
        **fields,
    }


def act(entity: str, action: str = "create", *fields: str) -> dict[str, Any]:
    return {"entity": entity, "action": action, "fields": list(fields)}


def wrong(column: str | None, title: str | None, value: str | None, text: str) -> dict[str, Any]:
    return {"column": column, "title": title, "value": value, "code": "x", "text": text}


LINES = [
    line(2, "create", "Aïcha Delmas", actions=[act("cpts"), act("coordinator"), act("position")]),
    line(3, "create", "Bruno Kessler", actions=[act("coordinator"), act("position")]),
    line(4, "update", "Nadia Benali", actions=[act("coordinator", "update", "phone")], coordinator_id=NADIA),
    line(5, "unchanged", "Marc Oddo", coordinator_id=NADIA),
    line(
        6,
        "refused",
        "Inès <b>Faure</b>",
        reasons=[
            wrong(
                "email",
                "Courriel",
                None,
                MISSING,
            ),
            wrong("phone", "Téléphone", "zéro quatre", "La forme n’est pas celle attendue."),
        ],
    ),
    line(
        7,
        "refused",
        reasons=[wrong(None, None, None, NOBODY)],
    ),
]


def know_imports(house: FakeHouse, **changes: Any) -> None:
    """Makes the house answer for one import with lines of every outcome."""
    columns = [
        {"name": name, "entity": "coordinator", "title": title, "help": told, "example": example}
        for name, title, told, example in COLUMNS
    ]
    one = brought(**changes)
    house.answers |= {
        f"{DIRECTORY}/imports/columns": {"items": columns},
        f"{DIRECTORY}/imports/{IMPORT}": one,
        f"{DIRECTORY}/imports/{IMPORT}/lines": {"items": LINES, "next": "suite-des-lignes"},
    }
    house.lists[f"{DIRECTORY}/imports"] = {"items": [one], "next": None}
