"""What a message speaks of, as it is known now: people by name, seminars with their times, CPTS.

Ids become words here, at reading or sending time. Someone erased, or not known yet, gets a neutral phrase.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from maillage import clock
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ..model import Cpts, Erased, Message, Person, Registration, Seminar
from . import formats
from .formats import Language, one_line

PEOPLE = ("person_id", "mentor_id", "mentee_id")

_NOBODY = {
    ("gone", "fr"): "une personne qui a quitté le réseau",
    ("gone", "en"): "someone who has left the network",
    ("unknown", "fr"): "une personne du réseau",
    ("unknown", "en"): "someone in the network",
}


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person in a text; prints as her full name. `known` is false for a phrase standing in for her."""

    full: str
    first: str
    known: bool = True

    def __str__(self) -> str:
        return self.full


@dataclass(frozen=True, slots=True)
class WorkshopView:
    """A workshop in a text."""

    title: str
    starts_at: datetime
    ends_at: datetime
    room: str


@dataclass(frozen=True, slots=True)
class SeminarView:
    """A seminar in a text; prints as its title."""

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    place: str
    workshops: dict[str, WorkshopView]

    def __str__(self) -> str:
        return self.title

    def when(self, lang: Language) -> str:
        return formats.span(self.starts_at, self.ends_at, lang, self.zone)

    def start_of(self, workshop: WorkshopView, lang: Language) -> str:
        """The hour a workshop starts, with the day when the seminar has several."""
        start, first = workshop.starts_at.astimezone(self.zone), self.starts_at.astimezone(self.zone)
        one_day = first.date() == self.ends_at.astimezone(self.zone).date()
        return formats.hour(start, lang) if one_day else formats.moment(start, lang, self.zone)

    def chosen(self, workshop_ids: Iterable[str]) -> list[WorkshopView]:
        """Those workshops that are known, in the order they take place."""
        found = [self.workshops[each] for each in workshop_ids if each in self.workshops]
        return sorted(found, key=lambda workshop: (workshop.starts_at, workshop.title))


class Facts:
    """Everything a set of messages speaks of, read in a few queries."""

    def __init__(self) -> None:
        self._people: dict[UUID, Person] = {}
        self._erased: set[UUID] = set()
        self._cpts: dict[UUID, str] = {}
        self._seminars: dict[UUID, SeminarView] = {}
        self._registrations: dict[UUID, Registration] = {}

    @classmethod
    async def of(cls, session: AsyncSession, messages: Iterable[Message]) -> Facts:
        """The facts for these messages, recipients included."""
        facts, messages = cls(), list(messages)
        people = {m.recipient_id for m in messages} | _ids(messages, *PEOPLE)
        facts._people = {p.id: p for p in await _rows(session, Person, people)}
        facts._erased = {e.id for e in await _rows(session, Erased, people)}
        facts._cpts = {c.id: one_line(c.name) for c in await _rows(session, Cpts, _ids(messages, "cpts_id"))}
        seminars = await _rows(session, Seminar, _ids(messages, "seminar_id"))
        facts._seminars = {s.id: _view(s) for s in seminars if s.title}
        registrations = await _rows(session, Registration, _ids(messages, "registration_id"))
        facts._registrations = {r.id: r for r in registrations}
        return facts

    def somebody(self, person_id: UUID, lang: Language) -> Somebody:
        person = self._people.get(person_id)
        if person is None or not (person.first_name or person.last_name):
            phrase = _NOBODY["gone" if person_id in self._erased else "unknown", lang]
            return Somebody(phrase, phrase, known=False)
        first, last = one_line(person.first_name), one_line(person.last_name)
        return Somebody(f"{first} {last}".strip(), first)

    def cpts(self, cpts_id: UUID, lang: Language) -> str:
        name = self._cpts.get(cpts_id)
        if name is None:
            return "une CPTS de la région" if lang == "fr" else "a CPTS of the region"
        return f"la {name}" if lang == "fr" and name.startswith("CPTS ") else name

    def seminar(self, seminar_id: UUID) -> SeminarView | None:
        return self._seminars.get(seminar_id)

    def registration(self, registration_id: UUID) -> Registration | None:
        return self._registrations.get(registration_id)

    def variables(self, message: Message, lang: Language) -> dict[str, Any]:
        """What the templates of this message may use: its parameters, with things in the place of ids."""
        found: dict[str, Any] = {"me": self.somebody(message.recipient_id, lang), "due_at": message.due_at}
        for name, value in message.params.items():
            found[name] = value
            if name in PEOPLE:
                found[name.removesuffix("_id")] = self.somebody(UUID(value), lang)
            elif name == "cpts_id":
                found["cpts"] = self.cpts(UUID(value), lang)
            elif name == "seminar_id":
                found["seminar"] = self.seminar(UUID(value)) or _unnamed(UUID(value), lang)
            elif name.endswith("_on") and value:
                found[name] = date.fromisoformat(value)
        return found


def _ids(messages: Iterable[Message], *names: str) -> set[UUID]:
    return {UUID(m.params[name]) for m in messages for name in names if m.params.get(name)}


async def _rows(session: AsyncSession, model: Any, ids: set[UUID]) -> list[Any]:
    if not ids:
        return []
    return list((await session.scalars(select(model).where(model.id.in_(ids)))).all())


def _view(seminar: Seminar) -> SeminarView:
    place = ", ".join(one_line(part) for part in (seminar.venue, seminar.city) if part and part.strip())
    return SeminarView(
        seminar.id,
        one_line(seminar.title),
        seminar.starts_at,
        seminar.ends_at,
        ZoneInfo(seminar.time_zone),
        place,
        {key: _workshop(facts) for key, facts in seminar.workshops.items()},
    )


def _workshop(facts: dict[str, Any]) -> WorkshopView:
    start, end = (datetime.fromisoformat(facts[name]).astimezone(UTC) for name in ("starts_at", "ends_at"))
    return WorkshopView(one_line(facts["title"]), start, end, one_line(facts.get("room") or ""))


def _unnamed(seminar_id: UUID, lang: Language) -> Any:
    """Stands in for a seminar whose facts have not come: the text must read, and promise nothing."""
    title = "un séminaire du collectif" if lang == "fr" else "a seminar of the network"
    return _Unnamed(seminar_id, title, clock.zone())


@dataclass(frozen=True, slots=True)
class _Unnamed:
    id: UUID
    title: str
    zone: ZoneInfo
    place: str = ""

    def __str__(self) -> str:
        return self.title

    def when(self, lang: Language) -> str:
        return "date à venir" if lang == "fr" else "date to come"

    def chosen(self, workshop_ids: Iterable[str]) -> list[WorkshopView]:
        return []
