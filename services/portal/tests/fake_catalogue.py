"""The catalogue service, faked: a few types with what does not agree, events, a thread, exchanges."""

import json
from typing import Any

from fake_data import uid
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

STARTED, JOINED = "directory.position.started.v1", "directory.coordinator.joined.v1"
PRESENTED, ODD = "directory.coordinator.presented.v1", "stranger.thing.made.v1"
THREAD = uid(900)
SCHEMA = {
    "$id": f"urn:maillage:schema:fr.maillage.{STARTED}",
    "type": "object",
    "properties": {"position_id": {"type": "string", "format": "uuid"}, "title": {"type": "string"}},
}


def reader(service: str, declared: bool = True, configured: bool | None = True) -> dict[str, Any]:
    """A service that reads a type."""
    handlers = "keep_post" if declared else ""
    return {"service": service, "declared": declared, "configured": configured, "handlers": handlers}


def kind(name: str, **more: Any) -> dict[str, Any]:
    """One event type of the list."""
    told = {
        "type": name,
        "full_type": f"fr.maillage.{name}",
        "owner": name.split(".")[0],
        "version": 1,
        "description": "A coordinator has taken up a post.",
        "visibility": "internal",
        "personal": False,
        "declared": True,
        "seen": True,
        "published_by": [name.split(".")[0]],
        "consumed_by": [reader("mentoring"), reader("notifications")],
        "mismatches": [],
    }
    return {**told, **more}


def seen(**more: Any) -> dict[str, Any]:
    """What was observed of a type."""
    told = {
        "region": "fr-pac",
        "stream": "EVENTS_FR_PAC",
        "source": "/fr-pac/directory",
        "dataschema": f"urn:maillage:schema:fr.maillage.{STARTED}",
        "count": 1204,
        "first_seen": "2026-09-01T08:00:00Z",
        "last_seen": "2026-11-22T08:00:00Z",
    }
    return {**told, **more}


def event(number: int, **more: Any) -> dict[str, Any]:
    """One event as the catalogue shows it."""
    told = {
        "number": number,
        "stream": "EVENTS_FR_PAC",
        "sequence": number,
        "event_id": uid(1000 + number),
        "region": "fr-pac",
        "type": STARTED,
        "source": "/fr-pac/directory",
        "dataschema": f"urn:maillage:schema:fr.maillage.{STARTED}",
        "entity_id": uid(2000 + number),
        "entity_sequence": 1,
        "correlation_id": THREAD,
        "causation_id": None,
        "time": "2026-11-22T08:00:00Z",
        "problem": None,
        "body": "whole",
        "data": {"position_id": uid(2000 + number), "title": "coordinator"},
    }
    return {**told, **more}


def flow(name: str, count: int = 12, **more: Any) -> dict[str, Any]:
    """One type that crosses."""
    times = {"first_seen": "2026-09-01T08:00:00Z", "last_seen": "2026-11-22T08:00:00Z"}
    return {"type": name, "personal": False, "count": count, **times, **more}


def flows() -> dict[str, Any]:
    """Three regions: one linked, one not yet, one that copies without being a neighbour."""
    public = [
        flow(PRESENTED, personal=True),
        flow("directory.cpts.created.v1", 0, first_seen=None, last_seen=None),
    ]
    linked = {
        "region": "fr-occ",
        "expected": True,
        "since": "2026-10-01T08:00:00Z",
        "last_seen": "2026-11-22T08:00:00Z",
        "present": True,
        "subjects": ["fr-pac.>"],
        "types": public,
    }
    new = {**linked, "region": "fr-cor", "since": None, "present": False, "types": []}
    guest = {**linked, "region": "fr-ara", "expected": False, "present": False, "types": []}
    feed = {
        "region": "fr-occ",
        "stream": "FEED_FR_OCC",
        "problem": None,
        "silence": 3,
        "lag": 0,
        "looked_at": "2026-11-22T08:00:00Z",
        "types": [flow("events.seminar.opened.v1", 2)],
    }
    away = {
        **feed,
        "region": "fr-cor",
        "stream": "FEED_FR_COR",
        "problem": "missing",
        "silence": None,
        "types": [],
    }
    sides = {"sent": [linked, new, guest], "received": [feed, away]}
    return {"region": "fr-pac", "public": public, "kept": 58, "copies_known": True, **sides}


class FakeCatalogue:
    """What the fake answers; tests change it."""

    def __init__(self) -> None:
        absent, stranger = reader("notifications", configured=False), reader("stranger", declared=False)
        readers = [reader("mentoring"), absent, stranger]
        self.types = [
            kind(JOINED, personal=True, mismatches=["never-seen"], seen=False),
            kind(PRESENTED, personal=True, visibility="public"),
            kind("directory.contact.changed.v1", visibility="private", personal=True),
            kind(STARTED, mismatches=["unknown-schema", "reader-missing"], consumed_by=readers),
            kind("mentoring.request.opened.v1", consumed_by=[]),
        ]
        self.events = [
            event(4, type=JOINED, body="masked", data={"coordinator_id": uid(3), "first_name": "•••"}),
            event(3, body="erased", data=None),
            event(2, type=ODD, problem="wrong-subject", source="", data={}, body="masked", entity_id=None),
            event(1),
        ]
        self.news: list[dict[str, Any]] = []
        """Events the stream tells to whoever asks: one that asked for them may have hung up meanwhile."""
        self.asked: list[str] = []
        self.flows = flows()

    def router(self) -> APIRouter:
        """The routes the portal calls."""
        router = APIRouter(prefix="/api/catalogue/v1")

        @router.get("/event-types")
        async def types() -> Any:
            return {"items": self.types, "next": None}

        @router.get("/event-types/{name}")
        async def one(name: str) -> Any:
            found = next((each for each in self.types if each["type"] == name), None)
            if found is None:
                return JSONResponse({"code": "unknown-event-type", "detail": "Type inconnu."}, 404)
            schema = SCHEMA if found["declared"] else None
            observed = [seen(), seen(dataschema="urn:else", count=1)] if name == STARTED else []
            more = {"dataschema": SCHEMA["$id"], "json_schema": schema, "example": {"title": "<title>"}}
            return {**found, **more, "subject": f"fr-pac.{name}.*", "observed": observed}

        @router.get("/events/stream")
        async def stream(request: Request) -> Any:
            self.asked.append(request.url.query)
            told = "".join(
                f"id: {one['number']}\nevent: event\ndata: {json.dumps(one, ensure_ascii=False)}\n\n"
                for one in self.news
            )
            return Response("retry: 200\n\n" + told, media_type="text/event-stream")

        @router.get("/events")
        async def events(request: Request) -> Any:
            self.asked.append(request.url.query)
            return {"items": self.events, "next": "more" if "cursor" not in request.query_params else None}

        @router.get("/correlations/{key}")
        async def thread(key: str) -> Any:
            steps = [{**event(1), "depth": 0}, {**event(2, type="mentoring.request.opened.v1"), "depth": 1}]
            return {
                "correlation_id": key,
                "services": ["/fr-pac/directory", "/fr-pac/mentoring"],
                "started_at": "2026-11-22T08:00:00Z",
                "ended_at": "2026-11-22T08:00:01Z",
                "complete": False,
                "events": steps,
            }

        @router.get("/flows")
        async def exchanges() -> Any:
            return self.flows

        return router
