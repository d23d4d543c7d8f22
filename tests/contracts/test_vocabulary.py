"""The services' own copies of the vocabulary say what its home, the directory, says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SERVICES = Path(__file__).parents[2] / "services"
HOME = json.loads((SERVICES / "directory/maillage_directory/reference/vocabulary.json").read_text())
EVENTS = json.loads((SERVICES / "events/maillage_events/data/vocabulary.json").read_text())
MENTORING = json.loads((SERVICES / "mentoring/maillage_mentoring/data/labels.json").read_text())


def labels(terms: Any) -> dict[str, tuple[str, str]]:
    """Slug -> French and English label, of a list of terms or of a mapping."""
    if isinstance(terms, dict):
        return {slug: (term["fr"], term["en"]) for slug, term in terms.items()}
    return {term["slug"]: (term["fr"], term["en"]) for term in terms}


COPIES = [
    pytest.param(kind, terms, id=f"{name}-{kind}")
    for name, copy in (("events", EVENTS), ("mentoring", MENTORING))
    for kind, terms in copy.items()
    if kind in HOME
]


def test_there_are_copies_to_compare() -> None:
    assert len(COPIES) >= 4


@pytest.mark.parametrize(("kind", "terms"), COPIES)
def test_a_copy_is_the_homes_own(kind: str, terms: Any) -> None:
    assert labels(terms) == labels(HOME[kind])
