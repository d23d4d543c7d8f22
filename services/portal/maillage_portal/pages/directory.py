"""The directory: « Qui a déjà vécu ça ? », its list and its map in step."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from maillage_portal.abroad_view import entries, linked_regions, neighbours, pins
from maillage_portal.api import together
from maillage_portal.backdrop import LARGE, WIDTHS
from maillage_portal.directory_view import SHOWN, Entry, Filters, Found, find
from maillage_portal.files import as_file
from maillage_portal.house import Vocabulary
from maillage_portal.people import Json, main_position
from maillage_portal.visit import Anyone, Signed, Visit

router = APIRouter()


@router.get("/annuaire")
async def directory(visit: Anyone, filters: Annotated[Filters, Query()]) -> Response:
    """The page, or for htmx only what a filter changes: chips, list and the map's data."""
    me = await visit.me()
    found, abroad, linked = await together(
        find(visit, filters, signed_in=me is not None, most=filters.lines),
        neighbours(visit, filters),
        linked_regions(visit) if me is None else _nothing(),  # who is signed in is told with the list
    )
    vocabulary = await visit.house.vocabulary(visit.api)
    regions = dict(vocabulary.options("regions", visit.locale))
    own = main_position(me["coordinator"]) if me and me["coordinator"] else None
    you = own["cpts_id"] if own else None
    shown, others = found.shown(you), pins(abroad, visit, regions)
    context: Json = {
        "filters": filters,
        "found": found,
        "vocabulary": vocabulary,
        "signed": me is not None,
        "you": you,
        "places": {**shown.data(), "abroad": others, "state": filters.model_dump()},
        "abroad": entries(abroad, filters.challenge),
        "linked": found.listed.regions if found.listed else linked,
        "lines": _lines(visit, found, filters, vocabulary),
        "regions": regions,
        "more": filters.but(show=str(filters.lines + SHOWN)) if len(found.entries) < found.total else None,
    }
    if visit.from_htmx:
        return visit.fragment("directory_results.html", **context)
    national = filters.scope == "national"
    ground = await visit.house.ground(visit.api, LARGE, national=national)
    drawing = found.atlas.backdrop(ground, national=national).with_marks(shown.marks(others))
    return await visit.page("directory.html", drawing=drawing, **context)


async def _nothing() -> list[str]:
    return []


def _lines(visit: Visit, found: Found, filters: Filters, vocabulary: Vocabulary) -> Markup:
    """The list's lines. Those of people are written once for all who are shown the same."""
    template, renderer = "directory_lines.html", visit.house.renderer

    def write(entries: list[Entry]) -> str:
        context = {"entries": entries, "challenge": filters.challenge, "vocabulary": vocabulary}
        return renderer.render(visit.locale, template, context)

    people = Markup()
    if found.listed and found.people_shown:
        made_of = (found.atlas, vocabulary)
        people = found.listed.lines(visit.locale, made_of, lambda: write(found.people_shown))
    return people + Markup(write(found.cpts_shown)) if found.cpts_shown else people  # noqa: S704 - a template


@router.get("/annuaire/points.json")
async def points(visit: Anyone) -> Response:
    """Every CPTS for the map's script, as far as who asks may see who holds its post."""
    atlas = await visit.house.atlases.ask(visit.api, {})
    packed = atlas.points(visit._("Poste vacant"), visit._("Poste tenu"))
    if "gzip" not in visit.request.headers.get("accept-encoding", ""):
        return Response(packed.plain, media_type="application/json")
    told = {"Content-Encoding": "gzip", "Vary": "Accept-Encoding, Cookie, Accept-Language"}
    return Response(packed.gzip, media_type="application/json", headers=told)


@router.get("/annuaire/fond/{width}/{tag}.svg")
async def backdrop(visit: Anyone, width: int, tag: str, scope: str = "") -> Response:
    """Land and CPTS as every picture has them behind its marks: public facts, named by their content.

    Whoever comes with the name of another content is given the present one, and keeps it not.
    """
    if width not in WIDTHS:
        raise HTTPException(404)
    national = scope == "national"
    ground = await visit.house.ground(visit.api, width, national=national)
    present = (await visit.house.atlases.ask(visit.api, {})).backdrop(ground, national=national)
    lasting = "private, max-age=31536000, immutable" if tag == present.tag else "no-cache"
    headers = {"Cache-Control": lasting, "Vary": "Accept-Encoding"}
    return Response(present.body, media_type="image/svg+xml", headers=headers)


@router.get("/annuaire/contour.geojson")
async def outline(visit: Anyone, scope: str = "") -> Response:
    """The outlines of the region's departments, or of the country's regions, for the map."""
    body = await (visit.house.country if scope == "national" else visit.house.outline)(visit.api)
    return JSONResponse(
        body, media_type="application/geo+json", headers={"Cache-Control": "public, max-age=86400"}
    )


@router.get("/annuaire/{what}.{form}")
async def export(
    visit: Signed,
    what: Literal["personnes", "cpts"],
    form: Literal["csv", "xlsx"],
    filters: Annotated[Filters, Query()],
) -> Response:
    """The list under its present filters as a file, each field as far as it is open to who asks."""
    people = what == "personnes"
    path, asked = ("coordinators", filters.about_people()) if people else ("cpts", filters.about_cpts())
    return as_file(await visit.api.fetch("directory", f"/exports/{path}.{form}", **asked))
