"""The routes of a service, made once a process: every application built of the service answers with the same.

FastAPI reads each handler's parameters anew for every application a router is included in. That is most of
what building one costs, and a test run builds hundreds. Each route is here with its whole path rather than in
an included router: finding one among thirty of an included router, which FastAPI does twice for each request,
cost a fifth of the time of a registration.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from maillage.http.openapi import operation_id
from maillage.service.ops import ops_router

if TYPE_CHECKING:
    from maillage.service.composition import Service

# By identity: a Service holds lists and cannot be a key. It is kept here, so that its identity stays its own.
_made: dict[int, tuple[Service, list[BaseRoute]]] = {}


def routes_of(spec: Service) -> list[BaseRoute]:
    """The service's own routes, then what every service answers, at the root and under its base path."""
    if id(spec) not in _made:
        _made[id(spec)] = spec, _make(spec)
    return _made[id(spec)][1]


def _make(spec: Service) -> list[BaseRoute]:
    ops = ops_router()
    hidden = [*_at("", ops, shown=False), *_at(spec.base_path, ops, shown=False)]
    return [*(route for router in spec.routers for route in _at(spec.base_path, router)), *hidden]


def _at(prefix: str, router: APIRouter, *, shown: bool = True) -> Iterator[APIRoute]:
    """The routes of a router below a prefix, as including it would make them; `shown`: in the contract."""
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise TypeError(f"{route!r}: a service's router holds routes alone")
        made = {name: getattr(route, name) for name in _OPTIONS}
        made["include_in_schema"] = made["include_in_schema"] and shown
        made["generate_unique_id_function"] = operation_id
        yield type(route)(prefix + route.path, route.endpoint, **made)


_OPTIONS = [
    name
    for name, each in inspect.signature(APIRoute.__init__).parameters.items()
    if each.kind is each.KEYWORD_ONLY
]
"""What an APIRoute is told, which it keeps under the same names."""
