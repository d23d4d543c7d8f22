"""What the provider signed: id tokens, and userinfo where it comes as a JWT. Only asymmetric algorithms.

Checked as OpenID Connect Core 3.1.3.7 asks: signature by a published key, issuer, audience, authorised party,
times within the leeway, and the nonce of this very flow.
"""

from __future__ import annotations

from typing import Any, Protocol

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry
from maillage import clock

from maillage_directory.errors import SignInFailed
from maillage_directory.oidc_settings import OidcSettings

ALGORITHMS = [f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)] + ["Ed25519"]


class Keys(Protocol):
    """The provider's published keys."""

    async def key(self, kid: str) -> Key | None: ...


async def verify_id_token(settings: OidcSettings, keys: Keys, token: Any, nonce: str) -> dict[str, Any]:
    """The claims of an id token made for this flow. Raises SignInFailed, saying in the log what is wrong."""
    claims = await _signed(keys, token)
    client = settings.oidc_client_id
    asked = settings.oidc_acr_values.split()
    required: dict[str, ClaimsOption] = {
        "iss": {"essential": True, "value": settings.oidc_issuer},
        "aud": {"essential": True, "value": client},
        "sub": {"essential": True},
        "exp": {"essential": True},
        "iat": {"essential": True},
        "nonce": {"essential": True, "value": nonce},
        "azp": {"value": client},
    }
    if asked:
        required["acr"] = {"essential": True, "values": asked}
    _check(settings, claims, required)
    return claims


async def verify_userinfo(settings: OidcSettings, keys: Keys, token: str) -> dict[str, Any]:
    """The claims of a signed userinfo answer; issuer and audience are checked where it has them."""
    claims = await _signed(keys, token)
    named: dict[str, ClaimsOption] = {
        "iss": {"value": settings.oidc_issuer},
        "aud": {"value": settings.oidc_client_id},
        "sub": {"essential": True},
    }
    _check(settings, claims, named)
    return claims


async def _signed(keys: Keys, token: Any) -> dict[str, Any]:
    if not isinstance(token, str):
        raise SignInFailed(reason="no token")
    try:
        header = jws.extract_compact(token.encode("ascii")).headers()
        key = await keys.key(str(header.get("kid", "")))
        if key is None:
            raise SignInFailed(reason="unknown key")
        return dict(jwt.decode(token, key, algorithms=ALGORITHMS).claims)
    except (JoseError, ValueError) as error:
        raise SignInFailed(reason="bad signature") from error


def _check(settings: OidcSettings, claims: dict[str, Any], required: dict[str, ClaimsOption]) -> None:
    moment = int(clock.now().timestamp())
    registry = JWTClaimsRegistry(now=moment, leeway=settings.oidc_leeway_seconds, **required)
    try:
        registry.validate(claims)
    except JoseError as error:
        raise SignInFailed(reason=f"claims: {error.error} {getattr(error, 'claim', '')}".strip()) from error
