"""A mail as the services describe it, and how it becomes a message no header can be smuggled into."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.errors import HeaderParseError, MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from uuid import UUID

from maillage.clock import now

ABOUT_HEADER = "Maillage-About"


class MailError(Exception):
    """A mail could not be sent. `reason`: a short word or SMTP status, without any address."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TemporaryMailError(MailError):
    """It may go through later: try again."""


class PermanentMailError(MailError):
    """It will never go through as it is: do not try again."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to attach; `media_type` such as `text/calendar; method=REQUEST`."""

    filename: str
    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person.

    `about`: ids of everyone the mail is about or mentions, so that an erasure finds it.
    `message_id`: stable for one delivery, so that a second attempt is recognised; made up when None.
    """

    to: str
    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    about: tuple[UUID, ...] = ()
    message_id: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def build_message(mail: Mail, sender: str) -> EmailMessage:
    """The RFC 5322 message. Raises PermanentMailError for an address or header that cannot be written."""
    try:
        return _build(mail, sender)
    except (ValueError, TypeError, IndexError, HeaderParseError, MessageError) as error:
        raise PermanentMailError("unwritable message") from error


def _build(mail: Mail, sender: str) -> EmailMessage:
    for value in (mail.to, mail.subject, sender, mail.message_id or "", *mail.headers.values()):
        if any(mark in value for mark in "\r\n\0"):
            raise PermanentMailError("line break in a header")
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = Address(addr_spec=mail.to)
    # The standard folding loses the space between two encoded words (CPython 3.11): written whole instead.
    charset = "us-ascii" if mail.subject.isascii() else "utf-8"
    message.set_raw("Subject", Header(mail.subject, charset, header_name="Subject").encode())
    message["Date"] = format_datetime(now())
    domain = message["From"].addresses[0].domain
    message["Message-ID"] = mail.message_id or make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"
    if mail.about:
        message[ABOUT_HEADER] = " ".join(map(str, mail.about))
    for name, value in mail.headers.items():
        message[name] = value
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    for attachment in mail.attachments:
        _attach(message, attachment)
    return message


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    kind, *parameters = [part.strip() for part in attachment.media_type.split(";")]
    if not re.fullmatch(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+", kind):
        raise PermanentMailError("bad media type")
    maintype, _, subtype = kind.partition("/")
    message.add_attachment(
        attachment.content, maintype=maintype, subtype=subtype, filename=attachment.filename
    )
    part = list(message.iter_attachments())[-1]
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        part.set_param(name.strip(), value.strip())
