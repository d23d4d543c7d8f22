"""One visit: one request of one browser, with its session, language, form proof and way to the services."""

import asyncio
import hashlib
import secrets
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

import httpx
from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from maillage_portal import csrf
from maillage_portal.api import Api, Json, address
from maillage_portal.errors import ApiProblem, PortalError, SignInNeeded
from maillage_portal.formats import Formats
from maillage_portal.forms import NO_FORM, FormState
from maillage_portal.house import House
from maillage_portal.i18n import catalogue, choose
from maillage_portal.session import Session

LANGUAGE_COOKIE = "maillage_language"
RENEWAL_KEPT_SECONDS = 60
"""How long a request sent before a renewal may take to arrive."""
REFUSED = (400, 401, 403, 422)
"""How the issuer says that a refresh token is good no more."""
TOKENS = ("access_token", "refresh_token", "expires_in")
_FORWARDED = ("traceparent", "tracestate")


def language_cookie(*, secure: bool) -> str:
    """The cookie's name; over TLS one that only this host can have set."""
    return f"__Host-{LANGUAGE_COOKIE}" if secure else LANGUAGE_COOKIE


class Visit:
    """Everything a page needs; made by the middleware, kept on `request.state.visit`."""

    def __init__(self, request: Request, house: House) -> None:
        self.request = request
        self.house = house
        self.language_cookie = language_cookie(secure=house.settings.secure)
        self._read = self.session = house.cookies.read(request.cookies)
        chosen = request.cookies.get(self.language_cookie)
        self.locale = choose(chosen, request.headers.get("accept-language", ""))
        self.catalogue = catalogue(self.locale)
        self.formats = Formats(self.locale)
        self._renewing = asyncio.Lock()
        self._me: asyncio.Task[Json | None] | None = None
        self._inbox: asyncio.Task[Json | None] | None = None
        self._inbox_asked: Json = {"unread": "true", "limit": 1}
        headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        headers["Accept-Language"] = self.locale
        if request.client:
            headers["X-Forwarded-For"] = request.client.host
        self.api = Api(house.http, headers=headers, access=self._access)

    # --- session -------------------------------------------------------------------------------------------
    @property
    def signed_in(self) -> bool:
        """Whether somebody is signed in, as far as the cookie tells."""
        return self.session is not None and self.session.signed_in

    @property
    def cookie_to_set(self) -> str | None:
        """The Set-Cookie header the answer needs; None when the session has not changed."""
        return None if self.session == self._read else self.house.cookies.write(self.session)

    def begin(self) -> Session:
        """The session, made now when the browser has none."""
        if self.session is None:
            self.session = Session()
        return self.session

    def sign_in(self, tokens: Json) -> None:
        """Starts a signed-in session under a new id, so that an id known before is worth nothing."""
        self.session = Session().with_tokens(tokens)

    def sign_out(self) -> None:
        """Forgets the session in this browser."""
        self.session = None

    def say(self, message: str) -> None:
        """A message for the next page this browser shows (after a redirect)."""
        self.session = replace(self.begin(), flash=message)

    def _take_flash(self) -> str | None:
        message = self.session.flash if self.session else None
        if self.session and message:
            self.session = replace(self.session, flash=None)
        return message

    async def _access(self, refused: str | None) -> str | None:
        """The token; renewed when it is old, or when it is still the one that was refused."""
        async with self._renewing:
            session = self.session
            if session is None or session.refresh is None:
                return None
            if session.stale or (refused is not None and refused == session.access):
                tokens = await self.house.refresher.renew(session.refresh, self.locale)
                self.session = session.with_tokens(tokens) if tokens else None
            return self.session.access if self.session else None

    async def me(self) -> Json | None:
        """Who is signed in (`GET /me` of the directory); None for anonymous. Asked once for all who wait."""
        if self._me is None:
            if not self.signed_in:
                return None
            self._me = asyncio.create_task(self._ask_who())
            if self.request.method == "GET" and not self.from_htmx:
                self._look_into_inbox()  # the frame will want it: asked for beside what the page asks
        return await self._me

    async def _ask_who(self) -> Json | None:
        try:
            me: Json = await self.api.get("directory", "/me")
        except SignInNeeded:
            self.session = None
            return None
        return me

    async def myself(self) -> Json:
        """As `me`, for pages that need somebody. Raises SignInNeeded."""
        me = await self.me()
        if me is None:
            raise SignInNeeded
        return me

    # --- words ---------------------------------------------------------------------------------------------
    def _(self, message: str, **values: Any) -> str:
        """A French message in the visit's language, with its values filled in."""
        text = self.catalogue.gettext(message)
        return text % values if values else text

    def n_(self, singular: str, plural: str, count: int, **values: Any) -> str:
        """As `_`, by number."""
        return self.catalogue.ngettext(singular, plural, count) % {"num": count, **values}

    # --- answers -------------------------------------------------------------------------------------------
    def csrf_token(self) -> str:
        """A form token; starts a session when the browser has none."""
        return csrf.token(self.begin())

    @staticmethod
    def once() -> str:
        """A key for a form that must have one effect, however often it is sent."""
        return secrets.token_urlsafe(16)

    @property
    def from_htmx(self) -> bool:
        """Whether htmx asked for a fragment (and not for a page from its history)."""
        headers = self.request.headers
        return headers.get("hx-request") == "true" and headers.get("hx-history-restore-request") != "true"

    async def page(
        self, template: str, status: int = 200, form: FormState = NO_FORM, **context: Any
    ) -> HTMLResponse:
        """A whole page from `template`, with what the frame around it needs."""
        me, unread = await asyncio.gather(self._known(), self._count_unread())
        frame = {
            "visit": self,
            "me": me,
            "unread": unread,
            "flash": self._take_flash(),
            "status": status,
            "form": form,
        }
        context = {**frame, **context}
        return HTMLResponse(self.house.renderer.render(self.locale, template, context), status)

    def fragment(self, template: str, **context: Any) -> HTMLResponse:
        """Part of a page, for htmx."""
        context = {"visit": self, "form": NO_FORM, **context}
        return HTMLResponse(self.house.renderer.render(self.locale, template, context))

    def go(self, path: str, status: int = 303) -> Response:
        """Sends the browser to a path of this portal. htmx follows redirects by itself."""
        return RedirectResponse(path, status)

    async def _known(self) -> Json | None:
        """Who is signed in, for the frame: a page is shown even when the directory is away."""
        try:
            return await self.me()
        except ApiProblem:
            return None

    def expect_news(self, most: int) -> None:
        """Said first by a page that shows the latest notifications: what is unread is counted with them."""
        self._inbox_asked = {"limit": most}

    async def news(self) -> list[Json]:
        """The latest notifications, for a page that expected them; none when they cannot be had."""
        inbox = await self._look_into_inbox()
        return list(inbox["items"]) if inbox else []

    async def _count_unread(self) -> int | None:
        inbox = await self._look_into_inbox()
        return int(inbox.get("unread", 0)) if inbox else None

    def _look_into_inbox(self) -> asyncio.Task[Json | None]:
        if self._inbox is None:
            self._inbox = asyncio.create_task(self._ask_inbox())
        return self._inbox

    async def _ask_inbox(self) -> Json | None:
        if not self.signed_in:
            return None
        try:
            answer: Json = await self.api.get("notifications", "/me/notifications", **self._inbox_asked)
        except PortalError:
            return None
        return answer


