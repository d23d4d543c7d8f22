"""What the signed-in home page says: gathered from four services, any of which may be away."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from maillage_portal.abroad_view import apart
from maillage_portal.api import together
from maillage_portal.backdrop import MIDDLE
from maillage_portal.directory_view import SHOWN, Shown
from maillage_portal.people import Json, main_position, name_of
from maillage_portal.region import Picture
from maillage_portal.visit import Visit

NEWS = 5
NOTHING: Json = {}


@dataclass(frozen=True)
class Card:
    """The one thing to do now: `kind` chooses the words in the template, `data` fills them."""

    kind: str
    data: Json


@dataclass(frozen=True)
class Desk:
    """Everything the page shows. What is None or empty is not shown."""

    first_name: str | None
    challenge: str | None
    sharing: int
    colleagues: int
    drawing: Picture
    card: Card | None
    pathway: Json | None
    seminar: Json | None
    registration: Json | None
    news: list[Json]
    visits: list[Json]


async def gather_home(visit: Visit, me: Json) -> Desk:
    """Asks each service once, and all of them together; one that is away leaves its part of the page out."""
    person = me["coordinator"] or {}
    api = visit.api
    (listed, atlas), ground, mentoring, agenda, news = await together(
        visit.house.listed(api, {"limit": str(SHOWN)}),
        visit.house.ground(api, MIDDLE),
        api.optional("mentoring", "/me/mentoring"),
        api.optional("events", "/me/agenda"),
        visit.news(),
    )
    mentoring, agenda = mentoring or NOTHING, agenda or NOTHING
    there, _, _ = apart(agenda.get("elsewhere", []), datetime.now(UTC))
    challenge, sharing = _most_shared(person, dict(listed.facets))
    registrations = agenda.get("registrations", [])
    mine = {item["seminar_id"]: item for item in registrations if item["status"] != "cancelled"}
    seminar = agenda.get("seminar")
    position = main_position(person)
    shown = Shown.sharing(atlas, challenge, position["cpts_id"] if position else None)
    pathway = mentoring.get("pathway")
    running = pathway if pathway and pathway["status"] == "active" else None
    return Desk(
        first_name=person.get("first_name"),
        challenge=challenge,
        sharing=sharing,
        colleagues=len(atlas.holders - {person.get("id")}),
        drawing=atlas.backdrop(ground).with_marks(shown.marks()),
        card=await _card(visit, me, mine, mentoring, running),
        pathway=running,
        seminar=seminar,
        registration=mine.get(seminar["id"]) if seminar else None,
        news=news,
        visits=there,
    )


def _items(answer: Any) -> list[Json]:
    return list(answer["items"]) if answer else []


def _most_shared(person: Json, counts: dict[str, int]) -> tuple[str | None, int]:
    """Her challenge that most colleagues share, and how many they are without her."""
    own = [item["challenge"] for item in person.get("challenges") or []]
    sizes = [(counts.get(challenge, 0) - 1, challenge) for challenge in own]
    count, challenge = max(sizes, default=(0, None))
    return (challenge, count) if count > 0 else (None, 0)


async def _card(
    visit: Visit,
    me: Json,
    registrations: dict[str, Json],
    mentoring: Json,
    pathway: Json | None,
) -> Card | None:
    """The most pressing thing: a deadline first, then people, then the pathway, then the profile."""
    offered = next((item for item in registrations.values() if item["status"] == "offered"), None)
    if offered:
        return Card("offer", offered)
    if mentoring.get("asked"):
        return Card("asked", mentoring["asked"][0])
    pairs = mentoring.get("mentorships", [])
    begun = next((pair for pair in pairs if pair["mentee_id"] == me["id"] and not pair["meetings"]), None)
    if begun:
        return Card("mentor", begun)
    person = me["coordinator"]
    if person and not person["challenges"]:
        return Card("profile", person)
    step = next((item for item in (pathway or {}).get("steps", []) if not item["done_at"]), None)
    if step:
        return Card("step", step)
    return await _peer_card(visit, person) if person else None


async def _peer_card(visit: Visit, person: Json) -> Card | None:
    peers = _items(await visit.api.optional("directory", f"/coordinators/{person['id']}/peers", limit=1))
    named = next((peer for peer in peers if name_of(peer["coordinator"])), None)
    return Card("peer", named) if named else None
