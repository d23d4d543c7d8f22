"""Who may see which field of a profile: the one policy that page, API, map, search and events all ask.

Every field has a reach, from the narrowest circle to the widest:

    self < collective < region < national < public

A viewer sees a field when its reach is at least as wide as the circle she stands in. Facts about a CPTS, and
whether its post is vacant, are public and need no policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from maillage.auth import COORDINATOR, Principal
from sqlalchemy import ColumnElement, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from maillage_directory.model import Coordinator
from maillage_directory.model.coordinator import ACTIVE

REACHES = ("self", "collective", "region", "national", "public")
DEFAULTS: Mapping[str, str] = {
    "name": "region",
    "email": "collective",
    "phone": "self",
    "bio": "collective",
    "skills": "region",
    "challenges": "national",
}
FIELDS = tuple(DEFAULTS)
NAME_FLOOR = "collective"
"""A directory in which a colleague's name is hidden from colleagues would be none."""
CARD_FIELDS = ("name", "challenges", "skills")
"""What a card for other regions is made of. Address, phone and free text stay here, whatever their reach."""


@dataclass(frozen=True)
class Viewer:
    """Someone looking: her own id, when she has one, and the reaches that are open to her."""

    id: UUID | None
    reaches: frozenset[str]
    sees_all: bool = False

    def may_see(self, owner: UUID, reach: str) -> bool:
        """Whether a field of `owner` with this reach is open to the viewer."""
        return self.sees_all or self.id == owner or reach in self.reaches


def viewer(caller: Principal | None, region: str) -> Viewer:
    """The circle the caller stands in, seen from `region`."""
    if caller is None:
        return Viewer(None, from_width("public"))
    if caller.region != region:
        return Viewer(None, from_width("national"))
    if caller.is_animator:
        return Viewer(caller.id, frozenset(REACHES), sees_all=True)
    if COORDINATOR in caller.roles:
        return Viewer(caller.id, from_width("collective"))
    return Viewer(caller.id, from_width("region" if caller.is_service else "national"))


def from_width(narrowest: str) -> frozenset[str]:
    """The reaches at least as wide as `narrowest`."""
    return frozenset(REACHES[REACHES.index(narrowest) :])


ON_CARDS = from_width("national")
"""The reaches that include other regions: how far a field on a card may be shown."""


def reach_of(person: Coordinator) -> dict[str, str]:
    """The reach of each field of a profile."""
    return {field: getattr(person, f"reach_{field}") for field in FIELDS}


def hidden_fields(person: Coordinator, looking: Viewer) -> list[str]:
    """The fields of this profile that are not open to the viewer."""
    return [field for field, reach in reach_of(person).items() if not looking.may_see(person.id, reach)]


def readable(field: str, looking: Viewer) -> ColumnElement[bool]:
    """The same rule for the database: rows of Coordinator whose `field` is open to the viewer."""
    if looking.sees_all:
        return true()
    column: InstrumentedAttribute[str] = getattr(Coordinator, f"reach_{field}")
    open_to_her: ColumnElement[bool] = column.in_(sorted(looking.reaches))
    if looking.id is None:
        return open_to_her
    return or_(open_to_her, Coordinator.id == looking.id)


def anything_readable(looking: Viewer) -> ColumnElement[bool]:
    """Rows of Coordinator of which the viewer may see at least one field."""
    return or_(*(readable(field, looking) for field in FIELDS))


def travels(person: Coordinator, field: str) -> bool:
    """Whether a field may be put in an event: what only she may see never leaves her own profile."""
    return bool(reach_of(person)[field] != "self")


def shared_abroad(person: Coordinator) -> dict[str, str]:
    """The fields that may leave the region on her card, each with its reach there: national or public."""
    if person.status != ACTIVE:
        return {}
    reaches = reach_of(person)
    return {field: reaches[field] for field in CARD_FIELDS if reaches[field] in ON_CARDS}


def with_defaults(wanted: Mapping[Any, str]) -> dict[str, str]:
    """A complete reach from a partial one."""
    return {**DEFAULTS, **{str(field): reach for field, reach in wanted.items()}}
