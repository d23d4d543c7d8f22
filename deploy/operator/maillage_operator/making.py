"""Makes the secrets of an installation, as the files that the containers are given."""

import json
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

from maillage.auth.keys import generate_key
from maillage.events.streams import installed_services, topology
from maillage.nats import READER, users
from maillage.nats.folder import secret_name

Make = Callable[[], bytes]


def make_secrets(folder: Path, region: str) -> Iterator[tuple[str, bool]]:
    """Make what is missing; each file's name, and whether it was made now. What is there is left as it is.

    A container reads a file through its mount, under a user of its own: so the files are readable, and the
    folder around them lets only its owner in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / "issuer").mkdir(exist_ok=True)
    for name, make in wanted(region):
        path = folder / name
        missing = not path.exists()
        if missing:
            path.write_bytes(make())
            path.chmod(0o444)
        yield name, missing


def wanted(region: str) -> Iterator[tuple[str, Make]]:
    """The secrets of an installation by file name, and how each is made."""
    for name in sorted({"postgres", READER, *(str(service.name) for service in installed_services())}):
        yield f"database-{name}", _password
    for user in users(topology(region)):
        yield secret_name(user.name), _password
    yield "portal-session", lambda: secrets.token_hex(32).encode()
    yield "issuer/signing-0001.json", lambda: json.dumps(generate_key().as_dict(private=True)).encode()
    yield "issuer/hmac.key", lambda: secrets.token_bytes(32)
    yield "smtp", lambda: b""  # whoever runs the mail server makes this one


def _password() -> bytes:
    return secrets.token_urlsafe(32).encode()
