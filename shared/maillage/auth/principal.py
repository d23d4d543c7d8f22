"""The caller as the services know her: an id, roles and scopes. Never a name or an address."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from uuid import UUID, uuid5

COORDINATOR = "coordinator"
ANIMATOR = "animator"
ADMIN = "admin"
SERVICE = "service"
READ, WRITE = "read", "write"


def scope_of(service: str, action: str) -> str:
    """The scope a program needs to `READ` or `WRITE` at a service, e.g. `events:write`."""
    return f"{service}:{action}"


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller.

    `id` is the person's coordinator id, the account's id of an operator, or the API key's of a program.
    `since` and `until`: when her token was signed and when it ends, in seconds since 1970. `actor`: the
    administrator who acts for her, if one does. `session`: the sign-in it comes from, if it does from one.
    """

    id: UUID
    roles: frozenset[str]
    region: str
    scopes: frozenset[str] = field(default_factory=frozenset)
    until: float = field(default=inf, compare=False)
    since: float = field(default=inf, compare=False)
    actor: UUID | None = field(default=None, compare=False)
    session: UUID | None = field(default=None, compare=False)

    @property
    def is_animator(self) -> bool:
        """An animator of the collective; an administrator may do all she may."""
        return bool(self.roles & {ANIMATOR, ADMIN})

    @property
    def is_admin(self) -> bool:
        return ADMIN in self.roles

    @property
    def is_service(self) -> bool:
        return SERVICE in self.roles

    def has_scope(self, scope: str) -> bool:
        return scope in self.scopes

    def seen_from(self, region: str) -> Principal:
        """The caller as `region` has her: the roles and scopes that another region gave are worth nothing.

        Nor is the id: it becomes one that nobody here has, so that no question whether something is hers can
        be answered yes by an id that another region wrote into a token.
        """
        if self.region == region:
            return self
        stranger = uuid5(self.id, self.region)
        return replace(self, id=stranger, roles=frozenset(), scopes=frozenset(), actor=None, session=None)
