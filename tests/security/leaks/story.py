"""A small network in which everybody wrote everything everywhere, each value unmistakable (see `marks`).

Profiles have random reaches, but between the first five people every field has every reach it may have. What
is done is what the routes allow, so that pages, mails, calendars, events and lists have something to show.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.journeys.house import Caller, eventually
from tests.security.leaks.marks import ADDRESS, PHONE, Mark, Marks
from tests.security.leaks.writing import Document, written
from tests.support.inside import REGION, Inside

Json = dict[str, Any]
REACHES = ("self", "collective", "region", "national", "public")
PROFILE = ("name", "email", "phone", "bio", "skills", "challenges")
SKILLS = ["negociation", "rgpd", "si-sante", "partenariats", "prise-de-parole"]
CHALLENGES = ["addictions", "handicap", "ville-hopital", "sante-mentale", "maladies-chroniques"]


@dataclass
class Person:
    """Somebody of the network: her id, her reaches, and a skill and a challenge that nobody else has."""

    id: str
    reach: dict[str, str]
    skill: str | None = None
    challenge: str | None = None
    roles: tuple[str, ...] = ("coordinator",)


@dataclass
class Story:
    """What was done, by whom, and what everything is called."""

    house: Inside
    seed: int
    marks: Marks = field(default_factory=Marks)
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, list[str]] = field(default_factory=dict)
    wrote: dict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """What was written where: the tokens by method, path and pointer of the field."""
    documents: dict[str, Document] = field(default_factory=dict)

    callers: dict[str, Caller] = field(default_factory=dict)

    # --- writing -------------------------------------------------------------------------------------------
    def caller(self, who: str) -> Caller:
        """Somebody of the story, or the administrator, calling over HTTP."""
        if who not in self.callers:
            self.callers[who] = self.house.caller(self.token(who))
        return self.callers[who]

    def token(self, who: str) -> str:
        """An access token of somebody of the story, or of the administrator."""
        if who == "admin":
            return self.house.tokens.token(roles=["admin"])
        person = self.people[who]
        return self.house.tokens.token(person.id, person.roles)

    def send(self, who: str, method: str, template: str, body: Json | None = None, **ids: str) -> Json:
        """Call a route as somebody, with marks where texts are; what was written where is remembered."""
        service = template.partition("/")[0]
        path = f"/api/{template}"
        schema = next((s for m, p, s in self.document(service).bodies() if (m, p) == (method, path)), None)
        if schema is not None:
            for pointer, value in written(body or {}):
                self.wrote[method, path, pointer] |= {mark.token for mark in self.marks.found_in(value)}
        caller = self.caller(who)
        called = template.format(**ids)
        if method == "POST":
            return dict(caller.post(called, body) or {})
        return dict(caller.change(method, called, body) or {})

    def document(self, service: str) -> Document:
        """The OpenAPI document of a service, as it serves it."""
        if service not in self.documents:
            served = self.caller("admin").get(f"{service}/v1/openapi.json")
            self.documents[service] = Document(served)
        return self.documents[service]

    def text(self, place: str, longest: int = 10_000, **facts: Any) -> str:
        """A value that anyone may read, unless `facts` say otherwise."""
        return self.marks.make(place, longest, **facts).value

    def keep(self, kind: str, answer: Json) -> Json:
        """Remember what was made under its kind, for the routes that name it."""
        self.ids.setdefault(kind, []).append(answer["id"])
        return answer

    # --- people --------------------------------------------------------------------------------------------
    def profile(self, who: str, number: int | None, reach: dict[str, str], **more: Any) -> Json:
        """A whole profile of marks. Their owner is named by `who` until her id is known."""

        def mine(name: str, longest: int, of: str, shape: str | None = None) -> str:
            return self.marks.make(f"{who} {name}", longest, shape, owner=who, field=of).value

        body = {
            "first_name": mine("first_name", 100, "name"),
            "last_name": mine("last_name", 100, "name"),
            "email": mine("email", 254, "email", ADDRESS),
            "phone": mine("phone", 40, "phone", PHONE),
            "bio": mine("bio", 4000, "bio"),
            "reach": reach,
            **more,
        }
        if number is not None:
            body["skills"] = [{"skill": SKILLS[number], "level": 3, "stance": "offers"}]
            body["challenges"] = [{"challenge": CHALLENGES[number], "stance": "working"}]
        return body

    def join(self, who: str, number: int | None = None, reach: Json | None = None, **more: Any) -> Person:
        """Somebody new, made by the administrator."""
        body = self.profile(who, number, reach or {}, **more)
        made = self.send("admin", "POST", "directory/v1/coordinators", body)
        return self.know(who, made, number)

    def know(self, who: str, made: Json, number: int | None = None) -> Person:
        """Remember a person as the directory told her."""
        skill, challenge = (None, None) if number is None else (SKILLS[number], CHALLENGES[number])
        person = self.people[who] = Person(made["id"], made["reach"], skill, challenge, tuple(made["roles"]))
        self.keep("coordinator", made)
        return person

    def owner_of(self, mark: Mark) -> Person | None:
        """Whose profile this is a field of."""
        return self.people[mark.owner] if mark.owner else None


def random_reaches(chance: random.Random) -> list[dict[str, str]]:
    """Five profiles' reaches: between them each field has each, a name none narrower than collective."""
    columns = {name: chance.sample(REACHES, 5) for name in PROFILE}
    made = [{name: columns[name][number] for name in PROFILE} for number in range(5)]
    return [each | {"name": each["name"].replace("self", "collective")} for each in made]


def at(days: float) -> str:
    """So many days from now, on the hour."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    return (now + timedelta(days=days)).isoformat()


def settled(house: Inside) -> bool:
    """Whether every event is published, every consumer has handled what there is, and every mail has left.

    What goes into the stream between the looks at consumers and at journals would be in neither.
    """
    waiting, before = _stream(house)
    if waiting or any(house.rows(name, UNPUBLISHED) for name in SERVICES):
        return False
    return _stream(house) == (0, before) and not house.rows("notifications", UNSENT)


def _stream(house: Inside) -> tuple[int, int]:
    """How many messages consumers have not handled; how many were ever stored."""
    asked = httpx.get(f"{house.monitor}/jsz?consumers=true&streams=true&accounts=true", timeout=60).json()

    def total(found: Any, *names: str) -> int:
        if isinstance(found, list):
            return sum(total(each, *names) for each in found)
        if not isinstance(found, dict):
            return 0
        own = sum(found[name] for name in names if isinstance(found.get(name), int))
        return int(own) + sum(total(each, *names) for each in found.values())

    return total(asked, "num_pending", "num_ack_pending"), total(asked, "last_seq")


UNPUBLISHED = "SELECT id FROM outbox WHERE published_at IS NULL AND refused IS NULL LIMIT 1"
UNSENT = "SELECT id FROM message WHERE channel = 'email' AND state IN ('pending', 'deferred') LIMIT 1"
SERVICES = ("directory", "events", "mentoring", "notifications")


def wait_until_settled(house: Inside) -> None:
    """Wait until what was done has had all its effects."""
    eventually(lambda: settled(house), "every event has had its effects", patience=300)


__all__ = ["REACHES", "REGION", "SERVICES", "Person", "Story", "at", "random_reaches", "wait_until_settled"]
