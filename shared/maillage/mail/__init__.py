"""E-mail: one message, two ways out (SMTP, or a local mailbox that never leaves the machine)."""

from maillage.mail.mailbox import Mailbox, StoredAttachment, StoredMail
from maillage.mail.mailer import Mailer
from maillage.mail.message import Attachment, Mail, MailError, PermanentMailError, TemporaryMailError

__all__ = [
    "Attachment",
    "Mail",
    "MailError",
    "Mailbox",
    "Mailer",
    "PermanentMailError",
    "StoredAttachment",
    "StoredMail",
    "TemporaryMailError",
]
