"""Region codes: ISO 3166-2 in lower case, with the names of the French ones."""

from __future__ import annotations

import re

from maillage.settings import REGION_CODE

FRENCH = {
    "fr-ara": "Auvergne-Rhône-Alpes",
    "fr-bfc": "Bourgogne-Franche-Comté",
    "fr-bre": "Bretagne",
    "fr-cvl": "Centre-Val de Loire",
    "fr-cor": "Corse",
    "fr-20r": "Corse",
    "fr-ges": "Grand Est",
    "fr-hdf": "Hauts-de-France",
    "fr-idf": "Île-de-France",
    "fr-nor": "Normandie",
    "fr-naq": "Nouvelle-Aquitaine",
    "fr-occ": "Occitanie",
    "fr-pdl": "Pays de la Loire",
    "fr-pac": "Provence-Alpes-Côte d’Azur",
    "fr-971": "Guadeloupe",
    "fr-972": "Martinique",
    "fr-973": "Guyane",
    "fr-974": "La Réunion",
    "fr-976": "Mayotte",
}
"""`fr-cor` was Corsica's code until 2021 and is still the one in use; `fr-20r` is the new one."""


class UnknownRegion(ValueError):
    """Not a region's code; the text, for people, says what one looks like."""


def region_code(given: str) -> str:
    """The code as used everywhere. Raises UnknownRegion; other countries' codes are checked by shape only."""
    code = given.strip().lower()
    if not re.fullmatch(REGION_CODE, code):
        raise UnknownRegion(f"« {given} » n'est pas un code ISO 3166-2 : écrivez par exemple fr-occ.")
    if code.startswith("fr-") and code not in FRENCH:
        known = ", ".join(f"{each} ({name})" for each, name in FRENCH.items())
        raise UnknownRegion(f"« {code} » n'est pas une région française. Les codes : {known}.")
    return code


def name_of(code: str) -> str:
    """The region's name where it is known, else its code."""
    return FRENCH.get(code, code)
