"""For administrators: the events as they come, one thread of them, and what crosses between regions."""

import json
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from maillage_portal import catalogue_view as view
from maillage_portal.api import together
from maillage_portal.errors import ApiProblem
from maillage_portal.event_lines import one_line
from maillage_portal.formats import PARIS
from maillage_portal.live import passed_on
from maillage_portal.visit import AsAdmin, Visit

router = APIRouter(prefix="/catalogue")
PER_PAGE = 40
FILTERS = {"type": "type", "region": "region", "entite": "entity_id", "fil": "correlation_id"}


def asked(request: Request) -> dict[str, str]:
    """The filters as the address bar has them."""
    return {name: request.query_params.get(name, "").strip()[:200] for name in (*FILTERS, "depuis", "avant")}


Asked = Annotated[dict[str, str], Depends(asked)]


@router.get("/evenements")
async def events(visit: AsAdmin, filters: Asked, suite: str = "") -> Response:
    """What happened, newest first; the first page goes on by itself."""
    refused = ""
    page: dict[str, Any] = {"items": [], "next": None}
    try:
        page = await visit.api.get(
            "catalogue", "/events", limit=PER_PAGE, cursor=suite, **parameters(filters)
        )
    except ApiProblem as problem:
        if problem.status not in (400, 422):
            raise
        refused = visit._("Un filtre n'est pas lisible : un identifiant s'écrit en entier.")
    return await visit.page(
        "bus_events.html",
        422 if refused else 200,
        items=page["items"],
        following=page["next"],
        filters=filters,
        refused=refused,
        live=not (suite or refused or filters["avant"]),
        words=view,
        hide_thread=False,
    )


def parameters(filters: dict[str, str]) -> dict[str, str]:
    """The filters as the catalogue wants them."""
    found = {wanted: filters[name] for name, wanted in FILTERS.items()}
    return {**found, "since": instant(filters["depuis"]), "until": instant(filters["avant"])}


def instant(local: str) -> str:
    """A wall-clock time of the form as an instant; what is no time goes on as it is, to be refused."""
    try:
        return datetime.fromisoformat(local).replace(tzinfo=PARIS).isoformat() if local else ""
    except ValueError:
        return local


@router.get("/evenements/flux")
async def stream(visit: AsAdmin, filters: Asked, apres: str = "") -> Response:
    """The live events as pieces of the page, after number `apres`. 204 tells the browser not to ask again."""
    asked_for = parameters(filters)
    as_row = partial(_as_row, visit)
    return await passed_on(visit, "catalogue", "/events/stream", after=apres, line=as_row, **asked_for)


def _as_row(visit: Visit, line: str) -> str:
    if not line.startswith("data: "):
        return line
    item: Any = json.loads(line.removeprefix("data: "))
    row = bytes(visit.fragment("bus_event.html", item=item, words=view, hide_thread=False).body).decode()
    return f"data: {one_line(row)}"


@router.get("/fils/{correlation_id}")
async def thread(visit: AsAdmin, correlation_id: str) -> Response:
    """One beginning and what followed from it."""
    found = await visit.api.get("catalogue", f"/correlations/{correlation_id}")
    return await visit.page("bus_thread.html", thread=found, words=view, hide_thread=True)


@router.get("/echanges")
async def exchanges(visit: AsAdmin) -> Response:
    """What my region sends, to whom, since when; and what it receives."""
    found, vocabulary = await together(
        visit.api.get("catalogue", "/flows"), visit.house.vocabulary(visit.api)
    )
    return await visit.page("bus_flows.html", flows=found, vocabulary=vocabulary, words=view)
