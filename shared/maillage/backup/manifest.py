"""What a backup says of itself: what is in it, of when, and by which checksums it is whole."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

FORMAT = 1
NAME = "manifest.json"


class NotWhole(Exception):
    """A backup that cannot be used; the text, for people, says which part and why."""


class Part(BaseModel):
    """A file of the backup."""

    model_config = ConfigDict(frozen=True)

    path: str
    size: int
    sha256: str


class DatabasePart(Part):
    """A service's database. `rows` by table, for the comparison after a restore."""

    service: str
    dialect: Literal["sqlite", "postgresql"]
    server: str
    revision: str
    rows: dict[str, int]


class StreamPart(Part):
    """A stream as JetStream's snapshot: `config` and `state` as the server gave them, consumers by name.

    `created`: by what the databases' marks know this stream's numbers.
    """

    name: str
    created: str
    config: dict[str, Any]
    state: dict[str, Any]
    consumers: list[str]


class Manifest(BaseModel):
    """The table of contents. `started_at`: nothing in the backup is older than that moment."""

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    region: str
    version: str
    started_at: datetime
    taken_at: datetime
    pause_seconds: float
    databases: list[DatabasePart]
    streams: list[StreamPart]
    copies: list[dict[str, Any]]
    keys: list[Part]

    def parts(self) -> list[Part]:
        """Every file there should be."""
        return [*self.databases, *self.streams, *self.keys]


def part_of(root: Path, path: Path) -> dict[str, Any]:
    """The fields of `Part` for a file below `root`."""
    return {
        "path": str(path.relative_to(root)),
        "size": path.stat().st_size,
        "sha256": _sha256(path),
    }


def write(root: Path, manifest: Manifest) -> None:
    """Write it down, last of all: a folder without one is no backup."""
    (root / NAME).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")


def read(root: Path) -> Manifest:
    """The manifest of a backup whose every file is there and unchanged. Raises NotWhole."""
    try:
        manifest = Manifest.model_validate_json((root / NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotWhole(f"{root} n'est pas une sauvegarde de Maillage : {NAME} manque.") from None
    except (ValidationError, UnicodeDecodeError, IsADirectoryError) as error:
        raise NotWhole(f"{NAME} est illisible ({error.__class__.__name__}).") from None
    if manifest.format != FORMAT:
        raise NotWhole(
            f"Sauvegarde au format {manifest.format}, cette version lit le format {FORMAT} : "
            "restaurez avec la version qui l'a faite, puis mettez à jour."
        )
    for part in manifest.parts():
        _verify(root, part)
    return manifest


def _verify(root: Path, part: Part) -> None:
    path = (root / part.path).resolve()
    if not path.is_relative_to(root.resolve()):
        raise NotWhole(f"{part.path} sort du dossier de la sauvegarde.")
    if not path.is_file():
        raise NotWhole(f"{part.path} manque dans la sauvegarde.")
    if path.stat().st_size != part.size or _sha256(path) != part.sha256:
        raise NotWhole(f"{part.path} a changé depuis la sauvegarde (somme de contrôle).")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
