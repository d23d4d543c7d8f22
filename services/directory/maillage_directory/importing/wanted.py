"""What a line asks for, typed: of a CPTS, of a person, of the post that joins them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from maillage_directory.importing import cells
from maillage_directory.importing.columns import BY_NAME, CPTS, PERSON, POST
from maillage_directory.importing.lines import Line
from maillage_directory.importing.people import address
from maillage_directory.importing.reasons import LineRefused, Reason, refused

READERS: dict[str, Callable[[str], Any]] = {
    "email": address,
    "phone": cells.phone,
    "language": cells.language,
    "person_challenges": lambda text: cells.terms("challenges", text, "person_challenges"),
    "skills": lambda text: cells.terms("skills", text, "skills"),
    "title": cells.title,
    "started_on": lambda text: cells.day(text, "started_on"),
    "cpts_slug": lambda text: text.lower(),
    "cpts_aliases": cells.listed,
    "cpts_status": lambda text: cells.term("statuses", text, "cpts_status"),
    "communes": cells.territory,
    "main_commune": lambda text: cells.commune(text, "main_commune").insee,
    "principal_department": lambda text: text.zfill(2).upper(),
    "population": lambda text: cells.whole(text, "population"),
    "size": lambda text: cells.whole(text.lower().removeprefix("taille"), "size"),
    "cpts_challenges": lambda text: cells.terms("challenges", text, "cpts_challenges"),
    "territory_types": lambda text: cells.terms("territory_types", text, "territory_types"),
}


@dataclass(slots=True)
class Wanted:
    """The values of a line by name of their column, one mapping for each thing it speaks of."""

    cpts: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    post: dict[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return str(self.post.get("title", "coordinator"))

    @property
    def started_on(self) -> date | None:
        found: date | None = self.post.get("started_on")
        return found


def wanted(line: Line) -> Wanted:
    """Reads every cell of the line. Raises LineRefused with all that is wrong with it."""
    found, wrong = Wanted(), list[Reason](line.reasons)
    for name, text in line.cells.items():
        if any(one["column"] == name for one in line.reasons):
            continue
        try:
            value = READERS.get(name, str)(text)
        except LineRefused as error:
            wrong += error.reasons
            continue
        if value == []:
            continue  # separators and nothing between them
        {CPTS: found.cpts, PERSON: found.person, POST: found.post}[BY_NAME[name].entity][name] = value
    if wrong:
        raise LineRefused(*wrong)
    _require_sense(found)
    return found


def _require_sense(found: Wanted) -> None:
    """Raises LineRefused when what there is does not say of whom or of what."""
    named = {"cpts_name", "cpts_slug"} & found.cpts.keys()
    if (found.cpts or found.post) and not named:
        raise refused("cpts-missing", "cpts_name") if found.person or found.cpts else refused("nothing")
    if found.person and "email" not in found.person:
        raise refused("email-missing", "email")
    if found.post and not found.person:
        raise refused("post-without-person", "email")
    if not found.person and not named:
        raise refused("nothing")
