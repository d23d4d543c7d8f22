"""Doing what a line asks for, through the use cases that the API calls, and saying what that was.

A check and a confirmation both come through here; a check is rolled back afterwards. So what the report
promises is what the use cases did a moment ago, events and refusals included.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from maillage.auth import Principal
from maillage.errors import DomainError
from maillage.http.texts import validation_text
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.importing.columns import BY_NAME
from maillage_directory.importing.cpts import CptsImporter
from maillage_directory.importing.lines import Action, Line
from maillage_directory.importing.people import PeopleImporter
from maillage_directory.importing.posts import import_post, take_up
from maillage_directory.importing.reasons import LineRefused, Reason, reason
from maillage_directory.importing.wanted import Wanted, wanted
from maillage_directory.model import Cpts
from maillage_directory.text import normalised
from maillage_directory.usecases.coordinators import add_coordinator

CREATE, UPDATE, UNCHANGED, REFUSED = "create", "update", "unchanged", "refused"
POINTERS = {
    "challenges": {"coordinator": "person_challenges", "cpts": "cpts_challenges"},
    "name": {"cpts": "cpts_name"},
    "slug": {"cpts": "cpts_slug"},
    "aliases": {"cpts": "cpts_aliases"},
    "status": {"cpts": "cpts_status"},
    "main_commune_insee": {"cpts": "main_commune"},
}
"""Columns whose name is not that of the field in the API's bodies."""


@dataclass(slots=True)
class Outcome:
    """What became of a line. Ids are of what was there before or, in a confirmation, of what was made."""

    line: Line
    outcome: str
    actions: list[Action] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    cpts_id: UUID | None = None
    coordinator_id: UUID | None = None
    position_id: UUID | None = None


class Importing:
    """One pass over the lines of a file, in order, in the session's transaction."""

    def __init__(self, session: AsyncSession, caller: Principal) -> None:
        self._session, self._caller = session, caller
        self._cpts, self._people = CptsImporter(session), PeopleImporter(session, caller)
        self._said: dict[tuple[str, str, str], tuple[Any, int]] = {}

    async def run(self, lines: Iterable[Line]) -> list[Outcome]:
        """What became of each line. A refused one leaves nothing behind, and the next ones go on."""
        lines = list(lines)
        await self._cpts.load()
        await self._lock(lines)
        return [await self._one(line) for line in lines]

    async def _lock(self, lines: list[Line]) -> None:
        """Holds what may be touched, in the order of every use case: CPTS, then people, each by id."""
        cpts = sorted({one for line in lines for one in self._cpts.candidates(line.cells)})
        held = select(Cpts.id).where(Cpts.id.in_(cpts)).order_by(Cpts.id).with_for_update()
        await self._session.execute(held)
        await self._people.load([line.cells for line in lines])

    async def _one(self, line: Line) -> Outcome:
        try:
            async with self._session.begin_nested():
                asked = wanted(line)
                done = await self._apply(line, asked)
                self._agree(line.number, asked, done)
        except LineRefused as error:
            return Outcome(line, REFUSED, reasons=error.reasons)
        except DomainError as error:
            return Outcome(line, REFUSED, reasons=_told(error))
        except ValidationError as error:
            return Outcome(line, REFUSED, reasons=_invalid(error))
        self._cpts.keep()
        if done.coordinator_id:
            self._people.keep(asked.person, done.coordinator_id)
        return done

    async def _apply(self, line: Line, asked: Wanted) -> Outcome:
        done = Outcome(line, UNCHANGED)
        if asked.cpts:
            done.cpts_id, actions = await self._cpts.apply(asked.cpts)
            done.actions += actions
        if asked.person:
            await self._person(asked, done)
        kinds = {one["action"] for one in done.actions}
        done.outcome = CREATE if CREATE in kinds else UPDATE if kinds else UNCHANGED
        return done

    async def _person(self, asked: Wanted, done: Outcome) -> None:
        """She and, where the line names a CPTS too, her post there."""
        session, caller = self._session, self._caller
        done.coordinator_id, actions = await self._people.change(asked.person)
        done.actions += actions
        if done.coordinator_id is None:
            body, actions = self._people.newcomer(asked.person)
            done.actions += actions
            if done.cpts_id is None:
                done.coordinator_id = (await add_coordinator(session, caller, body)).id
                return
            post, actions = await take_up(session, caller, done.cpts_id, body, asked)
        elif done.cpts_id is not None:
            post, actions = await import_post(session, caller, done.cpts_id, done.coordinator_id, asked)
        else:
            return
        done.actions += actions
        done.position_id, done.coordinator_id = post.id, post.coordinator_id

    def _agree(self, number: int, asked: Wanted, done: Outcome) -> None:
        """Two lines must not say different things of one person or CPTS: the last would win, and again the
        first one when the file is sent again. Raises LineRefused.
        """
        told = [("cpts", str(done.cpts_id), asked.cpts), ("person", str(done.coordinator_id), asked.person)]
        claims = {(kind, key, name): value for kind, key, said in told for name, value in said.items()}
        for claim, value in claims.items():
            before, line = self._said.get(claim, (value, 0))
            if _comparable(before) != _comparable(value) and claim[2] not in ("cpts_name", "cpts_slug"):
                what = ("CPTS", "CPTS") if claim[0] == "cpts" else ("personne", "person")
                raise LineRefused(
                    reason("said-otherwise", claim[2], line=line, what_fr=what[0], what_en=what[1])
                )
        for claim, value in claims.items():
            self._said.setdefault(claim, (value, number))


def _comparable(value: Any) -> Any:
    return normalised(value) if isinstance(value, str) else value


def _told(error: DomainError) -> list[Reason]:
    """A use case's refusal, at the column that its first pointer names."""
    column = _column((error.errors or [{"pointer": "", "detail": ""}])[0]["pointer"].split("/")[1:], None)
    text = {code: f"{error.title(code)}. {error.detail(code)}".strip() for code in ("fr", "en")}
    return [{"column": column, "code": error.code, "fr": text["fr"], "en": text["en"]}]


def _invalid(error: ValidationError) -> list[Reason]:
    """What a body's own rules refuse."""
    entity = "cpts" if error.title.startswith("Cpts") else "coordinator"
    return [
        {
            "column": _column(list(entry["loc"]), entity),
            "code": "invalid",
            "fr": validation_text(dict(entry), "fr"),
            "en": validation_text(dict(entry), "en"),
        }
        for entry in error.errors(include_input=False, include_url=False)
    ]


def _column(path: list[Any], entity: str | None) -> str | None:
    head = str(path[0]) if path else ""
    for kind, name in POINTERS.get(head, {}).items():
        if entity in (kind, None):
            return name
    return head if head in BY_NAME else None
