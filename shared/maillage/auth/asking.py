"""Who is calling, and a question about her as one dependency.

One, because FastAPI solves each dependency of a dependency anew: a chain of four cost a tenth of a request.
"""

from collections.abc import Callable

from fastapi import Request
from fastapi.security import HTTPBearer

from maillage.auth.principal import Principal
from maillage.auth.tokens import InvalidToken, TokenVerifier
from maillage.errors import DomainError

Answer = Callable[[Request, Principal | None], Principal | None]

# No `from __future__ import annotations`: FastAPI reads those of an object's `__call__` as they are.


class Question(HTTPBearer):
    """Declares the scheme in the OpenAPI document and asks `answer`; the header was read by `authenticate`.

    `includes`: itself and the weaker questions that whoever passes it has answered too.
    """

    def __init__(self, answer: Answer, *weaker: "Question") -> None:
        super().__init__(
            scheme_name="HTTPBearer",
            auto_error=False,
            bearerFormat="JWT",
            description="Access token of the directory",
        )
        self._answer = answer
        self.includes: frozenset[Question] = frozenset({self}).union(*(each.includes for each in weaker))

    async def __call__(self, request: Request) -> Principal | None:  # type: ignore[override]
        """The caller, if any. Raises what the answer raises, and what `caller_of` does."""
        return self._answer(request, await caller_of(request))


async def authenticate(request: Request) -> None:
    """Reads the caller's token once per request and keeps the outcome for the dependencies below.

    A bad token is only an error for a route that asks who is calling.
    """
    if hasattr(request.state, "caller"):
        return
    request.state.caller = await _caller(request)


async def _caller(request: Request) -> Principal | DomainError | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return InvalidToken(reason="malformed token")
    service = request.app.state.service
    verifier: TokenVerifier = service.tokens
    try:
        caller = (await verifier.verify(token.strip())).seen_from(service.settings.region)
        await service.ended.refuse(caller)
    except DomainError as error:
        return error
    return caller


async def caller_of(request: Request) -> Principal | None:
    """Who is calling, whatever she may do.

    Raises InvalidToken, AccountErased, and Unavailable when keys or the database cannot be had.
    """
    await authenticate(request)
    caller = request.state.caller
    if isinstance(caller, DomainError):
        raise caller
    return caller if isinstance(caller, Principal) else None
