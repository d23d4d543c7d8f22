"""How words are compared: without accents, case, hyphens or the many ways to write "saint"."""

from __future__ import annotations

import re
import unicodedata

LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"})
SHORT_FORMS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
WORD = re.compile(r"[a-z0-9]+")
MOST_SOUGHT = 8
"""A full name, a place and a subject."""


def words(text: str) -> list[str]:
    """The words of `text` as they are compared: "St-Étienne" gives ["saint", "etienne"]."""
    plain = unicodedata.normalize("NFKD", text.translate(LIGATURES)).lower()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [SHORT_FORMS.get(word, word) for word in WORD.findall(letters)]


def sought(text: str | None) -> list[str]:
    """The words to look for: each once, and of many the longest, which tell the most.

    Each is a question of its own to the database, and whoever asks may not have signed in.
    """
    found = dict.fromkeys(words(text or ""))
    return sorted(found, key=len, reverse=True)[:MOST_SOUGHT]


def normalised(*texts: str) -> str:
    """The words of all `texts`, each with a space before it, so that " word" finds a word's beginning."""
    return "".join(f" {word}" for text in texts for word in words(text))


def slugify(text: str) -> str:
    """`text` as part of an address: lower-case ASCII words joined by hyphens, 80 characters at most."""
    return "-".join(words(text))[:80].strip("-")
