"""What the service is made of agrees with itself: schema and model, vocabulary and its source."""

from __future__ import annotations

from maillage.db import drift, migrate
from maillage_events.app import service
from maillage_events.model import Base
from maillage_events.schemas.registrations import REASONS
from maillage_events.usecases.newcomers import NEWCOMERS_TRACK
from maillage_events.vocabulary import labels


async def test_the_migrations_lead_to_the_model(database_url: str) -> None:
    await migrate(database_url, service.migrations)
    assert await drift(database_url, Base.metadata) == []


def test_the_vocabulary_has_every_word_in_both_languages() -> None:
    assert (len(labels("tracks")), len(labels("skills"))) == (9, 28)
    assert NEWCOMERS_TRACK in labels("tracks")
    assert all(term["fr"] and term["en"] for kind in ("tracks", "skills") for term in labels(kind).values())
    assert all(french and english for french, english in REASONS.values())
