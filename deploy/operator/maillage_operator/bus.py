"""Writes nats-server's configuration for containers, from the installed services and the secret files."""

from pathlib import Path

from maillage.events.streams import topology
from maillage.nats import Listeners, Tls, server_configuration, users
from maillage.nats.folder import LEAF_PORT, Folder, read_passwords, secret_name, write_text
from maillage.operating import OperatorSettings
from maillage.secrecy import refuse_unsafe

STORE = "/bus/store"


def configure(folder: Path, secrets: Path, regions: Path | None, tls: Tls | None) -> Path:
    """Write `nats.conf` into the folder; its path. `regions`: the folder of the regions linked to this one.

    Raises UnsafeSecret for a password that production must not have, FileNotFoundError for a missing one.
    """
    settings = OperatorSettings()
    doors = Folder(regions).doors() if regions else {}
    wanted = topology(settings.region, peers=sorted({*settings.peer_regions, *doors}))
    passwords = read_passwords(secrets, [user.name for user in users(wanted)])
    refuse_unsafe(settings.environment, **{secret_name(name): value for name, value in passwords.items()})
    leaf = f"0.0.0.0:{LEAF_PORT}" if doors else None
    listeners = Listeners(
        name="maillage",
        monitor="0.0.0.0:8222",
        store=STORE,
        tls=tls,
        leaf=leaf,
        leaf_tls=tls if leaf else None,
    )
    path = folder / "nats.conf"
    write_text(path, server_configuration(wanted, listeners, passwords, doors))
    return path
