"""The routes of the directory, by noun: parse, call, answer. No rule, no SQL, no commit."""

from maillage_directory.api import (
    api_keys,
    auth,
    coordinators,
    cpts,
    groups,
    maps,
    me,
    neighbours,
    oidc,
    positions,
    vocabulary,
)

ROUTERS = [
    vocabulary.router,
    cpts.router,
    positions.router,
    coordinators.router,
    neighbours.router,
    groups.router,
    maps.router,
    me.router,
    auth.router,
    oidc.router,
    api_keys.router,
]

__all__ = ["ROUTERS"]
