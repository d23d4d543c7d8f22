"""What the signed-in home page says: gathered from four services, any of which may be away."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from maillage_portal.abroad_view import apart, my_visits
from maillage_portal.api import together
from maillage_portal.backdrop import MIDDLE
from maillage_portal.directory_view import SHOWN, Shown
from maillage_portal.people import Json, main_position, name_of
from maillage_portal.region import Picture
from maillage_portal.visit import Visit


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
    """Asks all services at once; a service that is away leaves its part of the page out."""
    person = me["coordinator"] or {}
    api = visit.api
    (
        (listed, atlas),
        ground,
        pathway,
        proposals,
        mentorships,
        registrations,
        seminars,
        news,
        visits,
    ) = await together(
        visit.house.listed(api, {"limit": str(SHOWN)}),
        visit.house.ground(api, MIDDLE),
        api.optional("mentoring", "/me/pathway"),
        api.optional("mentoring", "/proposals"),
        api.optional("mentoring", "/mentorships"),
        api.optional("events", "/me/registrations"),
        api.optional("events", "/seminars", upcoming="true"),
        api.optional("notifications", "/me/notifications", limit=5),
        my_visits(visit),
    )
    there, _, _ = apart(visits, datetime.now(UTC))
    challenge, sharing = _most_shared(person, dict(listed.facets))
    mine = {item["seminar_id"]: item for item in _items(registrations) if item["status"] != "cancelled"}
    upcoming = [seminar for seminar in _items(seminars) if seminar["status"] == "published"]
    seminar = min(upcoming, key=lambda item: str(item["starts_at"]), default=None)
    waiting = [item for item in _items(proposals) if item["status"] == "pending"]
    position = main_position(person)
    shown = Shown.sharing(atlas, challenge, position["cpts_id"] if position else None)
    running = (
        pathway
        if pathway and pathway.get("status", "running") not in ("completed", "ended", "closed")
        else None
    )
    return Desk(
        first_name=person.get("first_name"),
        challenge=challenge,
        sharing=sharing,
        colleagues=len(atlas.holders - {person.get("id")}),
        drawing=atlas.backdrop(ground).with_marks(shown.marks()),
        card=await _card(visit, me, mine, waiting, _items(mentorships), running),
        pathway=running,
        seminar=seminar,
        registration=mine.get(seminar["id"]) if seminar else None,
        news=_items(news),
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
    proposals: list[Json],
    mentorships: list[Json],
    pathway: Json | None,
) -> Card | None:
    """The most pressing thing: a deadline first, then people, then the pathway, then the profile."""
    offered = next((item for item in registrations.values() if item["status"] == "offered"), None)
    if offered:
        return Card("offer", offered)
    asked = next((item for item in proposals if _id_of(item, "mentor") == me["id"]), None)
    if asked:
        return Card("asked", asked)
    begun = next(
        (item for item in mentorships if item["status"] == "active" and not item.get("meetings")), None
    )
    if begun and _id_of(begun, "mentee") == me["id"]:
        return Card("mentor", begun)
    person = me["coordinator"]
    if person and not person["challenges"]:
        return Card("profile", person)
    step = next((item for item in (pathway or {}).get("steps", []) if not item["done_at"]), None)
    if step:
        return Card("step", step)
    return await _peer_card(visit, person) if person else None


def _id_of(item: Json, role: str) -> str | None:
    return item.get(f"{role}_id") or (item.get(role) or {}).get("id")


async def _peer_card(visit: Visit, person: Json) -> Card | None:
    peers = _items(await visit.api.optional("directory", f"/coordinators/{person['id']}/peers", limit=1))
    named = next((peer for peer in peers if name_of(peer["coordinator"])), None)
    return Card("peer", named) if named else None
