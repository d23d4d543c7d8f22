"""One sign-in under way at the provider. It is sealed and kept by the caller, so nothing is stored here.

The seal holds what the answer must match: the state the browser brings back, the nonce in the id token, the
PKCE verifier for the code. It says too what the sign-in is for: entering, or linking an account.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict, dataclass, field
from uuid import UUID

from maillage import clock

from maillage_directory.auth.keys import IssuerKeys
from maillage_directory.errors import SignInFailed

PURPOSE = "oidc-flow"
LIFETIME_SECONDS = 900
"""Time to find a smart card, a telephone and a forgotten password."""


def _random() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Flow:
    """`expires`: seconds since 1970. `account`: whose account is being linked; None for a sign-in."""

    expires: int
    account: str | None = None
    state: str = field(default_factory=_random)
    nonce: str = field(default_factory=_random)
    verifier: str = field(default_factory=_random)


def begin(account: UUID | None = None) -> Flow:
    """A new flow with fresh secrets."""
    expires = int(clock.now().timestamp()) + LIFETIME_SECONDS
    return Flow(expires, str(account) if account else None)


def seal(keys: IssuerKeys, flow: Flow) -> str:
    """The flow for its caller to keep, readable only here."""
    return keys.seal(PURPOSE, asdict(flow))


def resume(keys: IssuerKeys, sealed: str, state: str, account: UUID | None = None) -> Flow:
    """The flow that an answer belongs to. Raises SignInFailed for another state, purpose, or time."""
    kept = keys.unseal(PURPOSE, sealed)
    if kept is None:
        raise SignInFailed(reason="flow not ours")
    flow = Flow(**kept)
    if not hmac.compare_digest(flow.state.encode(), state.encode()):
        raise SignInFailed(reason="another state")
    if flow.expires <= clock.now().timestamp():
        raise SignInFailed(reason="flow expired")
    if flow.account != (str(account) if account else None):
        raise SignInFailed(reason="flow for another purpose")
    return flow
