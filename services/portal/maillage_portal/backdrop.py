"""What is the same on every drawing of the region: its land, and a dot for each CPTS.

That is public and changes seldom, while it weighs more than the rest of a page. So it is a file of its own,
named by its content: a browser asks for it once, and a page only draws over it what it has to say. The three
parts have no look of their own; they take that of the element that uses them, in light and in dark.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from maillage_portal.people import Json
from maillage_portal.region import Ground, Marks, Picture, dots, marked

SMALL, MIDDLE, LARGE = 420, 520, 640
"""Widths of a picture: beside a text, on a first page, as the map."""
WIDTHS = (SMALL, MIDDLE, LARGE)


@dataclass(frozen=True, eq=False)
class Backdrop:
    """The file, and the address that names its content."""

    ground: Ground
    tag: str
    address: str
    body: bytes = field(repr=False)

    @classmethod
    def of(cls, ground: Ground, cpts: Iterable[Json], *, national: bool = False) -> Backdrop:
        """Over this ground the CPTS that have a place."""
        placed = [one for one in cpts if one["lat"] is not None]
        held, vacant = (
            dots(ground.at(one["lon"], one["lat"]) for one in placed if one["vacant"] is told)
            for told in (False, True)
        )
        parts = {"land": ground.land, "held": held, "vacant": vacant}
        drawn = "".join(f'<g id="{name}">{part}</g>' for name, part in parts.items())
        body = f'<svg xmlns="http://www.w3.org/2000/svg">{drawn}</svg>'.encode()
        tag = hashlib.sha256(body).hexdigest()[:16]
        scope = "?scope=national" if national else ""
        return cls(ground, tag, f"/annuaire/fond/{ground.width}/{tag}.svg{scope}", body)

    def with_marks(self, marks: Marks) -> Picture:
        """The picture of a page."""
        return Picture(self.ground.width, self.ground.height, self.address, marked(self.ground, marks))
