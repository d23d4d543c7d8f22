"""Where a house keeps what it knows of the regions linked to it: `regions.json` and passwords beside it.

The embedded house's data folder is one; for containers it is a folder that the setup step is given.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

LEAF_PORT = 7422


@dataclass(frozen=True, slots=True)
class Link:
    """One linked region. `since`: the day it was added. `services`: who publishes there, for its leaf."""

    region: str
    since: str
    services: list[str]


@dataclass(slots=True)
class Links:
    """The linked regions. `listen`: where leaves are awaited; `url`: how they find that from outside."""

    listen: str = f"127.0.0.1:{LEAF_PORT}"
    url: str = f"nats-leaf://127.0.0.1:{LEAF_PORT}"
    links: list[Link] = field(default_factory=list)

    @property
    def regions(self) -> list[str]:
        """Their codes, sorted."""
        return sorted(link.region for link in self.links)

    def find(self, region: str) -> Link | None:
        """The link to that region, None when there is none."""
        return next((link for link in self.links if link.region == region), None)


@dataclass(frozen=True)
class Folder:
    """The folder. Files with passwords are for their owner only."""

    root: Path

    @property
    def file(self) -> Path:
        """The list of links."""
        return self.root / "regions.json"

    @property
    def peers_env(self) -> Path:
        """The services' setting, as an environment file for containers."""
        return self.root / "peers.env"

    def package(self, region: str) -> Path:
        """The folder of files made for the other region's people."""
        return self.root / "regions" / region

    def read(self) -> Links:
        """The links; none when the file is absent. Raises ValueError when it cannot be read."""
        try:
            said = json.loads(self.file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Links()
        try:
            return Links(said["listen"], said["url"], [Link(**each) for each in said["links"]])
        except (KeyError, TypeError) as error:
            raise ValueError(f"{self.file}: not a list of regions ({error})") from error

    def write(self, links: Links) -> None:
        """Keep the links, and the setting that follows from them."""
        self.root.mkdir(parents=True, exist_ok=True)
        write_text(self.file, json.dumps(asdict(links), indent=2, ensure_ascii=False) + "\n")
        write_text(self.peers_env, f"MAILLAGE_PEER_REGIONS={','.join(links.regions)}\n")

    def secret_file(self, user: str) -> Path:
        """Where a user's password lies."""
        return self.root / "secrets" / secret_name(user)

    def password(self, user: str) -> str:
        """The password of a user, or of a region's leaf, made at its first use (mode 0600)."""
        path = self.secret_file(user)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii").strip()
        value = secrets.token_urlsafe(32)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(value)
        return value

    def doors(self) -> dict[str, str]:
        """The leaf password of each linked region."""
        return {region: self.password(region) for region in self.read().regions}


def secret_name(user: str) -> str:
    """The file name of a password: `bus-directory`, `bus-fr-occ`."""
    return f"bus-{user}"


def read_passwords(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The passwords in a folder of secrets, as container platforms mount it.

    Raises FileNotFoundError naming the ones that are missing.
    """
    wanted = list(names)
    missing = [secret_name(name) for name in wanted if not (folder / secret_name(name)).is_file()]
    if missing:
        raise FileNotFoundError(f"{folder} : il manque {', '.join(missing)}")
    return {name: (folder / secret_name(name)).read_text(encoding="utf-8").strip() for name in wanted}


def write_text(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace a file in one step, so that whoever reads it finds the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    draft.replace(path)
