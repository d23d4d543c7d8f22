"""What every answer of the portal carries, and the page shown when something breaks in the portal itself."""

import time
from collections.abc import Callable

import structlog
from maillage.layers import HUNG_UP
from maillage.safety import HSTS
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maillage_portal.house import House
from maillage_portal.settings import PortalSettings
from maillage_portal.visit import Visit

log = structlog.get_logger(__name__)


def content_security_policy(settings: PortalSettings) -> str:
    """Everything from here and nothing inline; tiles only from the origin an installation has set."""
    images = " ".join(filter(None, ["'self'", "data:" if settings.tile_origin else "", settings.tile_origin]))
    return (
        f"default-src 'self'; img-src {images}; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )


def security_headers(settings: PortalSettings) -> dict[str, str]:
    """The headers of every answer; a page may set its own value instead."""
    headers = {
        "Content-Security-Policy": content_security_policy(settings),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
        "Vary": "Cookie, Accept-Language, HX-Request",
    }
    return headers | dict([HSTS] if settings.secure else [])


class VisitMiddleware:
    """Makes the visit of each request; on the way back stores a changed session and adds the headers."""

    def __init__(self, app: ASGIApp, house: Callable[[], House]) -> None:
        self.app = app
        self.house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        house = self.house()
        visit = Visit(Request(scope, receive), house)
        scope.setdefault("state", {})["visit"] = visit
        started = False
        seen, began = {"status": 500}, time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                seen["status"] = message["status"]
                self._finish(MutableHeaders(scope=message), visit)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            if not started:
                await Response(status_code=HUNG_UP)(scope, receive, send_with_headers)
        except Exception:
            # The template of the path: what was typed into it may be a name.
            log.exception("page-crashed", route=str(getattr(scope.get("route"), "path", "unknown")))
            if started:
                raise
            await _broken(visit)(scope, receive, send_with_headers)
        finally:
            house.metrics.answered(scope, seen["status"], time.perf_counter() - began)

    def _finish(self, headers: MutableHeaders, visit: Visit) -> None:
        cookie = visit.cookie_to_set
        if cookie is not None:
            headers.append("Set-Cookie", cookie)
        for name, value in security_headers(visit.house.settings).items():
            headers.setdefault(name, value)


def _broken(visit: Visit) -> ASGIApp:
    """The last resort: rendered without asking any service."""
    from starlette.responses import HTMLResponse

    context = {
        "visit": visit,
        "status": 500,
        "problem": None,
        "me": None,
        "unread": None,
        "flash": None,
        "form": None,
    }
    return HTMLResponse(visit.house.renderer.render(visit.locale, "error.html", context), 500)
