"""Access tokens for tests, signed with a key made on the spot."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc.jwk import OKPKey

from maillage.auth import ADMIN, ANIMATOR, COORDINATOR, SERVICE, StaticKeys, TokenSigner, generate_key
from maillage.ids import new_id

ISSUER = "http://localhost:8000/api/directory/v1"
LONG = timedelta(days=3650)


class TokenFactory:
    """Makes the `Authorization` header of any caller; good for ten years, so that a moved clock ends none."""

    def __init__(self, *, issuer: str = ISSUER, region: str = "fr-pac", key: OKPKey | None = None) -> None:
        self.issuer = issuer
        self.region = region
        self.key = key or generate_key()
        self.signer = TokenSigner([self.key], issuer=issuer)

    @property
    def keys(self) -> StaticKeys:
        """The public key, for a service under test."""
        return StaticKeys([self.key])

    def jwks(self) -> dict[str, Any]:
        """The public key as a JWKS document."""
        return self.signer.jwks()

    def token(
        self,
        subject: UUID | str | None = None,
        roles: Iterable[str] = (COORDINATOR,),
        *,
        scopes: Iterable[str] = (),
        region: str | None = None,
        lifetime: timedelta = LONG,
        ended_at: datetime | None = None,
        actor: UUID | None = None,
        session: UUID | None = None,
    ) -> str:
        """A bare access token for `subject` (a new id when None); the rest as `TokenSigner.sign` has it."""
        return self.signer.sign(
            UUID(str(subject)) if subject else new_id(),
            roles=roles,
            scopes=scopes,
            region=region or self.region,
            lifetime=lifetime,
            ended_at=ended_at,
            actor=actor,
            session=session,
        )

    def header(self, subject: UUID | str | None = None, *roles: str, **claims: Any) -> dict[str, str]:
        """The header of a caller with these roles."""
        return {"Authorization": f"Bearer {self.token(subject, roles or (COORDINATOR,), **claims)}"}

    def coordinator(self, subject: UUID | str | None = None, **claims: Any) -> dict[str, str]:
        """A signed-in coordinator."""
        return self.header(subject, COORDINATOR, **claims)

    def animator(self, subject: UUID | str | None = None, **claims: Any) -> dict[str, str]:
        """An animator of the collective, who is a coordinator too."""
        return self.header(subject, COORDINATOR, ANIMATOR, **claims)

    def admin(self, subject: UUID | str | None = None, **claims: Any) -> dict[str, str]:
        """An operator."""
        return self.header(subject, ADMIN, **claims)

    def service(self, *scopes: str, subject: UUID | str | None = None, **claims: Any) -> dict[str, str]:
        """A client program with scopes."""
        return self.header(subject, SERVICE, scopes=scopes, **claims)
