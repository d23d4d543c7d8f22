"""Who calls: the columns of the table. Each makes the headers of a request for one service."""

from __future__ import annotations

from collections.abc import Callable

from maillage.testing.tokens import TokenFactory

from tests.security.house import ABROAD, House

Headers = dict[str, str]
_STRANGER = TokenFactory()
"""Signs as our issuer would, with a key that our issuer never published."""


def _program(*scopes: str) -> Callable[[House, str], Headers]:
    return lambda house, service: house.tokens.service(
        *(scope.format(service=service) for scope in scopes), subject=house.ids["program"]
    )


CALLERS: dict[str, Callable[[House, str], Headers]] = {
    # nobody signed in
    "anonymous": lambda house, service: {},
    # an administrator's token that our issuer did not sign
    "forged": lambda house, service: _STRANGER.admin(house.ids["owner"]),
    # the coordinator whose profile, registration, search, inbox it is
    "owner": lambda house, service: house.tokens.coordinator(house.ids["owner"]),
    # the coordinator who is the owner's mentor, or is asked to be
    "mentor": lambda house, service: house.tokens.coordinator(house.ids["mentor"]),
    # a coordinator who has nothing to do with it
    "other": lambda house, service: house.tokens.coordinator(house.ids["other"]),
    "animator": lambda house, service: house.tokens.animator(house.ids["animator"]),
    # the region's administrator, who is no coordinator
    "admin": lambda house, service: house.tokens.admin(house.ids["admin"]),
    # programs: with this service's reading scope, with both of its scopes, with everybody else's
    "reader": _program("{service}:read"),
    "writer": _program("{service}:read", "{service}:write"),
    "elsewhere": lambda house, service: house.tokens.service(
        *(f"{name}:{action}" for name in house.services if name != service for action in ("read", "write")),
        subject=house.ids["program"],
    ),
    # every role at once, even the owner's own id, in a token that is good and another region's
    "abroad": lambda house, service: house.tokens.header(
        house.ids["owner"], "coordinator", "animator", "admin", region=ABROAD
    ),
}
