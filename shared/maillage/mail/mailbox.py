"""The local mailbox: each mail a file, written whole or not at all, read and erased from here."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from uuid import UUID

from maillage.ids import new_id
from maillage.mail.message import ABOUT_HEADER


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail of the mailbox, `name` being its file."""

    name: str
    to: str
    subject: str
    sent_at: datetime
    text: str
    html: str | None
    attachments: tuple[StoredAttachment, ...]
    about: frozenset[UUID]


class Mailbox:
    """The folder `directory`, made on first use. Files are named by UUIDv7: their names sort by arrival."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def add(self, message: EmailMessage) -> str:
        """Writes the message and gives its name. After a crash there is the whole file or none."""
        self._directory.mkdir(parents=True, exist_ok=True)
        name = f"{new_id()}.eml"
        handle, temporary = tempfile.mkstemp(dir=self._directory, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).rename(self._directory / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        return name

    def get(self, name: str) -> StoredMail | None:
        """The mail of that name, None when there is none."""
        path = self._directory / name
        if Path(name).name != name or path.suffix != ".eml" or not path.is_file():
            return None
        return self._read(path)

    def erase(self, about_id: UUID | None = None, addresses: Iterable[str] = ()) -> int:
        """Deletes every mail about that person or to one of those addresses; gives how many."""
        known = {address.casefold() for address in addresses}
        erased = 0
        for path in self._paths():
            mail = self._read(path)
            if about_id in mail.about or mail.to.casefold() in known:
                overwrite(path)
                erased += 1
        return erased

    def list(self) -> list[StoredMail]:
        """Every mail, newest first."""
        return [self._read(path) for path in reversed(self._paths())]

    def _paths(self) -> Sequence[Path]:
        return sorted(self._directory.glob("*.eml")) if self._directory.is_dir() else []

    @staticmethod
    def _read(path: Path) -> StoredMail:
        message = message_from_bytes(path.read_bytes(), policy=policy.SMTP)
        text = message.get_body(("plain",))
        html = message.get_body(("html",))
        return StoredMail(
            name=path.name,
            to=message["To"].addresses[0].addr_spec,
            subject=str(message["Subject"]),
            sent_at=parsedate_to_datetime(message["Date"]),
            text=text.get_content() if text else "",
            html=html.get_content() if html else None,
            attachments=tuple(map(_stored, message.iter_attachments())),
            about=frozenset(map(UUID, str(message.get(ABOUT_HEADER, "")).split())),
        )


def _stored(part: EmailMessage) -> StoredAttachment:
    content = part.get_payload(decode=True)
    return StoredAttachment(part.get_filename() or "", part.get_content_type(), bytes(content or b""))


def overwrite(path: Path) -> None:
    """Deletes a file after its bytes, so that they are not left in the file system's free space."""
    with path.open("r+b") as file:
        file.write(b"\0" * path.stat().st_size)
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
