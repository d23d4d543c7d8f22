"""What the report says, in the two languages it is read in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["fr", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or two, in French and in English."""

    fr: str
    en: str

    def in_(self, language: Language) -> str:
        """The text in that language."""
        return self.fr if language == "fr" else self.en

    def __add__(self, other: Text) -> Text:
        return Text(f"{self.fr} {other.fr}", f"{self.en} {other.en}")


class Unusable(Exception):
    """The run cannot begin or go on. `text` says, for people, what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text
