"""French in the templates, English from `locale/en/*.po` (one file per area), and good typography in French.

Templates and pages write plain French with ordinary spaces and straight apostrophes; what comes out has
typographic apostrophes and the no-break spaces that French punctuation asks for.
"""

import re
from functools import cache, lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

LOCALES = ("fr", "en")
DEFAULT = "fr"
_LOCALE_DIR = Path(__file__).parent / "locale"
_TOUCHED = re.compile("[':;?!«»]")
"""What typography may change something at: most texts have none of it."""
_APOSTROPHE = re.compile(r"(?<=[A-Za-zÀ-ÿ])'(?=[A-Za-zÀ-ÿ<&%])")
_BEFORE = re.compile(r" (?=[:;?!»](?:\s|<|$|\)|,|\.))")
_AFTER = re.compile(r"(?<=«) ")


def typographic(text: str) -> str:
    """French typography: ’ for ', no-break spaces before `: ; ? ! »` and after `«`."""
    if _TOUCHED.search(text) is None:
        return text
    text = _APOSTROPHE.sub("’", text)
    return _AFTER.sub("\u00a0", _BEFORE.sub("\u00a0", text))


MESSAGES_KEPT = 2000
_typographic_message = lru_cache(MESSAGES_KEPT)(typographic)
"""Of the portal's own messages, said over and over; what people write is not kept here."""


class Catalogue:
    """Messages of one language, with the interface Jinja's i18n extension expects."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self.known: dict[str, tuple[str, ...]] = {} if locale == "fr" else _load(locale)

    def gettext(self, message: str) -> str:
        """The message in this language; the French text where there is no translation."""
        if self.locale == "fr":
            return _typographic_message(message)
        found = self.known.get(message)
        return found[0] if found else message

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        """As gettext, by number. French takes the singular for 0 and 1, English for 1 only."""
        if self.locale == "fr":
            return _typographic_message(singular if abs(count) < 2 else plural)
        found = self.known.get(singular)
        if not found:
            return singular if count == 1 else plural
        return found[0] if count == 1 else found[-1]


def _load(locale: str) -> dict[str, tuple[str, ...]]:
    messages: dict[str, tuple[str, ...]] = {}
    for path in sorted((_LOCALE_DIR / locale).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=locale):
                if not message.id or not message.string:
                    continue
                key = message.id if isinstance(message.id, str) else message.id[0]
                value = message.string
                messages[key] = (value,) if isinstance(value, str) else tuple(value)
    return messages


@cache
def catalogue(locale: str) -> Catalogue:
    """The catalogue of `fr` or `en`."""
    return Catalogue(locale)


def choose(cookie: str | None, accept_language: str) -> str:
    """The language of a visit: the one chosen, else the first of the browser's that we speak, else French."""
    if cookie in LOCALES:
        return str(cookie)
    for part in accept_language.split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in LOCALES:
            return code
    return DEFAULT
