"""The issuer's secrets, as files of their own: the signing keys and the key of all HMACs.

Made at the first start. To rotate, add a signing key whose name sorts last: it signs from the next start on,
while the others stay published until they are removed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, OKPKey
from maillage.auth import TokenSigner, generate_key
from maillage.secrecy import refuse_unsafe

from maillage_directory.settings import DirectorySettings

SIGNING = "signing-*.json"
FIRST_SIGNING = "signing-0001.json"
HMAC_KEY = "hmac.key"
SEAL = {"alg": "dir", "enc": "A256GCM"}


class IssuerKeys:
    """The secrets of one folder, which is made, readable by its owner only, when it is not there."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(folder / FIRST_SIGNING, lambda: json.dumps(generate_key().as_dict(private=True)).encode())
        _make(folder / HMAC_KEY, lambda: secrets.token_bytes(32))
        files = sorted(folder.glob(SIGNING), reverse=True)
        self.signing = [OKPKey.import_key(json.loads(file.read_text(encoding="utf-8"))) for file in files]
        self._secret = (folder / HMAC_KEY).read_bytes()

    def signer(self, settings: DirectorySettings) -> TokenSigner:
        """Signs access tokens as the issuer these settings name."""
        return TokenSigner(self.signing, issuer=settings.issuer, audience=settings.audience)

    def refuse_unsafe(self, environment: str) -> None:
        """Raise UnsafeSecret when the keys are the demo's and the environment is production."""
        refuse_unsafe(environment, **{HMAC_KEY: self._secret})
        refuse_unsafe(environment, **{f"signing {key.kid}": str(key.kid) for key in self.signing})

    def mac(self, purpose: str, *parts: bytes) -> bytes:
        """An HMAC of the parts, different for each purpose; parts cannot be shifted into one another."""
        message = b"".join(len(part).to_bytes(4, "big") + part for part in (purpose.encode(), *parts))
        return hmac.digest(self._secret, message, hashlib.sha256)

    def seal(self, purpose: str, content: dict[str, Any]) -> str:
        """`content` encrypted for ourselves: somebody else can keep it, and neither read nor change it."""
        return jwe.encrypt_compact(SEAL, json.dumps(content), self._sealing(purpose))

    def unseal(self, purpose: str, sealed: str) -> dict[str, Any] | None:
        """What was sealed for that purpose; None when this is not our seal."""
        try:
            opened = jwe.decrypt_compact(sealed, self._sealing(purpose), algorithms=list(SEAL.values()))
            content: dict[str, Any] = json.loads(opened.plaintext or b"")
        except (JoseError, ValueError):
            return None
        return content

    def _sealing(self, purpose: str) -> OctKey:
        return OctKey.import_key(self.mac("seal", purpose.encode()))


class OwnKeys:
    """The issuer verifies tokens with its own keys: no call to itself."""

    def __init__(self, settings: DirectorySettings) -> None:
        if settings.environment == "production":
            issuer_keys(settings)  # refused now rather than at the first token
        self._settings = settings

    async def key(self, kid: str) -> OKPKey | None:
        """The key named `kid`, or None."""
        keys = issuer_keys(self._settings).signing
        return next((key for key in keys if key.kid == kid), None)


def issuer_keys(settings: DirectorySettings) -> IssuerKeys:
    """The secrets in the settings' folder, read once. Raises UnsafeSecret for the demo's in production."""
    keys = _read(settings.keys_folder.absolute())
    keys.refuse_unsafe(settings.environment)
    return keys


@cache
def _read(folder: Path) -> IssuerKeys:
    return IssuerKeys(folder)


def _make(path: Path, content: Callable[[], bytes]) -> None:
    """Writes the file unless it exists; of two processes starting at once, one wins and both read its."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
