"""The CPTS of the extract as bodies for `POST /cpts`: the demo and a first import start from them."""

from __future__ import annotations

import csv
from typing import Any

from maillage_directory.reference.files import folder

RUNNING = "aci-signe"
LIKELY = {
    "urbain-dense": ["precarite-inegalites", "sante-mentale", "soins-non-programmes"],
    "urbain-intermediaire": ["acces-medecin-traitant", "ville-hopital", "mobilisation-adhesion"],
    "periurbain": ["acces-specialistes", "attractivite-installation", "enfance-perinatalite"],
    "rural": ["desertification-medicale", "personnes-agees-fragilite", "numerique-telemedecine"],
    "rural-isole": ["isolement-geographique", "desertification-medicale", "isolement-professionnels"],
    "montagne": ["isolement-geographique", "attractivite-installation"],
    "littoral": ["personnes-agees-fragilite", "saisonnalite-touristique"],
    "insulaire": ["isolement-geographique"],
    "touristique-saisonnier": ["saisonnalite-touristique", "soins-non-programmes"],
    "qpv": ["precarite-inegalites", "addictions"],
    "transfrontalier": ["sante-mentale", "attractivite-installation"],
    "interdepartemental": ["financement-perennite"],
}


def cpts_payloads(*, example_challenges: bool = False) -> list[dict[str, Any]]:
    """One body for `POST /cpts` per CPTS of the extract, in the order of the file.

    What a CPTS is confronted with is not in any public list. With `example_challenges` each gets up to four
    that are likely for its kind of territory: examples for a demonstration, not facts.
    """
    with (folder() / "cpts_paca.csv").open(encoding="utf-8", newline="") as file:
        return [_payload(row, example_challenges) for row in csv.DictReader(file)]


def _payload(row: dict[str, str], example_challenges: bool) -> dict[str, Any]:
    types = row["territory_types"].split()
    return {
        "slug": row["slug"],
        "name": row["name"],
        "aliases": [alias for alias in row["aliases"].split("|") if alias],
        "status": RUNNING,
        "communes": [
            {"insee": code.removesuffix("*"), "shared": code.endswith("*")}
            for code in row["communes"].split()
        ],
        "main_commune_insee": row["main_commune"],
        "principal_department": row["principal_department"],
        "departments": row["departments"].split(),
        "population": int(row["population"]) if row["population"] else None,
        "size": int(row["size"]) if row["size"] else None,
        "lon": float(row["lon"]),
        "lat": float(row["lat"]),
        "territory_types": types,
        "challenges": _likely(types) if example_challenges else [],
    }


def _likely(types: list[str]) -> list[str]:
    ranked: list[str] = []
    for turn in range(3):
        for kind in types:
            wanted = LIKELY.get(kind, [])
            if turn < len(wanted) and wanted[turn] not in ranked:
                ranked.append(wanted[turn])
    return ranked[:4]
