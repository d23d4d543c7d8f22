"""The search of logs and traces finds people however they are written, and nobody where there is nobody."""

from __future__ import annotations

import pytest

from tests.support.overheard import naming

PEOPLE = [
    {"first_name": "Zoé", "last_name": "Quatrepoint", "email": "zoe.q@exemple.fr", "phone": "06 39 98 77 66"}
]


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "moved", "who": "Zoé"}',
        "GET /annuaire?q=Zo%C3%A9",
        "no such person: Quatrepoint.",
        'error="550 <zoe.q@exemple.fr> unknown"',
        "called 06.39.98.77.66",
        "called 0639987766",
    ],
)
def test_a_person_is_found(line: str) -> None:
    assert naming(f"nothing\n{line}\nnothing", PEOPLE) == [line]


def test_nobody_is_found_in_ids_and_words() -> None:
    assert not naming("request 0198c3a1-0639-7998-8776-66b0f0c0d0e0 Quatrepointe zoe", PEOPLE)
