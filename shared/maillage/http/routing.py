"""The route every service uses: one request, one session, one transaction committed before the answer leaves.

In order: refuse unknown parameters, read the body (a slow sender must not hold the writer's lock), find out
who is calling (her keys may have to be fetched), open the session, answer, keep the answer for its
Idempotency-Key, commit, send.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Iterator
from contextlib import nullcontext
from functools import cached_property
from typing import Any

from fastapi import APIRouter, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from maillage.auth.asking import Question, authenticate
from maillage.auth.principal import Principal
from maillage.db.at_once import AtOnce, NotAtOnce
from maillage.db.gathering import Entered
from maillage.errors import DomainError, FieldError, UnknownParameter
from maillage.http import idempotency
from maillage.http.deprecation import Deprecations
from maillage.http.etags import unless_known
from maillage.http.problems import language_of
from maillage.http.sessions import at_once, glance_session, read_session, write_session
from maillage.http.texts import UNKNOWN_PARAMETER

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PlacedRoute(APIRoute):
    """A route that is passed over at once where the path does not even begin and end like its own."""

    @cached_property
    def ends(self) -> tuple[str, str]:
        """The path up to its first parameter, and what comes after its last."""
        return self.path.partition("{")[0], self.path.rpartition("}")[2]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path, (begin, end) = scope["path"], self.ends
        if not (path.startswith(begin) and path.endswith(end)) and not scope.get("root_path"):
            return Match.NONE, {}
        return super().matches(scope)


class TransactionalRoute(PlacedRoute):
    """Opens what the endpoint asks for (Read, Glance, Write or none of them) around the whole handling."""

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()
        dependants = list(_all(self.dependant))
        calls = {dependant.call for dependant in dependants}
        told = Deprecations(self, dependants)
        known = {name for dependant in dependants for name in _query_names(dependant)}

        async def handle(request: Request) -> Response:
            told.tell(request)
            if request.scope["query_string"] and (unknown := sorted(set(request.query_params) - known)):
                raise _unknown(unknown, language_of(request))
            if request.method not in ("GET", "HEAD"):
                await request.body()
            await authenticate(request)
            if not calls.isdisjoint((write_session, at_once)):
                return unless_known(request, await _write(request, handler, once=at_once in calls))
            if read_session in calls:
                async with request.app.state.service.db.read() as request.state.session:
                    return unless_known(request, await handler(request))
            if glance_session in calls:
                async with request.app.state.service.db.glance() as request.state.session:
                    return unless_known(request, await handler(request))
            return unless_known(request, await handler(request))

        return handle


def dependencies_of(route: APIRoute) -> set[Callable[..., Any] | None]:
    """The functions that a route depends on, at whatever depth, and the questions its caller has answered.

    Whoever writes at once writes.
    """
    calls = {dependant.call for dependant in _all(route.dependant)}
    if at_once in calls:
        calls.add(write_session)
    return calls.union(*(call.includes for call in calls if isinstance(call, Question)))


def service_router(**options: Any) -> APIRouter:
    """A router whose routes are transactional; options are those of fastapi.APIRouter."""
    return APIRouter(route_class=TransactionalRoute, **options)


async def _write(request: Request, handler: Handler, *, once: bool) -> Response:
    service = request.app.state.service
    this = await _attempt(request)
    async with service.in_flight.enter(this) if this else nullcontext():
        if once and service.db.dialect == "postgresql":
            response = await _in_one_statement(request, handler, this)
            if response is not None:
                return response
        return await _in_a_transaction(request, handler, this)


async def _in_one_statement(
    request: Request, handler: Handler, this: idempotency.Attempt | None
) -> Response | None:
    """The answer, if this was the plain case and nobody came in between; else nothing has happened."""
    async with Entered(request.app.state.service.db.gathering) as entered:
        request.state.at_once = transaction = AtOnce(entered)
        try:
            response = await handler(request)
        except (NotAtOnce, DomainError):
            return None
        finally:
            request.state.at_once = None
        if this is not None:
            transaction.lock = this.lock
            if (row := idempotency.answer_row(this, response)) is None:
                return None
            transaction.insert(idempotency.TABLE, contested=True, **row)
        return response if await transaction.commit() else None


async def _in_a_transaction(request: Request, handler: Handler, this: idempotency.Attempt | None) -> Response:
    refused: DomainError | None = None
    async with request.app.state.service.db.write() as session:
        request.state.session = session
        try:
            response = await _once(request, handler, this)
        except DomainError as error:
            if not error.keeps_changes:
                raise
            refused = error
    if refused is not None:
        raise refused
    return response


async def _once(request: Request, handler: Handler, this: idempotency.Attempt | None) -> Response:
    session = request.state.session
    if this is None:
        return await handler(request)
    earlier = await idempotency.earlier_answer(session, this)
    if earlier is not None:
        return earlier
    response = await handler(request)
    # What the use case only added to the session must be refused before its answer is remembered.
    await session.flush()
    await idempotency.keep_answer(session, this, response)
    return response


async def _attempt(request: Request) -> idempotency.Attempt | None:
    key = request.headers.get("idempotency-key")
    caller = request.state.caller
    if key is None or request.method != "POST" or not isinstance(caller, Principal):
        return None
    if caller.region != request.app.state.service.settings.region:
        return None  # a visitor does nothing here, and her id may be somebody's of ours
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    target = f"{path}?{query}" if query else path
    return idempotency.attempt(caller, key, request.method, target, await request.body())


def _unknown(names: list[str], language: str) -> UnknownParameter:
    # A name is the caller's own words too: only what looks like a parameter's name is repeated.
    shown = [name for name in names if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{0,39}", name)]
    text = UNKNOWN_PARAMETER[1 if language == "en" else 0]
    errors: list[FieldError] = [{"pointer": f"?{name}", "detail": text} for name in shown]
    return UnknownParameter(names=", ".join(shown) or "…", errors=errors)


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _all(inner)


def _query_names(dependant: Dependant) -> Iterator[str]:
    """The parameters' names; a model read from the query stands for its fields."""
    for param in dependant.query_params:
        model = param.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from (field.alias or name for name, field in model.model_fields.items())
        else:
            yield param.alias
