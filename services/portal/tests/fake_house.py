"""A stand-in for the four services, so that portal tests need no other: contract-shaped, invented answers.

Names and shapes follow the services' OpenAPI documents; what a page writes is kept in `written`.
"""

from typing import Any

from fake_data import CPTS, PEOPLE
from fake_directory import directory
from fake_sign_in import sign_in
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response


class FakeHouse:
    """The state of the fake: who the tokens belong to, what was written, what is broken on purpose."""

    def __init__(self) -> None:
        self.people = {person["id"]: person for person in PEOPLE}
        self.cpts = {item["id"]: item for item in CPTS}
        self.roles: dict[str, list[str]] = {}
        self.linked_regions: list[str] = []
        self.written: list[tuple[str, str, Any, dict[str, str]]] = []
        self.queries: list[str] = []
        self.seen_headers: list[dict[str, str]] = []
        self.renewals = 0
        self.pending_email: str | None = None
        self.methods: dict[str, Any] = {"code": True, "provider": None}
        self.end_session: str | None = None
        self.by_flow: dict[str, str] = {}
        self.links: list[dict[str, Any]] = []
        self.expired: set[str] = set()
        self.away: set[str] = set()
        self.refused: dict[str, tuple[int, dict[str, Any]]] = {}
        self.answers: dict[str, Any] = {}
        self.lists: dict[str, Any] = {}
        self.files: dict[str, tuple[bytes, dict[str, str]]] = {}
        self.once: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
        self.app = FastAPI()
        # Including a router has FastAPI read every handler's parameters a second time.
        self.app.router.routes += [*directory(self).routes, *sign_in(self).routes]
        self.app.middleware("http")(self._gate)

    async def _gate(self, request: Request, call_next: Any) -> Response:
        """Keeps what was written; then a planned refusal, a fixed answer, or the route."""
        path = request.url.path
        self.seen_headers.append(dict(request.headers))
        if request.method != "GET":
            raw = await request.body()
            is_json = "json" in request.headers.get("content-type", "")
            body = (await request.json()) if raw and is_json else raw or None
            self.queries.append(request.url.query)
            self.written.append((request.method, path, body, dict(request.headers)))
        if any(path.startswith(f"/api/{service}/") for service in self.away):
            return JSONResponse({"code": "unavailable", "title": "Indisponible"}, 503)
        if (request.method, path) in self.once:
            status, problem = self.once.pop((request.method, path))
            return JSONResponse(problem, status, media_type="application/problem+json")
        if path in self.refused:
            status, problem = self.refused[path]
            return JSONResponse(problem, status, media_type="application/problem+json")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token in self.expired:
            return JSONResponse({"code": "token-expired", "title": "Jeton expiré"}, 401)
        if path in self.files:
            content, headers = self.files[path]
            return Response(content, headers=headers)
        if request.method == "GET" and path in self.lists:
            return JSONResponse(self.lists[path])
        if path in self.answers:
            return JSONResponse(self.answers[path], headers={"ETag": '"1"'})
        answer: Response = await call_next(request)
        return answer

    def refuse_once(self, method: str, path: str, status: int, problem: dict[str, Any]) -> None:
        """The next such request is refused with a problem document."""
        self.once[method, path] = (status, problem)

    def caller(self, request: Request) -> str | None:
        """The person whose token the request carries: `token-<id>-<n>`."""
        header = request.headers.get("authorization", "")
        return header.removeprefix("Bearer token-").rsplit("-", 1)[0] if header else None

    def tokens(self, person_id: str, generation: int = 1, expires_in: int = 600) -> dict[str, Any]:
        """A token response of the issuer."""
        access, refresh = f"token-{person_id}-{generation}", f"refresh-{person_id}-{generation}"
        return {
            "access_token": access,
            "refresh_token": refresh,
            "token_type": "Bearer",
            "expires_in": expires_in,
        }
