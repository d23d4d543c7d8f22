"""How words are compared: without accents, case, hyphens or the many ways to write "saint"."""

from __future__ import annotations

import re
import unicodedata

LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"})
SHORT_FORMS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
WORD = re.compile(r"[a-z0-9]+")


def words(text: str) -> list[str]:
    """The words of `text` as they are compared: "St-Étienne" gives ["saint", "etienne"]."""
    plain = unicodedata.normalize("NFKD", text.translate(LIGATURES)).lower()
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return [SHORT_FORMS.get(word, word) for word in WORD.findall(letters)]


def normalised(*texts: str) -> str:
    """The words of all `texts`, each with a space before it, so that " word" finds a word's beginning."""
    return "".join(f" {word}" for text in texts for word in words(text))


def slugify(text: str) -> str:
    """`text` as part of an address: lower-case ASCII words joined by hyphens, 80 characters at most."""
    return "-".join(words(text))[:80].strip("-")
