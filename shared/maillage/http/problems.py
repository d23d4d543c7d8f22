"""Every error answer is `application/problem+json` (RFC 9457), in the reader's language, without her data.

What the caller sent is never repeated: validation errors say where and what is wrong, not the value.
"""

from __future__ import annotations

from collections.abc import Sequence
from errno import EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH
from http import HTTPStatus
from socket import gaierror
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from maillage.db.refusals import is_contention, is_outage, refuses_value
from maillage.errors import DomainError, FieldError, Invalid, PreconditionFailed, Unavailable
from maillage.http.texts import STATUS_TITLES, validation_text
from maillage.telemetry.tracing import current_trace_id

log = structlog.get_logger(__name__)
UNREACHED = (ConnectionError, TimeoutError, gaierror)
"""A server that is away, one that does not answer, and one whose name is gone with its container."""
UNREACHABLE = frozenset({EHOSTDOWN, EHOSTUNREACH, ENETDOWN, ENETUNREACH})
MEDIA_TYPE = "application/problem+json"


class ProblemField(BaseModel):
    """One thing wrong with the request."""

    pointer: str = Field(description="JSON pointer into the body, or `?name` for a parameter")
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem details, as every error answer of every service."""

    type: str = Field(description="URL naming the kind of problem")
    code: str = Field(description="Stable word for programs")
    title: str = Field(description="Short sentence for people, French or English by Accept-Language")
    status: int
    detail: str | None = None
    errors: list[ProblemField] = Field(default_factory=list)
    trace_id: str | None = Field(
        None, description="Give it to the operators: it finds the request in the logs"
    )


class ProblemResponse(JSONResponse):
    media_type = MEDIA_TYPE


def language_of(request: Request) -> str:
    """ "fr" or "en": what the caller prefers by Accept-Language; French when she says nothing."""
    best, quality = "fr", 0.0
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.strip().partition(";q=")
        language = tag.split("-")[0].lower()
        try:
            value = float(weight or 1)
        except ValueError:
            continue
        if language in ("fr", "en") and value > quality:
            best, quality = language, value
    return best


def problem_response(
    request: Request,
    *,
    status: int,
    code: str,
    title: str,
    detail: str | None = None,
    errors: Sequence[FieldError] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """The answer itself; the type URL is served by the service at `/problems/{code}`."""
    body: dict[str, Any] = {
        "type": _type_url(request, code),
        "code": code,
        "title": title,
        "status": status,
        "detail": detail or None,
        "errors": list(errors),
        "trace_id": current_trace_id(),
    }
    content = {key: value for key, value in body.items() if value not in (None, [])}
    headers = {**(headers or {}), "Content-Language": language_of(request)}
    return ProblemResponse(content, status_code=status, headers=headers)


def domain_problem(request: Request, error: DomainError) -> Response:
    """A domain error as an answer."""
    language = language_of(request)
    return problem_response(
        request,
        status=error.status,
        code=error.code,
        title=error.title(language),
        detail=error.detail(language),
        errors=error.errors,
        headers=error.headers,
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Makes every error of `app` a problem document, whatever raised it."""
    app.add_exception_handler(DomainError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(StaleDataError, _on_stale_row)
    for outage in (DBAPIError, PoolTimeoutError, OSError):
        app.add_exception_handler(outage, _on_outage)


async def _on_domain_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)  # noqa: S101  (Starlette dispatches by type)
    return domain_problem(request, error)


async def _on_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  (Starlette dispatches by type)
    language = language_of(request)
    errors = [_field_error(entry, error.body, language) for entry in error.errors()]
    return domain_problem(request, Invalid(errors=errors))


def _field_error(entry: dict[str, Any], body: Any, language: str) -> FieldError:
    place, *path = entry["loc"]
    if entry["type"] == "json_invalid":
        path = []
    if place in ("query", "header", "path", "cookie"):
        pointer = ("?" if place == "query" else f"{place}:") + ".".join(map(str, path))
    else:
        parts = _inside(body, path)
        pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return {"pointer": pointer, "detail": validation_text(entry, language)}


def _inside(body: Any, path: Sequence[str | int]) -> list[str | int]:
    """The parts of pydantic's path that lead into the body; the others name the union variant it tried."""
    found: list[str | int] = []
    for part in path[:-1]:
        places = dict(enumerate(body)) if isinstance(body, list) else body
        if not isinstance(places, dict) or part not in places:
            continue  # no such place in what was sent
        if isinstance(part, int) or isinstance(places[part], (dict, list)):
            found.append(part)
            body = places[part]
    return [*found, *path[-1:]]


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (Starlette dispatches by type)
    if error.status_code < 400:
        return Response(status_code=error.status_code, headers=error.headers)
    language = language_of(request)
    code, title = status_words(error.status_code, language)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods_here(request)) or headers.get("Allow", "")
    return problem_response(request, status=error.status_code, code=code, title=title, headers=headers)


def _methods_here(request: Request) -> list[str]:
    """Every method some route takes at this path; FastAPI names only those of the first route."""
    found: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        pattern = getattr(route, "path_regex", None)
        if pattern is not None and pattern.match(request.url.path):
            found |= set(route.methods or ())
    return sorted(found | ({"HEAD"} if "GET" in found else set()))


async def _on_stale_row(request: Request, error: Exception) -> Response:
    # Two changes of one row at the same moment: SQLAlchemy's version counter let one of them through.
    return domain_problem(request, PreconditionFailed())


async def _on_outage(request: Request, error: Exception) -> Response:
    # Away, overloaded or in a deadlock: the same request may well succeed in a moment.
    if refuses_value(error):
        # What a schema let through and no column holds: still the caller's to change.
        log.warning("value-refused", error=type(error).__name__)
        return domain_problem(request, Invalid())
    if not _passing(error):
        raise error
    log.warning("database-unavailable", error=type(error).__name__)
    return domain_problem(request, Unavailable())


def _passing(error: Exception) -> bool:
    if isinstance(error, OSError):
        return isinstance(error, UNREACHED) or error.errno in UNREACHABLE
    if not isinstance(error, DBAPIError):
        return True
    gone = isinstance(error, (OperationalError, InterfaceError))
    return gone or is_contention(error) or is_outage(error)


def crash_problem(request: Request) -> Response:
    """The answer to an error nobody foresaw."""
    code, title = status_words(500, language_of(request))
    return problem_response(request, status=500, code=code, title=title)


def status_words(status: int, language: str) -> tuple[str, str]:
    """Code and title of an HTTP status no domain error stands for."""
    if status in STATUS_TITLES:
        code, french, english = STATUS_TITLES[status]
        return code, english if language == "en" else french
    phrase = HTTPStatus(status).phrase
    return phrase.lower().replace(" ", "-"), phrase


def _type_url(request: Request, code: str) -> str:
    service = request.app.state.service
    return f"{service.settings.public_url}{service.base_path}/problems/{code}"
