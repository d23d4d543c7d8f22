"""Where a backup lies: a folder, or one tar file. It appears whole or not at all, for its owner only."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maillage.backup.manifest import NotWhole

SUFFIX = ".tar"
_PART = r"(?!\.{1,2}(?:/|$))[\w.@+-]{1,120}"
NAME = re.compile(rf"{_PART}(?:/{_PART}){{0,5}}")
"""What the parts of a backup are called: nothing that leads anywhere."""
UNREADABLE = (
    tarfile.TarError,
    EOFError,
    ValueError,
    LookupError,
    OverflowError,
    FileExistsError,
    IsADirectoryError,
    NotADirectoryError,
)
"""How tarfile says that an archive is damaged, or is none, where the disk is not to blame."""


@contextmanager
def writing(target: Path) -> Iterator[Path]:
    """A folder to fill, which becomes the backup `target` when the block ends well, and vanishes otherwise.

    Raises FileExistsError when there is something at `target` already.
    """
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise FileExistsError(f"{target} existe déjà : une sauvegarde n'en remplace jamais une autre.")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))  # mode 0700
    old = os.umask(0o077)
    try:
        yield draft
        _settle(draft)
        if target.suffix == SUFFIX:
            _pack(draft, target)
        else:
            draft.rename(target)
    finally:
        os.umask(old)
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def reading(source: Path) -> Iterator[Path]:
    """The backup as a folder; a tar file is unpacked beside itself meanwhile. Raises NotWhole."""
    if source.is_dir():
        yield source
        return
    if not source.exists():
        raise NotWhole(f"{source} n'existe pas.")
    with tempfile.TemporaryDirectory(prefix=f".{source.name}.", dir=source.parent) as folder:
        try:
            with tarfile.open(source, "r:") as packed:
                packed.extractall(folder, filter=_plain)  # noqa: S202  # stricter than the filter "data"
        except UNREADABLE as error:
            raise NotWhole(
                f"{source} n'est pas une archive tar lisible ({error}). Chiffrée ? Déchiffrez-la d'abord."
            ) from None
        yield Path(folder)


def _plain(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo:
    """Files and folders of ours only: no link, no device, and for their owner. Raises TarError."""
    if not (member.isreg() or member.isdir()) or not NAME.fullmatch(member.name):
        raise tarfile.ReadError(f"{member.name[:80]!r} n'est d'aucune sauvegarde")
    safe = tarfile.data_filter(member, folder)
    return safe.replace(mode=0o700 if safe.isdir() else 0o600, mtime=int(time.time()), deep=False)


def _pack(draft: Path, target: Path) -> None:
    packing = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with packing.open("xb") as file:
            with tarfile.open(fileobj=file, mode="w") as packed:
                for path in sorted(draft.rglob("*")):
                    packed.add(path, arcname=str(path.relative_to(draft)), recursive=False)
            file.flush()
            os.fsync(file.fileno())
        packing.rename(target)
    finally:
        packing.unlink(missing_ok=True)


def _settle(draft: Path) -> None:
    """On the disk, and readable by nobody else."""
    for path in draft.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
