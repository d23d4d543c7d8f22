"""A coordinator's page: what she says of herself, as far as the reader may see it."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.api import together
from maillage_portal.people import Json, main_position, present_positions
from maillage_portal.region import Picture, distance_km, picture
from maillage_portal.visit import Signed, Visit

router = APIRouter()


@router.get("/coordonnateurs/{person_id}")
async def coordinator_page(visit: Signed, person_id: str) -> Response:
    """The page of one person; for her own, also who is in a similar situation."""
    me = await visit.myself()
    answer, vocabulary = await together(
        visit.api.fetch("directory", f"/coordinators/{person_id}"), visit.house.vocabulary(visit.api)
    )
    person = answer.body
    own = person["id"] == me["id"]
    animator = bool({"animator", "admin"} & set(me["roles"]))
    peers = (
        await visit.api.optional("directory", f"/coordinators/{person_id}/peers") if own or animator else None
    )
    position = main_position(person)
    drawing, distance = await _where(visit, position, None if own else main_position(me["coordinator"] or {}))
    shared = _shared(person, me["coordinator"] or {})
    context: Json = {
        "person": person,
        "drawing": drawing,
        "distance": distance,
        "shared": []
        if own
        else [{"text": vocabulary.label("challenges", slug, visit.locale)} for slug in shared],
        "own": own,
        "animator": animator,
        "peers": (peers or {}).get("items", [])[:5],
        "position": position,
        "present": present_positions(person),
        "vocabulary": vocabulary,
    }
    return await visit.page("coordinator.html", **context)


def _shared(person: Json, other: Json) -> list[str]:
    """The challenges that both have noted."""
    own = {item["challenge"] for item in other.get("challenges") or []}
    return [item["challenge"] for item in person.get("challenges") or [] if item["challenge"] in own]


async def _where(visit: Visit, hers: Json | None, mine: Json | None) -> tuple[Picture | None, int | None]:
    """Her CPTS on the map, joined to the reader's, and the kilometres between them as the crow flies."""
    if hers is None:
        return None, None
    everywhere = [cpts for cpts in await visit.api.all("directory", "/cpts") if cpts["lat"] is not None]
    ends = [hers["cpts_id"], mine["cpts_id"] if mine else None]
    places = [
        {
            "at": [cpts["lat"], cpts["lon"]],
            "match": cpts["id"] in ends,
            "vacant": cpts["vacant"],
            "you": cpts["id"] == ends[1],
        }
        for cpts in everywhere
    ]
    found = [i for end in ends for i, cpts in enumerate(everywhere) if cpts["id"] == end]
    edges = [found] if len(set(found)) == 2 else []
    drawing = picture(await visit.house.outline(visit.api), {"places": places, "edges": edges}, width=400)
    if not edges:
        return drawing, None
    one, other = ((everywhere[i]["lon"], everywhere[i]["lat"]) for i in found)
    return drawing, max(1, round(distance_km(one, other)))


@router.post("/coordonnateurs/{person_id}/toujours-juste")
async def still_right(visit: Signed, person_id: str) -> Response:
    """ "Still right": the profile was looked over today."""
    await visit.api.post("directory", f"/coordinators/{person_id}/confirm")
    visit.say(visit._("Merci : votre profil est noté comme à jour aujourd'hui."))
    return visit.go(f"/coordonnateurs/{person_id}")
