"""The catalogue of event types: all of them, and one with its contract. Open to anyone."""

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal import catalogue_view as view
from maillage_portal.visit import Anyone

router = APIRouter(prefix="/catalogue")


@router.get("")
async def types(visit: Anyone, q: str = "", service: str = "", seulement: str = "") -> Response:
    """Every event type by service, with what does not agree."""
    chosen = view.Chosen(q[:100], service, seulement)
    items = await visit.api.all("catalogue", "/event-types")
    found = [item for item in items if chosen.takes(item)]
    return await visit.page(
        "catalogue.html",
        items=items,
        groups=[
            (owner, [each for each in found if each["owner"] == owner]) for owner, _ in view.counted(found)
        ],
        owners=view.counted(items),
        odd=sum(1 for item in items if view.faults(item)),
        public=sum(1 for item in items if item["visibility"] == "public"),
        chosen=chosen,
        words=view,
    )


@router.get("/{event_type}")
async def one(visit: Anyone, event_type: str) -> Response:
    """One type: who publishes and reads it, its schema, an example, what was observed."""
    item = await visit.api.get("catalogue", f"/event-types/{event_type}")
    return await visit.page("catalogue_type.html", item=item, words=view)
