"""The local mailbox: each mail a file, written whole or not at all, read and erased from here."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from itertools import takewhile
from pathlib import Path
from typing import Any
from uuid import UUID

from maillage.ids import new_id
from maillage.mail.message import ABOUT_HEADER

HALF_WRITTEN = 60.0  # seconds after which a file still being written belongs to nobody any more


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
    """The folder `directory`, made on first use.

    Files are named by UUIDv7, so that their names sort by arrival: that of the Message-ID when it is one,
    which makes a mail sent twice after a crash one file, else a new one.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def add(self, message: EmailMessage) -> str:
        """Writes the message and gives its name. After a crash there is the whole file or none."""
        self._directory.mkdir(parents=True, exist_ok=True)
        name = f"{_delivery_id(message) or new_id()}.eml"
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
        # Only a name the mailbox itself lists: nothing a caller writes becomes a path.
        return next((self._read(path) for path in self._paths() if path.name == name), None)

    def erase(self, about: Collection[UUID] = (), addresses: Iterable[str] = ()) -> int:
        """Deletes every mail about one of those persons or to one of those addresses; gives how many.

        One look at each mail, however many persons. What a crash left half written goes too: nobody can say
        whom it is about.
        """
        persons, known = frozenset(about), frozenset(address.casefold() for address in addresses)
        doomed = [path for path in self._paths() if _concerns(path, persons, known)]
        half_written = [path for path in self._directory.glob("*.part") if _age(path) > HALF_WRITTEN]
        for path in (*doomed, *half_written):
            overwrite(path)
        return len(doomed)

    def list(self) -> list[StoredMail]:
        """Every mail, newest first."""
        found = (self._read(path) for path in reversed(self._paths()))
        return [mail for mail in found if mail is not None]

    def _paths(self) -> Sequence[Path]:
        return sorted(self._directory.glob("*.eml")) if self._directory.is_dir() else []

    @staticmethod
    def _read(path: Path) -> StoredMail | None:
        try:
            content = path.read_bytes()
        except FileNotFoundError:  # erased between listing and reading
            return None
        if content[:1] in (b"", b"\0"):  # being erased just now: its bytes go before its name does
            return None
        message = message_from_bytes(content, policy=policy.SMTP)
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
            about=_about(message),
        )


def _concerns(path: Path, persons: frozenset[UUID], addresses: frozenset[str]) -> bool:
    headers = _headers(path)
    if headers is None:
        return False
    if not persons.isdisjoint(_about(headers)):
        return True
    return bool(addresses) and headers["To"].addresses[0].addr_spec.casefold() in addresses


def _headers(path: Path) -> Any:
    """What stands above its text, for a tenth of the work of it all; None for one that is going or gone."""
    try:
        with path.open("rb") as file:
            lines = list(takewhile(bytes.strip, file))
    except FileNotFoundError:
        return None
    if not lines or lines[0].startswith(b"\0"):
        return None
    return BytesHeaderParser(policy=policy.SMTP).parsebytes(b"".join(lines))


def _about(message: Any) -> frozenset[UUID]:
    return frozenset(map(UUID, str(message.get(ABOUT_HEADER, "")).split()))


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _delivery_id(message: EmailMessage) -> UUID | None:
    try:
        return UUID(str(message["Message-ID"]).strip("<>").partition("@")[0])
    except ValueError:
        return None


def _stored(part: EmailMessage) -> StoredAttachment:
    content = part.get_payload(decode=True)
    return StoredAttachment(part.get_filename() or "", part.get_content_type(), bytes(content or b""))


def overwrite(path: Path) -> None:
    """Deletes a file after its bytes, so that they are not left in the file system's free space."""
    try:
        with path.open("r+b") as file:
            file.write(b"\0" * path.stat().st_size)
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    path.unlink(missing_ok=True)
