"""Who may see another's name here: the directory's rule, applied to the copy.

A field travels with its reach (self < collective < region < national < public); a viewer sees it when the
reach is at least as wide as the circle she stands in.
"""

from dataclasses import dataclass
from uuid import UUID

from maillage.auth import COORDINATOR, Principal

from maillage_mentoring.model import Coordinator

REACHES = ("self", "collective", "region", "national", "public")
DEFAULTS = {"name": "region"}


@dataclass(frozen=True)
class Viewer:
    """Someone looking, and the narrowest reach open to her."""

    id: UUID
    narrowest: str
    sees_all: bool = False

    def may_see(self, person: Coordinator, field: str) -> bool:
        """Whether this field of that person is open to the viewer."""
        if self.sees_all or person.id == self.id:
            return True
        reach = person.reach.get(field, DEFAULTS[field])
        return reach in REACHES and REACHES.index(reach) >= REACHES.index(self.narrowest)


def viewer(caller: Principal) -> Viewer:
    """The circle the caller stands in; callers of other regions have no business here at all."""
    if caller.is_animator:
        return Viewer(caller.id, "self", sees_all=True)
    return Viewer(caller.id, "collective" if COORDINATOR in caller.roles else "region")
