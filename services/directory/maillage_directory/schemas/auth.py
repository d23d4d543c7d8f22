"""Signing in, as sent and answered."""

from __future__ import annotations

from datetime import datetime
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


class Answered(Body):
    """What a browser brought back from the provider, and the flow it was sent there with."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=4000)]
    state: Annotated[str, StringConstraints(max_length=200)]
    flow: Annotated[str, StringConstraints(max_length=4000)] = Field(description="as /authorizations gave it")


class ProviderGrant(Answered):
    """An authorization code of the OIDC provider."""

    grant_type: Literal["authorization_code"]


class ExchangeGrant(Body):
    """An administrator acts for a person; her own access token is in the Authorization header (RFC 8693)."""

    grant_type: Literal["urn:ietf:params:oauth:grant-type:token-exchange"]
    subject: UUID = Field(description="the id of the person's account")


class ClientGrant(Body):
    """A program with an API key (RFC 6749, section 4.4)."""

    grant_type: Literal["client_credentials"]
    client_secret: Annotated[str, StringConstraints(max_length=200)] = Field(description="the key's secret")
    client_id: UUID | None = Field(None, description="the key's id; may be left out")
    scope: Annotated[str, StringConstraints(max_length=1000)] | None = Field(
        None, description="scopes wanted, with spaces; without it all that the key has"
    )


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
    | Annotated[ProviderGrant, Tag("authorization_code")]
    | Annotated[ClientGrant, Tag("client_credentials")]
    | Annotated[ExchangeGrant, Tag(EXCHANGE)],
    Discriminator(
        grant_type,
        custom_error_type="literal_error",
        custom_error_context={
            "expected": f"code, refresh_token, authorization_code, client_credentials, {EXCHANGE}"
        },
    ),
]


class LogoutBody(Body):
    """The refresh token of the session that ends."""

    refresh_token: Annotated[str, StringConstraints(max_length=200)]


class TokensOut(BaseModel):
    """`expires_in`: seconds the access token is good for. The refresh token works once.

    A person who is acted for and a program get none: `scope` says what the program's token may do.
    """

    access_token: str
    refresh_token: str | None = None
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme, no secret
    expires_in: int
    scope: str | None = None


class ProviderOut(BaseModel):
    """The OIDC provider beside the built-in issuer; `label` ends “Se connecter avec …”."""

    label: str


class MethodsOut(BaseModel):
    """How people may sign in here."""

    code: bool = Field(description="with a code sent by e-mail")
    provider: ProviderOut | None


class AuthorizationBody(Body):
    """`link`: to link the caller's own account with her identity there, instead of signing in."""

    link: bool = False


class AuthorizationOut(BaseModel):
    """Where the browser goes, and the flow to keep for its return, good for `expires_in` seconds."""

    authorization_url: str
    flow: str
    expires_in: int


class IdentityOut(BaseModel):
    """A link of the caller's account with her identity at a provider."""

    id: UUID
    issuer: str
    linked_at: datetime
    used_at: datetime


class IdentitiesOut(BaseModel):
    """The caller's links."""

    items: list[IdentityOut]


class UnlinkBody(Body):
    """Whose links are taken away; the caller's own by default, anybody's for an administrator."""

    account_id: UUID | None = None


class LoggedOutOut(BaseModel):
    """Where the browser goes next to end the session at the provider too."""

    end_session_url: str


class Jwks(BaseModel):
    """The public keys access tokens are verified with."""

    keys: list[dict[str, Any]]
