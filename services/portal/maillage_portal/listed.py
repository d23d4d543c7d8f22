"""The first people of a list and what stands around them: the directory's answer, kept by its tag.

With it goes what is made of it and of nothing else: lines of people are the same for everybody to whom the
directory says the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from maillage_portal.kept import Kept
from maillage_portal.people import Json

MOST = 32
"""Lists kept at once: without a filter, and of the challenges asked for most."""


@dataclass(frozen=True, eq=False)
class Listed:
    """People, how many they are of, and where; `map_tag` names the map that the same caller is shown."""

    people: list[Json]
    total: int
    places: frozenset[str]
    facets: list[tuple[str, int]]
    regions: list[str]
    map_tag: str | None
    _lines: dict[str, tuple[tuple[object, ...], Markup]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, answer: Any) -> Listed:
        """From the directory's answer."""
        return cls(
            people=answer["items"],
            total=answer["total"],
            places=frozenset(answer["cpts_ids"]),
            facets=ranked(answer["challenges"]),
            regions=answer["regions"],
            map_tag=answer["map_tag"],
        )

    def lines(self, locale: str, made_of: tuple[object, ...], write: Callable[[], str]) -> Markup:
        """Their lines, written again when what else they are `made_of` is no longer the very same."""
        kept = self._lines.get(locale)
        if kept is None or any(one is not other for one, other in zip(kept[0], made_of, strict=True)):
            kept = self._lines[locale] = made_of, Markup(write())  # noqa: S704 - escaped by its template
        return kept[1]


def ranked(counts: Json) -> list[tuple[str, int]]:
    """The most shared first."""
    return Counter(counts).most_common()


def lists() -> Kept[Listed]:
    """The lists of this portal."""
    return Kept("/coordinators/overview", Listed.of, MOST)
