"""The events service, faked: one open seminar with two workshops, and the registrations tests put in it."""

from typing import Any

from fake_data import CAMILLE, NADIA, uid
from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

SEMINAR, BUDGET, CRISIS = uid(300), uid(301), uid(302)
REGISTRATION, ATTENDANCE = uid(310), uid(320)
CODE = "SK7W3C5YN4GDDEZ7"


def _workshop(key: str, title: str, **more: Any) -> dict[str, Any]:
    return {
        "id": key,
        "seminar_id": SEMINAR,
        "title": title,
        "summary": "Une heure pour s'y mettre.",
        "track": "pilotage",
        "starts_at": "2031-01-23T08:00:00Z",
        "ends_at": "2031-01-23T10:00:00Z",
        "room": "Salle du Levant",
        "capacity": 20,
        "speakers": [{"name": "Inès Sabatier"}],
        "skills": [],
        "confirmed": 8,
        "waitlisted": 0,
        "seats_left": 12,
        "version": 3,
        **more,
    }


def seminar(**more: Any) -> dict[str, Any]:
    """A published seminar of the year 2031 with two workshops at the same time."""
    return {
        "id": SEMINAR,
        "slug": "giens-2031",
        "title": "Giens : tenir la distance",
        "summary": "Deux jours pour durer.",
        "description": "",
        "starts_at": "2031-01-23T08:00:00Z",
        "ends_at": "2031-01-24T16:00:00Z",
        "time_zone": "Europe/Paris",
        "format": "onsite",
        "venue": "Presqu'île de Giens",
        "address": "",
        "city": "Hyères",
        "department": "83",
        "capacity": 60,
        "registration_opens_at": "2026-11-01T08:00:00Z",
        "registration_closes_at": "2031-01-20T08:00:00Z",
        "change_until": "2031-01-20T08:00:00Z",
        "offer_minutes": 2880,
        "tracks": ["pilotage"],
        "skills": [],
        "status": "published",
        "sequence": 0,
        "confirmed": 50,
        "offered": 0,
        "waitlisted": 0,
        "seats_left": 10,
        "open": True,
        "workshops": [
            _workshop(BUDGET, "Le budget en une heure"),
            _workshop(CRISIS, "Plan de crise", seats_left=0, waitlisted=3),
        ],
        "version": 4,
        **more,
    }


def registration(status: str = "confirmed", **more: Any) -> dict[str, Any]:
    """Camille's registration, in one workshop when it is confirmed."""
    held = {"workshop_id": BUDGET, "title": "Le budget en une heure", "status": "confirmed", "position": None}
    times = {"starts_at": "2031-01-23T08:00:00Z", "ends_at": "2031-01-23T10:00:00Z", "room": ""}
    return {
        "id": REGISTRATION,
        "seminar_id": SEMINAR,
        "seminar_title": "Giens : tenir la distance",
        "seminar_starts_at": "2031-01-23T08:00:00Z",
        "seminar_ends_at": "2031-01-24T16:00:00Z",
        "coordinator_id": CAMILLE,
        "coordinator": {"first_name": "Camille", "last_name": "Roux"},
        "status": status,
        "waitlist_position": 2 if status == "waitlisted" else None,
        "offer_expires_at": "2031-01-10T08:00:00Z" if status == "offered" else None,
        "workshops": [{**held, **times}] if status == "confirmed" else [],
        "answers": {"needs": "végétarienne"},
        "ticket_code": CODE if status == "confirmed" else None,
        "attended": False,
        "attendances": [],
        "cancel_reason": "self" if status == "cancelled" else None,
        "registered_at": "2026-11-20T08:00:00Z",
        "version": 2,
        **more,
    }


def attendance() -> dict[str, Any]:
    """Camille at the door."""
    names = {"registration_id": REGISTRATION, "seminar_id": SEMINAR, "coordinator_id": CAMILLE}
    when = {"workshop_id": None, "recorded_at": "2031-01-23T08:02:00Z", "version": 1}
    return {"id": ATTENDANCE, **names, **when}


class FakeSeminars:
    """What the fake answers; tests change it."""

    def __init__(self) -> None:
        self.seminar = seminar()
        self.registrations: list[dict[str, Any]] = []
        self.attendances: list[dict[str, Any]] = []
        self.already_here = False

    def router(self) -> APIRouter:
        """The routes the portal calls."""
        router = APIRouter(prefix="/api/events/v1")
        self._reading(router)
        self._writing(router)
        return router

    def _reading(self, router: APIRouter) -> None:
        @router.get("/seminars")
        async def seminars() -> Any:
            return {"items": [self.seminar], "next": None}

        @router.get("/seminars/{key}.ics")
        @router.get("/registrations/{key}.ics")
        async def calendar(key: str) -> Any:
            return Response(f"BEGIN:VCALENDAR {key}", media_type="text/calendar")

        @router.get("/seminars/{key}")
        async def one(key: str) -> Any:
            return JSONResponse(self.seminar, headers={"ETag": '"4"'})

        @router.get("/workshops/{key}")
        async def workshop(key: str) -> Any:
            found = next(one for one in self.seminar["workshops"] if one["id"] == key)
            return JSONResponse(found, headers={"ETag": '"3"'})

        @router.get("/me/registrations")
        @router.get("/seminars/{key}/registrations")
        async def registrations(key: str = "", status: str = "") -> Any:
            return {
                "items": [one for one in self.registrations if status in ("", one["status"])],
                "next": None,
            }

        @router.get("/registrations/{key}")
        async def mine(key: str) -> Any:
            return JSONResponse(self.registrations[0], headers={"ETag": '"2"'})

        @router.get("/registrations/{key}/ticket.svg")
        async def ticket(key: str) -> Any:
            return Response('<svg xmlns="http://www.w3.org/2000/svg"/>', media_type="image/svg+xml")

        @router.get("/seminars/{key}/attendances")
        async def attendances(key: str) -> Any:
            return {"items": self.attendances, "next": None}

        @router.get("/attendances/{key}")
        async def present(key: str) -> Any:
            return JSONResponse(self.attendances[0], headers={"ETag": '"1"'})

    def _writing(self, router: APIRouter) -> None:
        @router.post("/seminars", status_code=201)
        async def create() -> Any:
            return self.seminar

        @router.patch("/seminars/{key}")
        @router.post("/seminars/{key}/{verb}")
        @router.post("/seminars/{key}/workshops")
        @router.patch("/workshops/{key}")
        async def change(key: str, verb: str = "") -> Any:
            if verb == "check-ins":
                return JSONResponse(attendance(), 200 if self.already_here else 201)
            if verb == "registrations":
                return registration()
            return self.seminar

        @router.delete("/workshops/{key}", status_code=204)
        @router.delete("/attendances/{key}", status_code=204)
        async def remove(key: str) -> Response:
            return Response(status_code=204)

        @router.patch("/registrations/{key}")
        @router.post("/registrations/{key}/{verb}")
        async def answer(key: str, verb: str = "") -> Any:
            return self.registrations[0]


SOMEBODY_ELSE = {"coordinator_id": NADIA, "coordinator": {"first_name": "Nadia", "last_name": "Benali"}}
