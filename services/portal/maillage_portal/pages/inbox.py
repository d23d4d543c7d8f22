"""The inbox: what happened that concerns me, day by day; and the bell, which is told live."""

from itertools import groupby

from fastapi import APIRouter
from starlette.responses import Response

from maillage_portal.live import passed_on
from maillage_portal.visit import Signed, safe_next

router = APIRouter(prefix="/notifications")


@router.get("")
async def inbox(visit: Signed, suite: str = "") -> Response:
    """A page of notifications, newest first; `suite` is the cursor of the next page."""
    page = await visit.api.get("notifications", "/me/notifications", limit=40, cursor=suite)
    days = [
        (day, list(items))
        for day, items in groupby(page["items"], key=lambda item: visit.formats.ago(item["created_at"]))
    ]
    return await visit.page("inbox.html", days=days, following=page["next"], unread_count=page["unread"])


@router.get("/cloche")
async def bell(visit: Signed) -> Response:
    """The bell with its count, for htmx to put in place of the old one."""
    page = await visit.api.get("notifications", "/me/notifications", unread="true", limit=1)
    return visit.fragment("bell.html", unread=page["unread"])


@router.get("/flux")
async def stream(visit: Signed) -> Response:
    """The inbox's server-sent events, passed through as they come. 204 tells the browser not to ask again."""
    return await passed_on(visit, "notifications", "/me/notifications/stream")


@router.post("/toutes-lues")
async def all_read(visit: Signed) -> Response:
    """Marks the whole inbox read."""
    await visit.api.post("notifications", "/me/notifications/read-all")
    return visit.go("/notifications")


@router.get("/{notification_id}")
async def follow(visit: Signed, notification_id: str) -> Response:
    """Marks one read and leads where it points. Reading is all that changes, so a GET may do it."""
    answer = await visit.api.post("notifications", f"/me/notifications/{notification_id}/read")
    item = answer.body
    return visit.go(safe_next((item["action"] or {}).get("path"), "/notifications"))
