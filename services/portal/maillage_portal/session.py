"""The browser's session: the tokens, encrypted in one cookie, so that the portal stores nothing."""

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, field, replace
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from maillage_portal.settings import PortalSettings

MAX_AGE = 30 * 24 * 3600
_HEADER = {"alg": "dir", "enc": "A256GCM"}


@dataclass(frozen=True)
class Session:
    """What the cookie holds. `sid` is random, and binds form tokens to this browser."""

    sid: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    access: str | None = None
    refresh: str | None = None
    expires_at: float = 0
    email: str | None = None
    """The address typed at step one of the sign-in; gone once signed in."""
    flow: str | None = None
    """A sign-in under way at the provider, sealed by the directory; this cookie binds it to the browser."""
    target: str | None = None
    """The page to go to after it."""
    linking: bool = False
    """Whether it links the account of who is signed in, instead of signing in."""
    flash: str | None = None
    """Code of a message to show once, on the next page."""

    @property
    def signed_in(self) -> bool:
        return self.refresh is not None

    @property
    def stale(self) -> bool:
        """Whether the access token is (nearly) over and must be refreshed before use."""
        return self.expires_at - time.time() < 20

    def with_tokens(self, answer: dict[str, Any]) -> "Session":
        """The session after the issuer handed out `answer` (a token response)."""
        expires_at = time.time() + float(answer["expires_in"])
        return replace(
            self, access=answer["access_token"], refresh=answer["refresh_token"], expires_at=expires_at
        )


class SessionCookies:
    """Reads and writes the session cookie."""

    def __init__(self, settings: PortalSettings) -> None:
        self._key = OctKey.import_key(_load_key(settings))
        self._secure = settings.secure
        self.name = "__Host-maillage" if settings.secure else "maillage"

    def read(self, cookies: dict[str, str]) -> Session | None:
        """The session of a request; None when there is none, or none that this portal has written."""
        value = cookies.get(self.name)
        if not value:
            return None
        try:
            plaintext = jwe.decrypt_compact(value, self._key, algorithms=["dir", "A256GCM"]).plaintext
            return Session(**json.loads(plaintext or b"{}"))
        except (JoseError, ValueError, TypeError):
            return None

    def write(self, session: Session | None) -> str:
        """The `Set-Cookie` header that stores `session`, or removes it when None."""
        value, age = "", 0
        if session is not None:
            kept = {name: item for name, item in asdict(session).items() if item}
            value, age = jwe.encrypt_compact(_HEADER, json.dumps(kept), self._key), MAX_AGE
        cookie: SimpleCookie = SimpleCookie({self.name: value})
        morsel = cookie[self.name]
        morsel.update({"path": "/", "max-age": str(age), "samesite": "Lax"})
        morsel["httponly"], morsel["secure"] = True, self._secure
        return morsel.OutputString()


def _load_key(settings: PortalSettings) -> bytes:
    if settings.session_key is not None:
        return bytes.fromhex(settings.session_key.get_secret_value())
    path = Path(settings.keys_dir) / "portal-session.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(path.read_text(encoding="ascii").strip())
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return bytes.fromhex(path.read_text(encoding="ascii"))
