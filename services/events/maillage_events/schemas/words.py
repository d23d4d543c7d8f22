"""Kinds of text shared by the requests: bounded, and without the NUL that PostgreSQL cannot keep."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from maillage.clock import known_zone
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

NO_NUL = r"^[^\x00]*$"

Title = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True, pattern=r"^[^\x00-\x1f]*$")
]
Line = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True, pattern=r"^[^\x00-\x1f]*$")]
Paragraph = Annotated[str, StringConstraints(max_length=1_000, strip_whitespace=True, pattern=NO_NUL)]
Text = Annotated[str, StringConstraints(max_length=20_000, strip_whitespace=True, pattern=NO_NUL)]
Slug = Annotated[str, StringConstraints(max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Department = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[1-6])$")]
Audience = Literal["region", "national"]
Format = Literal["onsite", "online", "hybrid"]
Capacity = Annotated[int, Field(ge=1, le=100_000)]
Slugs = Annotated[list[Slug], Field(max_length=30)]
Instant = AwareDatetime

# Free answers to an organiser's questions ("besoins particuliers"); never patient data.
Answer = Line | Paragraph | bool | int | None
Answers = Annotated[dict[Line, Answer], Field(max_length=30)]


def _known_zone(name: str) -> str:
    if known_zone(name) is None:
        raise ValueError("unknown time zone")
    return name


TimeZone = Annotated[str, StringConstraints(max_length=60), AfterValidator(_known_zone)]


def not_null(data: Any, fields: frozenset[str]) -> Any:
    """For a PATCH: absent leaves a field alone, null is only for fields that may be empty."""
    if isinstance(data, dict):
        empty = sorted(name for name in fields if name in data and data[name] is None)
        if empty:
            raise ValueError("null is not a value of: " + ", ".join(empty))
    return data
