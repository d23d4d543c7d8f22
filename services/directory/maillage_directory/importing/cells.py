"""From the text of a cell to what it means. Each function raises LineRefused with the name of its column."""

from __future__ import annotations

import re
from datetime import date, timedelta
from difflib import get_close_matches
from functools import cache

from maillage_directory.importing.reasons import refused
from maillage_directory.reference import communes, vocabulary
from maillage_directory.reference.files import reread_on_change
from maillage_directory.schemas.cpts import CommuneEntry
from maillage_directory.text import normalised

LIST_MARK = " | "
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
FRENCH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
SERIAL = re.compile(r"\d{4,6}(?:[.,]\d+)?")
SERIAL_ZERO = date(1899, 12, 30)
"""The day that spreadsheets count from."""
CODE = r"(?:\d{5}|2[AB]\d{3}|\d{4})"
CODES = re.compile(rf"{CODE}\*?(?:[ ,]+{CODE}\*?)*")
CODE_AND_NAME = re.compile(rf"({CODE})(\*?)(?: +(.+?))?(\*?)")

TITLES = {
    "coordinator": ("Coordination", "Coordination"),
    "deputy": ("Coordination adjointe", "Deputy coordination"),
    "project_officer": ("Mission, projets", "Project officer"),
    "director": ("Direction", "Direction"),
}
TITLE_WORDS = {
    "coordinator": "coordination|coordinateur|coordinatrice|coordonnateur|coordonnatrice|coordonnateur rice|"
    "coordinateur rice|coordinateur trice|coordonnateur trice|coordinator",
    "deputy": "coordination adjointe|adjoint|adjointe|coordinateur adjoint|coordinatrice adjointe|deputy|"
    "coordonnateur adjoint|coordonnatrice adjointe|deputy coordination|coordonnateur rice adjoint e",
    "project_officer": "mission projets|mission|charge de mission|chargee de mission|charge e de mission|"
    "chef de projet|cheffe de projet|project officer",
    "director": "direction|directeur|directrice|directeur rice|directeur trice|director",
}
LANGUAGES = {"fr": "français", "en": "anglais"}
LANGUAGE_WORDS = {
    **dict.fromkeys(("fr", "francais", "french"), "fr"),
    **dict.fromkeys(("en", "anglais", "english"), "en"),
}


def day(text: str, column: str) -> date:
    """A date written as in France or as ISO says; a bare number is explained, not guessed."""
    iso, french = ISO.fullmatch(text), FRENCH.fullmatch(text)
    try:
        if iso:
            return date(*map(int, iso.groups()))
        if french:
            return date(*map(int, reversed(french.groups())))
    except ValueError:
        raise refused("date", column) from None
    if SERIAL.fullmatch(text):
        meant = SERIAL_ZERO + timedelta(days=int(float(text.replace(",", "."))))
        raise refused("date-number", column, guess=meant.strftime("%d/%m/%Y"))
    raise refused("date", column)


def whole(text: str, column: str) -> int:
    """A whole number, with or without spaces between its thousands."""
    digits = re.sub(r"[\s\u202f.]", "", text)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise refused("number", column)
    return int(digits)


def phone(text: str) -> str:
    """A phone number, with the zero that a spreadsheet takes away from the front."""
    return f"0{text}" if re.fullmatch(r"[1-9]\d{8}", text) else text


def digits(number: str | None) -> str:
    """A phone number as it is compared: written otherwise it is the same."""
    found = re.sub(r"\D", "", number or "")
    return "0" + found[2:] if found.startswith("33") and len(found) == 11 else found


def title(text: str) -> str:
    """The post a title means, feminine and inclusive forms included."""
    wanted = normalised(text).strip()
    for name, words in TITLE_WORDS.items():
        if wanted == name.replace("_", " ") or wanted in words.split("|"):
            return name
    raise refused("title", "title")


def language(text: str) -> str:
    """`fr` or `en`."""
    found = LANGUAGE_WORDS.get(normalised(text).strip())
    if found is None:
        raise refused("language", "language")
    return found


def listed(text: str) -> list[str]:
    """The parts of a list."""
    return [part.strip() for part in re.split(r"[|;\n]", text) if part.strip()]


def terms(kind: str, text: str, column: str) -> list[str]:
    """The slugs of a list of terms, each written as its slug or its label in either language."""
    found: list[str] = []
    for part in listed(text):
        known = _labels(kind)
        exact = known.get(normalised(part))
        commas = [known.get(normalised(one)) for one in part.split(",") if one.strip()]
        pieces = [exact] if exact else commas
        if not pieces or any(one is None for one in pieces):
            raise refused("term", column, term=part[:80], **guess(part, _shown(kind)))
        found += [one for one in pieces if one is not None]
    return list(dict.fromkeys(found))


def term(kind: str, text: str, column: str) -> str:
    """The slug of one term."""
    found = terms(kind, text, column)
    if len(found) != 1:
        raise refused("term", column, term=text[:80], **guess(text, _shown(kind)))
    return found[0]


@cache
def _labels(kind: str) -> dict[str, str]:
    known = getattr(vocabulary(), kind)
    return {normalised(text): one.slug for one in known for text in (one.slug, one.en, one.fr)}


reread_on_change(_labels.cache_clear)


def _shown(kind: str) -> list[str]:
    return [one.fr for one in getattr(vocabulary(), kind)]


def guess(text: str, among: list[str]) -> dict[str, str]:
    """ "Perhaps you meant …", as arguments of a reason; empty when nothing is near."""
    by_key = {normalised(one): one for one in among}
    near = get_close_matches(normalised(text), by_key, n=1, cutoff=0.6)
    french = f" Peut-être « {by_key[near[0]]} » ?" if near else ""
    english = f" Perhaps “{by_key[near[0]]}”?" if near else ""
    return {"guess_fr": french, "guess_en": english}


def territory(text: str) -> list[CommuneEntry]:
    """Communes by INSEE code, or by a name that only one commune of the region has; `*` for a shared one."""
    found: list[CommuneEntry] = []
    for part in listed(text):
        if CODES.fullmatch(part):
            found += [commune(one, "communes") for one in re.split(r"[ ,]+", part)]
        elif CODE_AND_NAME.fullmatch(part):
            found.append(commune(part, "communes"))
        else:
            found += [commune(one, "communes") for one in part.split(",") if one.strip()]
    return found


def commune(text: str, column: str) -> CommuneEntry:
    """One commune, with the zero that a spreadsheet takes away from the front of its code."""
    text = text.strip()
    written = CODE_AND_NAME.fullmatch(text)
    if written is None:
        return _named_commune(text.rstrip("* "), text.endswith("*"), column)
    code, star, name, last_star = written.groups()
    code = code if len(code) == 5 else f"0{code}"
    known = communes().get(code)
    if known is None and not name:
        inside = [one for one in communes().coded(code) if one != code]
        if inside:
            raise refused("commune-postal", column, term=code, codes=", ".join(inside[:8]))
        raise refused("commune", column, term=code)
    return CommuneEntry(insee=code, shared=bool(star or last_star), name=None if known else name[:100])


def _named_commune(name: str, shared: bool, column: str) -> CommuneEntry:
    homonyms = communes().named(name)
    if len(homonyms) > 1:
        codes = ", ".join(one.insee for one in homonyms[:8])
        raise refused("commune-homonym", column, term=name[:80], codes=codes)
    if not homonyms:
        raise refused("commune", column, term=name[:80])
    return CommuneEntry(insee=homonyms[0].insee, shared=shared)
