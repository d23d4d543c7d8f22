"""The controlled vocabulary: terms with a stable slug, labels in two languages and a definition."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import BaseModel

from maillage_directory.reference.files import bundled, folder, reread_on_change
from maillage_directory.text import normalised, words


class Term(BaseModel):
    """One term; `definition` is in French, the language of those it was written for."""

    slug: str
    fr: str
    en: str
    definition: str | None = None
    group: str | None = None

    def label(self, language: str) -> str:
        return self.en if language == "en" else self.fr


class Mission(Term):
    """A mission of the ACI agreement and the months until it must start and be fully at work."""

    kind: str
    start_months: int | None = None
    full_months: int | None = None


class Size(Term):
    """A size class of the ACI agreement: `population_below` is its upper bound, none for the last."""

    population_below: int | None = None


class Vocabulary(BaseModel):
    """All terms, as data that a region may replace: a new agreement changes missions, not code.

    `regions` are those of the country, by ISO 3166-2 code in lower case.
    """

    challenges: list[Term]
    skills: list[Term]
    tracks: list[Term]
    territory_types: list[Term]
    aci_missions: list[Mission]
    statuses: list[Term]
    sizes: list[Size]
    regions: list[Term] = []

    def slugs(self, kind: str) -> frozenset[str]:
        """The slugs of a kind: "challenges", "skills", …"""
        return frozenset(term.slug for term in self._terms(kind))

    def term(self, kind: str, slug: str) -> Term | None:
        """The term, or None."""
        return next((term for term in self._terms(kind) if term.slug == slug), None)

    def label(self, kind: str, slug: str, language: str) -> str:
        """The label of a term; the slug itself for one that is no longer in the vocabulary."""
        term = self.term(kind, slug)
        return term.label(language) if term else slug

    def matching(self, kind: str, word: str) -> list[str]:
        """The slugs whose labels have a word that begins with `word` (normalised)."""
        beginning = f" {word}"
        return [
            term.slug
            for term in self._terms(kind)
            if beginning in normalised(term.fr, term.en)
            or beginning in normalised(" ".join(words(term.slug)))
        ]

    def size_of(self, population: int) -> int:
        """The size class of a population."""
        for size in self.sizes:
            if size.population_below is None or population < size.population_below:
                return int(size.slug)
        return int(self.sizes[-1].slug)

    def _terms(self, kind: str) -> list[Any]:
        terms: list[Any] = getattr(self, kind)
        return terms


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of the folder in use."""
    document = json.loads((folder() / "vocabulary.json").read_text(encoding="utf-8"))
    regions = json.loads((bundled() / "regions.json").read_text(encoding="utf-8"))
    return Vocabulary.model_validate({"regions": regions, **document})


reread_on_change(vocabulary.cache_clear)
