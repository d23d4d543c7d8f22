"""Archives that somebody has changed: refused in words before a restore, and nothing leaves its folder."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from maillage.backup import manifest
from maillage.backup.archive import reading
from maillage.backup.manifest import NotWhole


def packed(folder: Path, name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Path:
    source = folder / "backup.tar"
    with tarfile.open(source, "w") as tar:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname, entry.mode = kind, link, 0o7777
        tar.addfile(entry, io.BytesIO(b""))
    return source


@pytest.mark.parametrize(
    ("name", "kind", "link"),
    [
        ("../outside", tarfile.REGTYPE, ""),
        ("/etc/outside", tarfile.REGTYPE, ""),
        (".", tarfile.REGTYPE, ""),
        ("x" * 300, tarfile.REGTYPE, ""),
        ("keys/a", tarfile.SYMTYPE, "manifest.json"),
        ("keys/a", tarfile.LNKTYPE, "nowhere"),
        ("keys/a", tarfile.FIFOTYPE, ""),
        ("manifest.json", tarfile.DIRTYPE, ""),
    ],
)
def test_what_no_backup_of_ours_holds_is_refused(tmp_path: Path, name: str, kind: bytes, link: str) -> None:
    source = packed(tmp_path, name, kind, link)
    with pytest.raises(NotWhole), reading(source) as root:
        manifest.read(root)
    assert list(tmp_path.iterdir()) == [source]


def test_what_is_unpacked_is_its_owners_alone(tmp_path: Path) -> None:
    with reading(packed(tmp_path, "databases/events.db")) as root:
        assert (root / "databases/events.db").stat().st_mode & 0o7777 == 0o600
