"""Checks that words come from the vocabulary, with a pointer to each that does not."""

from __future__ import annotations

from collections.abc import Iterable

from maillage.errors import FieldError

from maillage_directory.errors import UnknownTerm
from maillage_directory.reference import vocabulary


def require_terms(kind: str, slugs: Iterable[str], pointer: str) -> None:
    """Raises UnknownTerm unless all slugs are terms of `kind`; `pointer` has `{}` for the index."""
    known = vocabulary().slugs(kind)
    errors: list[FieldError] = [
        {"pointer": pointer.format(index), "detail": f"GET /vocabulary ({kind})"}
        for index, slug in enumerate(slugs)
        if slug not in known
    ]
    if errors:
        raise UnknownTerm(errors=errors)


def unique(slugs: Iterable[str]) -> list[str]:
    """The slugs in order, each once."""
    return list(dict.fromkeys(slugs))
