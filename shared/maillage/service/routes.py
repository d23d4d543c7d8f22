"""The routes of a service, made once a process: every application built of the service answers with the same.

FastAPI reads each handler's parameters anew for every application a router is included in. That is most of
what building one costs, and a test run builds hundreds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.routing import BaseRoute

from maillage.http.openapi import operation_id
from maillage.service.ops import ops_router

if TYPE_CHECKING:
    from maillage.service.composition import Service

# By identity: a Service holds lists and cannot be a key. It is kept here, so that its identity stays its own.
_made: dict[int, tuple[Service, list[BaseRoute]]] = {}


def routes_of(spec: Service) -> list[BaseRoute]:
    """What every service answers, at the root and under its base path, then the service's own routes."""
    if id(spec) not in _made:
        _made[id(spec)] = spec, _make(spec)
    return _made[id(spec)][1]


def _make(spec: Service) -> list[BaseRoute]:
    whole = APIRouter(redirect_slashes=False, generate_unique_id_function=operation_id)
    ops = ops_router()
    whole.include_router(ops, include_in_schema=False)
    whole.include_router(ops, prefix=spec.base_path, include_in_schema=False)
    for router in spec.routers:
        whole.include_router(router, prefix=spec.base_path)
    return whole.routes
