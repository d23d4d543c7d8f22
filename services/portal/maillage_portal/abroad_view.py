"""Other regions beside ours: their people in the directory, their seminars, the seats asked for there."""

from __future__ import annotations

from datetime import datetime

from maillage_portal.directory_view import Entry, Filters
from maillage_portal.formats import moment
from maillage_portal.people import Json, name_of, stance_on
from maillage_portal.visit import Visit

STANDING = ("requested", "confirmed", "waitlisted", "offered")
"""The states in which a request may still come to a seat."""


async def linked_regions(visit: Visit) -> list[str]:
    """The codes of the regions linked to ours; none when the directory cannot say."""
    answer = await visit.api.optional("directory", "/regions")
    return [one["region"] for one in (answer or {}).get("items", [])]


async def neighbours(visit: Visit, filters: Filters) -> list[Json]:
    """People of other regions who answer the same question; none for what only our own can be asked."""
    if filters.scope != "national" or filters.vacant == "true":
        return []
    if filters.department or filters.territory_type or filters.stance:
        return []
    names = ("q", "challenge", "skill", "region")
    asked = {name: getattr(filters, name) for name in names if getattr(filters, name)}
    return await visit.api.all("directory", "/neighbours", **asked)


def entries(people: list[Json], challenge: str) -> list[Entry]:
    """Lines of the list, each with its region."""
    return [_entry(person, challenge) for person in people]


def pins(people: list[Json], visit: Visit, regions: dict[str, str]) -> list[Json]:
    """The same people on the map, those whose CPTS has a place."""
    return [
        {
            "id": person["id"],
            "name": name_of(person) or visit._("Une personne du réseau"),
            "at": [post["lat"], post["lon"]],
            "href": f"/annuaire/ailleurs/{person['id']}",
            "people": [f"{post['cpts_name']}, {regions.get(person['region'], person['region'])}"],
            "match": False,
            "vacant": False,
            "you": False,
            "abroad": True,
        }
        for person in people
        for post in person["posts"][:1]
        if post.get("lat") is not None and post.get("lon") is not None
    ]


def _entry(person: Json, challenge: str) -> Entry:
    told = sorted(person["challenges"], key=lambda item: item["challenge"] != challenge)
    return Entry(
        href=f"/annuaire/ailleurs/{person['id']}",
        name=name_of(person),
        cpts=None,
        challenges=told,
        skills=person["skills"],
        stance=stance_on(person, challenge),
        vacant=False,
        person=True,
        region=person["region"],
        post=person["posts"][0] if person["posts"] else None,
        id=person["id"],
    )


async def open_seminars(visit: Visit) -> list[Json]:
    """Seminars of other regions that are open to ours and not over."""
    answer = await visit.api.optional("events", "/neighbour-seminars", upcoming="true", limit=100)
    return list((answer or {}).get("items", []))


async def my_visits(visit: Visit) -> list[Json]:
    """What the visitor asked for in other regions; nothing for who is not signed in."""
    if not await visit.me():
        return []
    answer = await visit.api.optional("events", "/me/guest-registrations", limit=200)
    return list((answer or {}).get("items", []))


def standing(visits: list[Json]) -> dict[str, Json]:
    """The requests that may still come to a seat, by seminar."""
    return {one["seminar_id"]: one for one in visits if one["status"] in STANDING}


def apart(visits: list[Json], now: datetime) -> tuple[list[Json], list[Json], list[Json]]:
    """Requests ahead (soonest first), over, and those that came to nothing."""
    kept = [one for one in visits if one["status"] in STANDING]
    ahead = [one for one in kept if moment(one["seminar"]["ends_at"]) >= now]
    over = [one for one in kept if moment(one["seminar"]["ends_at"]) < now]
    return ahead, over[::-1], [one for one in visits if one["status"] not in STANDING]
