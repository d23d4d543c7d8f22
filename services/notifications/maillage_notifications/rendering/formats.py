"""How moments, numbers and punctuation read in French and in English."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from babel.dates import format_date
from maillage import clock

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

NBSP, NARROW = "\u00a0", "\u202f"
COLON: dict[Language, str] = {"fr": f"{NBSP}: ", "en": ": "}
_CODE = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)


def language(wanted: str | None) -> Language:
    """The language we have for a wanted tag such as `en-GB`: English if that is it, else French."""
    return "en" if (wanted or "").lower().startswith("en") else "fr"


def typeset(source: str, lang: Language) -> str:
    """A template's source with its own words set properly; what stands in {{ }} or {% %} is left alone."""
    pieces = _CODE.split(source)
    return "".join(piece if index % 2 else _typeset_text(piece, lang) for index, piece in enumerate(pieces))


def _typeset_text(text: str, lang: Language) -> str:
    text = text.replace("'", "’")
    if lang == "en":
        return text
    text = re.sub(r" ([;?!])", NARROW + r"\1", text)
    text = re.sub(r" ([:»])", NBSP + r"\1", text)
    return text.replace("« ", "«" + NBSP)


def day(value: date, lang: Language) -> str:
    """ "samedi 23 janvier", with the year when it is not this one."""
    year = " y" if value.year != clock.today().year else ""
    written = format_date(value, f"EEEE d MMMM{year}", locale="fr_FR" if lang == "fr" else "en_GB")
    if lang == "fr" and value.day == 1:
        written = written.replace(" 1 ", " 1er ", 1)
    # The number stays with the month.
    return re.sub(r"(\d(?:er)?) ", r"\1" + NBSP, written)


def hour(value: datetime, lang: Language) -> str:
    """ "9 h", "9 h 30"; in English "9:00"."""
    if lang == "en":
        return f"{value.hour}:{value.minute:02d}"
    minutes = f"{NBSP}{value.minute:02d}" if value.minute else ""
    return f"{value.hour}{NBSP}h{minutes}"


def moment(value: datetime, lang: Language, zone: ZoneInfo | None = None) -> str:
    """ "samedi 23 janvier, 9 h" on the clock of `zone` (the region's when None)."""
    local = value.astimezone(zone or clock.zone())
    return f"{day(local.date(), lang)}, {hour(local, lang)}"


def span(start: datetime, end: datetime, lang: Language, zone: ZoneInfo) -> str:
    """ "samedi 23 janvier, de 9 h à 17 h", or from one day to another."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if first.date() == last.date():
        hours = (hour(first, lang), hour(last, lang))
        return f"{day(first.date(), lang)}, " + ("de {} à {}" if lang == "fr" else "from {} to {}").format(
            *hours
        )
    words = "du {}, au {}" if lang == "fr" else "from {}, to {}"
    return words.format(moment(start, lang, zone), moment(end, lang, zone))


def ordinal(number: int, lang: Language, *, feminine: bool = False) -> str:
    """ "1re", "3e"; in English "1st", "3rd"."""
    if lang == "fr":
        return f"{number}{('re' if feminine else 'er') if number == 1 else 'e'}"
    teens = 10 < number % 100 < 20
    return f"{number}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def listed(words: list[str], lang: Language) -> str:
    """ "a", "a et b", "a, b et c"."""
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + (" et " if lang == "fr" else " and ") + words[-1]


def sentence(text: str) -> str:
    """With a capital first, as a sentence or a title starts."""
    return text[:1].upper() + text[1:]


def one_line(text: str) -> str:
    """What people typed, on one line: it must not make paragraphs or list items of ours."""
    return " ".join(text.split())


def de(text: str) -> str:
    """French "de" before a name: elided before a vowel."""
    plain = unicodedata.normalize("NFD", text[:1]).lower()[:1]
    return f"d’{text}" if plain in "aeiou" and plain else f"de {text}"
