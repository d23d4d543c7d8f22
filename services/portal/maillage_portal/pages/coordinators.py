"""A coordinator's page: what she says of herself, as far as the reader may see it."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.api import together
from maillage_portal.people import Json, main_position, present_positions
from maillage_portal.visit import Signed

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
    context: Json = {
        "person": person,
        "own": own,
        "animator": animator,
        "peers": (peers or {}).get("items", [])[:5],
        "position": main_position(person),
        "present": present_positions(person),
        "vocabulary": vocabulary,
    }
    return await visit.page("coordinator.html", **context)


@router.post("/coordonnateurs/{person_id}/toujours-juste")
async def still_right(visit: Signed, person_id: str) -> Response:
    """ "Still right": the profile was looked over today."""
    await visit.api.post("directory", f"/coordinators/{person_id}/confirm")
    visit.say(visit._("Merci : votre profil est noté comme à jour aujourd'hui."))
    return visit.go(f"/coordonnateurs/{person_id}")
