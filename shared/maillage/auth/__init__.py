"""Who is calling: access tokens, their verification, and what routes ask of the caller."""

from maillage.auth.dependencies import (
    Admin,
    Animator,
    AnimatorOrService,
    Maybe,
    Signed,
    SignedOrService,
    require_self,
    require_self_or_animator,
)
from maillage.auth.ended import ends_tokens
from maillage.auth.keys import JwksKeys, KeySource, StaticKeys, generate_key
from maillage.auth.principal import ADMIN, ANIMATOR, COORDINATOR, READ, SERVICE, WRITE, Principal, scope_of
from maillage.auth.renewing import EndedTokensTable, end_tokens, ended_tokens
from maillage.auth.tokens import TokenSigner, TokenVerifier

__all__ = [
    "ADMIN",
    "ANIMATOR",
    "COORDINATOR",
    "READ",
    "SERVICE",
    "WRITE",
    "Admin",
    "Animator",
    "AnimatorOrService",
    "EndedTokensTable",
    "JwksKeys",
    "KeySource",
    "Maybe",
    "Principal",
    "Signed",
    "SignedOrService",
    "StaticKeys",
    "TokenSigner",
    "TokenVerifier",
    "end_tokens",
    "ended_tokens",
    "ends_tokens",
    "generate_key",
    "require_self",
    "require_self_or_animator",
    "scope_of",
]
