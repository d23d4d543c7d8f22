"""The tracks and skills a seminar may name: this service's copy of the directory's vocabulary, as data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from maillage.errors import FieldError

from maillage_events.errors import UnknownSlugs


@cache
def labels(kind: str) -> Mapping[str, Mapping[str, str]]:
    """Slug to its labels (`fr`, `en`) for the kind "tracks" or "skills"."""
    data = json.loads((files("maillage_events") / "data" / "vocabulary.json").read_text(encoding="utf-8"))
    return {term["slug"]: term for term in data[kind]}


def expect_known(**chosen: tuple[str, Iterable[str]]) -> None:
    """Raises UnknownSlugs naming every slug outside the vocabulary.

    Each argument is named as the field of the request and gives the kind with the slugs:
    `expect_known(tracks=("tracks", ["missions-aci"]))`. A field named as its kind is a list.
    """
    errors: list[FieldError] = [
        {"pointer": f"/{field}/{index}" if field == kind else f"/{field}", "detail": slug}
        for field, (kind, slugs) in chosen.items()
        for index, slug in enumerate(slugs)
        if slug not in labels(kind)
    ]
    if errors:
        raise UnknownSlugs(errors=errors)
