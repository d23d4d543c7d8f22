"""Who is calling: access tokens, their verification, and what routes ask of the caller."""

from maillage.auth.dependencies import (
    Admin,
    Animator,
    Maybe,
    Signed,
    require_self,
    require_self_or_animator,
)
from maillage.auth.keys import JwksKeys, KeySource, StaticKeys, generate_key
from maillage.auth.principal import ADMIN, ANIMATOR, COORDINATOR, SERVICE, Principal
from maillage.auth.tokens import TokenSigner, TokenVerifier

__all__ = [
    "ADMIN",
    "ANIMATOR",
    "COORDINATOR",
    "SERVICE",
    "Admin",
    "Animator",
    "JwksKeys",
    "KeySource",
    "Maybe",
    "Principal",
    "Signed",
    "StaticKeys",
    "TokenSigner",
    "TokenVerifier",
    "generate_key",
    "require_self",
    "require_self_or_animator",
]
