"""The controlled vocabulary and the base map: public, and the same for everybody."""

from typing import Literal

from fastapi import Request
from maillage.http import service_router
from starlette.responses import Response

from maillage_directory import reference
from maillage_directory.api.parts import json_with_tag
from maillage_directory.reference.vocabulary import Vocabulary

router = service_router(tags=["vocabulary"])
AN_HOUR = 3600
GEOJSON = "application/geo+json"


@router.get("/vocabulary", response_model=Vocabulary)
async def get_vocabulary(request: Request) -> Response:
    """Challenges, skills, tracks, territory types, missions: slugs with French and English labels."""
    document = reference.vocabulary().model_dump(mode="json", exclude_none=True)
    return json_with_tag(request, document, "application/json", max_age=AN_HOUR)


@router.get(
    "/outline.geojson", response_class=Response, responses={200: {"content": {"application/geo+json": {}}}}
)
async def get_outline(request: Request, scope: Literal["region", "national"] = "region") -> Response:
    """The departments of the region as GeoJSON, or the regions of the country (Natural Earth)."""
    shapes = reference.country() if scope == "national" else reference.outline()
    return json_with_tag(request, shapes, GEOJSON, max_age=AN_HOUR)
