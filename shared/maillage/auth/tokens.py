"""Access tokens: short JWT signed with Ed25519 (RFC 9068), made by the issuer, read by every service."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.jws import CompactSignature

from maillage.auth.keys import KeySource
from maillage.auth.principal import SERVICE, Principal
from maillage.clock import now
from maillage.errors import Unauthorized
from maillage.ids import new_id

ALGORITHM = "Ed25519"
TYPE = "at+jwt"
LIFETIME = timedelta(minutes=10)
OVERLAP = 5
"""Seconds. While a change of rights is on its way to the commit, an issuer may still sign with those
of before, and its clock may be ahead. What is dated up to so much later has ended too; what is signed
after the change is dated after that, within the leeway of who verifies it.
"""
LEEWAY = 30
"""Seconds by which clocks may differ: how long before its date and after its end a token is taken."""
_ONE_ALGORITHM = jws.JWSRegistry(algorithms=[ALGORITHM])


def good_from(ended_at: datetime) -> int:
    """The first `iat`, whole seconds since 1970, of those tokens that know the change made at `ended_at`."""
    return int(ended_at.timestamp()) + 1 + OVERLAP


def is_ahead(ended_at: datetime) -> bool:
    """Whether a change is dated by a clock that was ahead: nobody would take a token dated after it."""
    return good_from(ended_at) > now().timestamp() + LEEWAY


class InvalidToken(Unauthorized):
    code = "invalid-token"
    title_fr = "Session expirée ou non valable"
    title_en = "Session expired or not valid"


class TokenSigner:
    """Signs with the first of `keys`; the others are older ones, still published for verification."""

    def __init__(self, keys: Sequence[OKPKey], *, issuer: str, audience: str = "maillage") -> None:
        if not keys:
            raise ValueError("a signer needs at least one private key")
        self._keys = list(keys)
        self._issuer = issuer
        self._audience = audience

    def sign(
        self,
        subject: UUID,
        *,
        roles: Iterable[str],
        region: str,
        scopes: Iterable[str] = (),
        lifetime: timedelta = LIFETIME,
        actor: UUID | None = None,
        session: UUID | None = None,
        ended_at: datetime | None = None,
    ) -> str:
        """A token for `subject`, good from now for `lifetime`; `actor` is who acts for her (RFC 8693),
        `session` the sign-in it comes from (`sid`), whose tokens can be ended alone.

        `ended_at`: when her earlier tokens were ended last; this one is told from them by its date.
        """
        issued = now()
        dated = int(issued.timestamp())
        if ended_at and not is_ahead(ended_at):
            dated = max(dated, good_from(ended_at))
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(subject),
            "roles": sorted(roles),
            "region": region,
            "scope": " ".join(sorted(scopes)),
            "iat": dated,
            "exp": int((issued + lifetime).timestamp()),
            "jti": str(new_id()),
            **({"act": {"sub": str(actor)}} if actor else {}),
            **({"sid": str(session)} if session else {}),
        }
        key = self._keys[0]
        header = {"alg": ALGORITHM, "typ": TYPE, "kid": str(key.kid)}
        return jwt.encode(header, claims, key, algorithms=[ALGORITHM])

    def jwks(self) -> dict[str, Any]:
        """The public keys as a JWKS document."""
        public = [key.as_dict(private=False) for key in self._keys]
        return {"keys": [{**key, "use": "sig", "alg": ALGORITHM} for key in public]}


class TokenVerifier:
    """Checks a token's signature and claims and says who the caller is."""

    def __init__(self, keys: KeySource, *, issuer: str, audience: str, leeway: int = LEEWAY) -> None:
        self.keys = keys
        self._issuer = issuer
        self._audience = audience
        self._leeway = leeway

    async def verify(self, token: str) -> Principal:
        """The caller. Raises InvalidToken when the token is not good, Unavailable when keys cannot be had."""
        signed = _read(token)
        key = await self.keys.key(_key_id(signed.headers()))
        if key is None:
            raise InvalidToken(reason="unknown key")
        claims = _signed_claims(signed, key)
        self._check_claims(claims)
        return _principal(claims)

    def _check_claims(self, claims: dict[str, Any]) -> None:
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != self._issuer or self._audience not in audiences:
            raise InvalidToken(reason="token for someone else")
        moment = now().timestamp()
        expires, issued = claims.get("exp"), claims.get("iat")
        if not isinstance(expires, (int, float)) or expires + self._leeway <= moment:
            raise InvalidToken(reason="expired")
        for start in (issued, claims.get("nbf", issued)):
            if not isinstance(start, (int, float)) or start - self._leeway > moment:
                raise InvalidToken(reason="not yet valid")


def _read(token: str) -> CompactSignature:
    """The parts of a token, nothing of them believed yet."""
    try:
        return jws.extract_compact(token.encode("ascii"))
    except (JoseError, ValueError) as error:
        raise InvalidToken(reason="malformed token") from error


def _key_id(header: dict[str, Any]) -> str:
    if header.get("alg") != ALGORITHM or str(header.get("typ", "")).lower() != TYPE:
        raise InvalidToken(reason="wrong kind of token")
    if not isinstance(header.get("kid"), str):
        raise InvalidToken(reason="unknown key")
    return str(header["kid"])


def _signed_claims(signed: CompactSignature, key: OKPKey) -> dict[str, Any]:
    try:
        if jws.validate_compact(signed, key, registry=_ONE_ALGORITHM):
            claims = json.loads(signed.payload)
            if isinstance(claims, dict):
                return claims
    except (JoseError, ValueError) as error:
        raise InvalidToken(reason="bad signature") from error
    raise InvalidToken(reason="bad signature")


def _principal(claims: dict[str, Any]) -> Principal:
    roles, region = claims.get("roles"), claims.get("region")
    if not isinstance(roles, list) or not isinstance(region, str):
        raise InvalidToken(reason="missing claims")
    if SERVICE in roles and len(set(roles)) > 1:
        raise InvalidToken(reason="a program is no person")
    try:
        subject, sid = UUID(str(claims.get("sub"))), claims.get("sid")
        session = None if sid is None else UUID(str(sid))
    except ValueError as error:
        raise InvalidToken(reason="missing claims") from error
    scopes = frozenset(str(claims.get("scope") or "").split())
    return Principal(
        subject,
        frozenset(map(str, roles)),
        region,
        scopes,
        until=float(claims["exp"]),
        since=float(claims["iat"]),
        actor=_actor(claims.get("act")),
        session=session,
    )


def _actor(claim: Any) -> UUID | None:
    """Who acts for the subject. Raises InvalidToken when somebody does and it does not say who."""
    if claim is None:
        return None
    try:
        return UUID(claim["sub"])
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise InvalidToken(reason="missing claims") from error
