"""The routes of the directory, by noun: parse, call, answer. No rule, no SQL, no commit."""

from maillage_directory.api import (
    api_keys,
    auth,
    coordinators,
    cpts,
    exports,
    groups,
    imports,
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
    imports.router,
    exports.router,
    groups.router,
    maps.router,
    me.router,
    auth.router,
    oidc.router,
    api_keys.router,
]

__all__ = ["ROUTERS"]
