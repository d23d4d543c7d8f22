"""Signing in, as sent and answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Discriminator, Field, StringConstraints, Tag

from maillage_directory.schemas.common import Body, Email


class CodeRequestBody(Body):
    """Who would like a code."""

    email: Email


class CodeRequested(BaseModel):
    """The same for every address."""

    expires_in: int = Field(description="seconds the code is good for")


class CodeGrant(Body):
    """A code that came by mail; spaces in it do not matter."""

    grant_type: Literal["code"] = "code"
    email: Email
    code: Annotated[str, StringConstraints(max_length=20)]


class RefreshGrant(Body):
    """The refresh token of the session."""

    grant_type: Literal["refresh_token"] = "refresh_token"
    refresh_token: Annotated[str, StringConstraints(max_length=200)]


class ExchangeGrant(Body):
    """An administrator acts for a person; her own access token is in the Authorization header (RFC 8693)."""

    grant_type: Literal["urn:ietf:params:oauth:grant-type:token-exchange"]
    subject: UUID = Field(description="the id of the person's account")


EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


def grant_type(body: Any) -> str | None:
    """Which grant a body is; one that does not say is known by the fields it has."""
    if not isinstance(body, dict):
        return getattr(body, "grant_type", None)
    said = body.get("grant_type", "refresh_token" if "refresh_token" in body else "code")
    return said if isinstance(said, str) else None


Grant = Annotated[
    Annotated[CodeGrant, Tag("code")]
    | Annotated[RefreshGrant, Tag("refresh_token")]
    | Annotated[ExchangeGrant, Tag(EXCHANGE)],
    Discriminator(
        grant_type,
        custom_error_type="literal_error",
        custom_error_context={"expected": f"code, refresh_token, {EXCHANGE}"},
    ),
]


class LogoutBody(Body):
    """The refresh token of the session that ends."""

    refresh_token: Annotated[str, StringConstraints(max_length=200)]


class TokensOut(BaseModel):
    """`expires_in`: seconds the access token is good for. The refresh token works once; none is exchanged."""

    access_token: str
    refresh_token: str | None = None
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme, no secret
    expires_in: int


class Jwks(BaseModel):
    """The public keys access tokens are verified with."""

    keys: list[dict[str, Any]]
