"""The notifications service, faked: an inbox, its stream, preferences and the demonstration's mailbox."""

import itertools
from typing import Any

from fake_data import uid
from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

NOTE = uid(500)
MAIL = "0001.eml"


def note(**more: Any) -> dict[str, Any]:
    """One message of the inbox, unread, that leads to the pathway."""
    told = {"title": "Votre parcours : trois étapes", "body": "C'est le moment."}
    action = {"label": "Voir mon parcours", "path": "/parcours"}
    times = {"created_at": "2026-11-22T08:00:00Z", "read_at": None, "due_at": "2031-11-29T08:00:00Z"}
    return {"id": NOTE, "topic": "pathway", **told, "action": action, **times, **more}


def _channel(effective: str, locked: bool = False) -> dict[str, Any]:
    reason = "C'est la preuve de votre inscription." if locked else None
    return {
        "choice": "inherit",
        "default": effective,
        "effective": effective,
        "locked": locked,
        "reason": reason,
    }


PREFERENCES = {
    "topics": [
        {
            "topic": "arrival",
            "group": "network",
            "label": "Prises de poste",
            "channels": {"in_app": _channel("on"), "email": _channel("off")},
        },
        {
            "topic": "seminar-confirmed",
            "group": "seminars",
            "label": "Confirmation d'inscription",
            "channels": {"in_app": _channel("on", locked=True), "email": _channel("on", locked=True)},
        },
    ],
    "quiet_hours": {"start": "20:00:00", "end": "08:00:00", "time_zone": "Europe/Paris", "weekends": True},
}


class FakeMessages:
    """What the fake answers; tests change it."""

    def __init__(self) -> None:
        self.items = [note()]
        self.unread = 1
        self._numbers = itertools.count(100)
        self._news: list[tuple[int, str]] = []
        self.mails: list[dict[str, Any]] = [
            {
                "name": MAIL,
                "to": "camille.roux@exemple.fr",
                "subject": "123 456 : votre code",
                "sent_at": "2026-11-22T08:00:00Z",
                "text": "Votre code : 123 456",
                "html": "<!doctype html><html lang='fr'><title>Bonjour</title><p>Bonjour</p></html>",
                "attachments": ["seminaire.ics"],
            }
        ]

    @property
    def news(self) -> list[str]:
        """Titles the stream tells, once to each listener: one that asked may have hung up meanwhile."""
        return [title for _, title in self._news]

    @news.setter
    def news(self, titles: list[str]) -> None:
        self._news = [(next(self._numbers), title) for title in titles]

    def router(self) -> APIRouter:
        """The routes the portal calls."""
        router = APIRouter(prefix="/api/notifications/v1")

        @router.get("/me/notifications")
        async def inbox() -> Any:
            return {"items": self.items, "next": None, "unread": self.unread}

        @router.post("/me/notifications/read-all")
        async def read_all() -> Any:
            return {"unread": 0}

        @router.post("/me/notifications/{key}/read")
        async def read(key: str) -> Any:
            return self.items[0]

        @router.get("/me/notifications/stream")
        async def stream(request: Request) -> Any:
            last = int(request.headers.get("last-event-id", 0))
            told = "".join(
                f'id: {number}\nevent: notification\ndata: {{"title": "{title}"}}\n\n'
                for number, title in self._news
                if number > last
            )
            return Response("retry: 100\n\n" + told, media_type="text/event-stream")

        @router.get("/me/preferences")
        async def preferences() -> Any:
            return JSONResponse(PREFERENCES, headers={"ETag": '"5"'})

        @router.put("/me/preferences")
        async def save() -> Any:
            return PREFERENCES

        @router.get("/mailbox")
        async def mails() -> Any:
            return {"items": self.mails, "next": None}

        @router.get("/mailbox/{name}")
        async def mail(name: str) -> Any:
            return self.mails[0]

        @router.get("/mailbox/{name}/attachments/{file}")
        async def attachment(name: str, file: str) -> Any:
            headers = {"Content-Disposition": f'attachment; filename="{file}"'}
            return Response("BEGIN:VCALENDAR", media_type="text/calendar", headers=headers)

        return router
