"""API keys of machine clients, as sent and answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from maillage_directory.model.api_key import ApiKey, ApiKeySecret
from maillage_directory.schemas.common import Body, Line

Scope = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,40}:(read|write)$")]
DAY = 24 * 3600


class ApiKeyCreate(Body):
    """A key for one program. Without `expires_at` it is good for `api_key_days`."""

    name: Line = Field(description="which program this is; never the name of a person")
    scopes: list[Scope] = Field(min_length=1, max_length=20, description="e.g. `directory:read`")
    expires_at: AwareDatetime | None = None


class ApiKeyRotate(Body):
    """How long the secret in use goes on working beside the new one."""

    overlap_seconds: int = Field(DAY, ge=0, le=30 * DAY, description="0: it stops at once")


class ApiKeySecretOut(BaseModel):
    """One secret that works, or has until lately; never the secret itself."""

    hint: str = Field(description="its last four characters")
    created_at: datetime
    ends_at: datetime | None = Field(description="when it stops working, once it is replaced")
    last_used_at: datetime | None

    @classmethod
    def of(cls, secret: ApiKeySecret) -> ApiKeySecretOut:
        """The secret without the secret."""
        return cls(
            hint=secret.hint,
            created_at=secret.created_at,
            ends_at=secret.ends_at,
            last_used_at=secret.last_used_at,
        )


class ApiKeyOut(BaseModel):
    """A key as it stands; the newest secret comes first."""

    id: UUID = Field(description="the `client_id`, and the `sub` of the program's tokens")
    name: str
    scopes: list[str]
    status: Literal["active", "expired", "revoked"]
    created_at: datetime
    created_by: UUID
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None
    secrets: list[ApiKeySecretOut]
    version: int

    @classmethod
    def of(cls, key: ApiKey, now: datetime) -> ApiKeyOut:
        """The key as it stands at that moment; secrets that are over are left out."""
        return cls.model_validate(
            {
                **{name: getattr(key, name) for name in _PLAIN},
                "status": key.status_at(now),
                "secrets": [
                    ApiKeySecretOut.of(one) for one in key.secrets if one.ends_at is None or one.ends_at > now
                ],
            }
        )


_PLAIN = (
    "id",
    "name",
    "scopes",
    "created_at",
    "created_by",
    "expires_at",
    "revoked_at",
    "last_used_at",
    "version",
)


class ApiScopes(BaseModel):
    """The scopes a key may be given."""

    items: list[str]


class ApiKeyIssued(ApiKeyOut):
    """A key with its new secret, which is shown this once."""

    secret: str = Field(description="`client_secret`; kept nowhere, so it cannot be shown again")

    @classmethod
    def with_secret(cls, key: ApiKey, secret: str, now: datetime) -> ApiKeyIssued:
        """The answer to a creation or a rotation."""
        return cls(**ApiKeyOut.of(key, now).model_dump(), secret=secret)
