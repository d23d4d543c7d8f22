"""What may come in by a request or an event, so that every database can keep it and every page show it.

A schema says what a value is; this says what none thinks of: a text with a NUL, which PostgreSQL refuses,
an integer beyond 64 bits, a time in a year that calendars cannot reckon with.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, WrapValidator, field_validator
from pydantic_core import PydanticCustomError

from maillage import clock

EARLIEST_YEAR, LATEST_YEAR = 1900, 2200
"""Beyond them arithmetic with zones and calendars ends in overflows or takes for ever; no fact is so far."""
MOST = 2**63
"""A BIGINT holds what is smaller; JSON numbers have no end."""

_ALWAYS_FIT = frozenset((UUID, bool, type(None)))

Zone = Annotated[str, WrapValidator(lambda name, check: clock.known_zone(name) or check(clock.zone().key))]
"""A time zone that times can be shown in: ours for one that is unknown here."""


def _kept(value: Any) -> Any:
    if why := misfit(value):
        # A message of our own: unlike pydantic's it may be shown and logged, for it quotes nothing.
        raise PydanticCustomError("unfit", "{why}", {"why": why})
    return value


FITTING = AfterValidator(_kept)
"""The same for one value by itself, such as a query's parameter. Needed where the database is asked only once
the answer has begun: what it refuses then cannot be told any more."""


class Fit(BaseModel):
    """A model of what comes from outside: a field that could not be kept is refused as a wrong type is."""

    @field_validator("*")
    @classmethod
    def _can_be_kept(cls, value: Any) -> Any:
        return _kept(value)


def misfit(value: Any) -> str | None:
    """In a few words why `value`, as a model has read it, cannot be kept; None when it can."""
    if type(value) in _ALWAYS_FIT:
        return None
    if isinstance(value, str):
        return "a NUL in a text" if "\0" in value else None
    if isinstance(value, datetime) and value.tzinfo is None:
        return "a time without its zone"
    if isinstance(value, date):
        return None if EARLIEST_YEAR <= value.year <= LATEST_YEAR else "a year out of this age"
    if isinstance(value, float):
        return None if math.isfinite(value) else "a number that is none"
    if isinstance(value, int):
        return None if -MOST <= value < MOST else "a number that no column holds"
    if isinstance(value, dict):
        return _first([*value, *value.values()])
    return _first(value) if isinstance(value, list | tuple | set | frozenset) else None


def _first(values: Iterable[Any]) -> str | None:
    return next((why for why in map(misfit, values) if why), None)