class Refresher:
    """Renews tokens, once for all requests of one browser.

    Requests sent side by side all carry the same refresh token, and some arrive when it has already been
    replaced. The issuer takes a replaced token for a stolen one, so the answer is kept here for them.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._renewals: dict[str, asyncio.Task[Json | None]] = {}

    async def renew(self, refresh_token: str, locale: str) -> Json | None:
        """The new tokens; None when the issuer refuses. Raises ApiProblem when it does not answer."""
        key = hashlib.sha256(refresh_token.encode()).hexdigest()
        task = self._renewals.get(key)
        if task is None:
            task = asyncio.create_task(self._ask(refresh_token, locale))
            self._renewals[key] = task
            task.add_done_callback(lambda done: self._keep(key, done))
        return await asyncio.shield(task)

    def _keep(self, key: str, done: asyncio.Task[Json | None]) -> None:
        """Good tokens are given again for a while; a failure may be tried again at once."""
        good = not done.cancelled() and done.exception() is None and done.result() is not None
        delay = RENEWAL_KEPT_SECONDS if good else 0
        asyncio.get_running_loop().call_later(delay, self._renewals.pop, key, None)

    async def _ask(self, refresh_token: str, locale: str) -> Json | None:
        body = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        try:
            url = address("directory", "/auth/tokens")
            response = await self._http.post(url, json=body, headers={"Accept-Language": locale})
            if response.status_code in REFUSED:
                return None
            tokens = response.json()
            return {name: tokens[name] for name in TOKENS}
        except (httpx.RequestError, ValueError, LookupError, TypeError) as problem:
            # Whatever else stands there is not the issuer's word: nobody is signed out by it.
            raise ApiProblem(503) from problem


def safe_next(value: str | None, default: str = "/") -> str:
    """`value` when it is a path of this portal, else `default`: never a way to another site."""
    if not value or not value.startswith("/") or value.startswith("//"):
        return default
    if "\\" in value or any(ord(char) < 0x20 for char in value):
        return default
    parts = urlsplit(value)
    return value if not parts.scheme and not parts.netloc else default


def sign_in_path(request: Request) -> str:
    """The sign-in page that leads back here (only for pages that can be asked again)."""
    if request.method != "GET":
        return "/connexion"
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/connexion" if here == "/" else f"/connexion?next={quote(here, safe='/')}"


def without_slash(request: Request) -> str | None:
    """For an address that ends with a slash, the same one without: a path of this portal, as it was sent."""
    path = request.scope["raw_path"].decode("latin-1")
    if request.method != "GET" or not path.endswith("/"):
        return None
    shorter = safe_next(path.rstrip("/"), "")
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{shorter}{query}" if shorter else None


async def current_visit(request: Request) -> Visit:
    """The visit, once its form (if it sends one) has proved itself. Raises ForgedForm."""
    visit: Visit = request.state.visit
    visit.request = request  # whoever reads the form must read it on the object that keeps it
    await csrf.verify(request, visit.session, visit.house.settings.public_url)
    return visit


async def signed_visit(visit: Annotated[Visit, Depends(current_visit)]) -> Visit:
    """A visit of somebody signed in. Raises SignInNeeded."""
    await visit.myself()
    return visit


async def animator_visit(visit: Annotated[Visit, Depends(signed_visit)]) -> Visit:
    """A visit of an animator or administrator. Raises ApiProblem(403)."""
    roles = set((await visit.myself())["roles"])
    if not roles & {"animator", "admin"}:
        raise ApiProblem(403, {"code": "animators-only"})
    return visit


async def admin_visit(visit: Annotated[Visit, Depends(signed_visit)]) -> Visit:
    """A visit of an administrator. Raises ApiProblem(403)."""
    if "admin" not in (await visit.myself())["roles"]:
        told = visit._("Cette page est réservée aux administrateurs de la région.")
        raise ApiProblem(403, {"code": "admins-only", "detail": told})
    return visit


Anyone = Annotated[Visit, Depends(current_visit)]
Signed = Annotated[Visit, Depends(signed_visit)]
AsAnimator = Annotated[Visit, Depends(animator_visit)]
AsAdmin = Annotated[Visit, Depends(admin_visit)]
