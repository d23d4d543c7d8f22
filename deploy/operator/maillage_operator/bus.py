"""Writes nats-server's configuration for containers, from the topology and the secret files."""

import os
from pathlib import Path

from maillage.events.streams import installed_services
from maillage.operating import OperatorSettings
from maillage.secrecy import refuse_unsafe

CONFIGURATION = """\
# Written by `maillage bus configure` at each start: changes are lost.
server_name: maillage
listen: "0.0.0.0:4222"
http: "0.0.0.0:8222"
max_payload: 1MB
authorization {{ users: [
{users}
] }}
jetstream {{
  store_dir: "/bus/store"
  # By default an acknowledged message may be up to two minutes from the disk.
  sync_interval: always
}}
"""


def configure(folder: Path) -> Path:
    """Write `nats.conf` below the folder; its path. Raises UnsafeSecret, and OSError for a missing file."""
    settings = OperatorSettings()
    names = sorted([*(str(service.name) for service in installed_services()), "operator"])
    passwords = {name: secret(name) for name in names}
    refuse_unsafe(settings.environment, **{f"bus-{name}": password for name, password in passwords.items()})
    users = "\n".join(f'  {{ user: {name}, password: "{password}" }}' for name, password in passwords.items())
    path = folder / "nats.conf"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(CONFIGURATION.format(users=users))
    return path


def secret(name: str) -> str:
    """The password of a user of the bus."""
    folder = Path(os.environ.get("MAILLAGE_SECRETS_DIR", "/run/secrets"))
    return (folder / f"bus-{name}").read_text(encoding="utf-8").strip()
