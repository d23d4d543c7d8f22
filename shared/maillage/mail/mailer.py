"""Sending: by SMTP, or into the local mailbox."""

from __future__ import annotations

import asyncio

import aiosmtplib
from prometheus_client import Counter

from maillage.mail.mailbox import Mailbox
from maillage.mail.message import Mail, PermanentMailError, TemporaryMailError, build_message
from maillage.settings import ServiceSettings

MAILS = Counter(
    "maillage_mails_total", "Mails handed over, put off (temporary) or given up (permanent)", ["outcome"]
)

TOO_LARGE = 552
"""What a server answers to a size announced that it does not take (RFC 1870)."""


class Mailer:
    """Sends mails the way the settings say."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self.mailbox = Mailbox(settings.mailbox_dir) if settings.has_mailbox else None

    async def send(self, mail: Mail) -> None:
        """Hands the mail over. Raises TemporaryMailError (try later) or PermanentMailError (never will)."""
        try:
            await self._hand_over(mail)
        except TemporaryMailError:
            MAILS.labels("temporary").inc()
            raise
        except PermanentMailError:
            MAILS.labels("permanent").inc()
            raise
        MAILS.labels("sent").inc()

    async def _hand_over(self, mail: Mail) -> None:
        message = build_message(mail, self._settings.mail_from)
        if self.mailbox is not None and self._settings.mail_transport == "mailbox":
            try:
                await asyncio.to_thread(self.mailbox.add, message)
            except OSError as error:
                raise TemporaryMailError("mailbox not writable") from error
            return
        settings = self._settings
        try:
            await aiosmtplib.send(
                message,
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                username=settings.smtp_user,
                password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
                use_tls=settings.smtp_tls == "tls",
                start_tls=settings.smtp_tls == "starttls",
                timeout=30,
            )
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPHeloError) as error:
            # Whatever it said, it said before it heard about this mail.
            raise TemporaryMailError(type(error).__name__) from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refusal(max(refused.code for refused in error.recipients)) from error
        except aiosmtplib.SMTPSenderRefused as error:
            # It says that of every mail of ours: an operator's to repair, unless it is this one's size.
            raise _refusal(error.code) if error.code == TOO_LARGE else _later(error.code) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise TemporaryMailError(type(error).__name__) from error


def _refusal(code: int) -> TemporaryMailError | PermanentMailError:
    # 5xx is the server's "never"; 535 and 530 (our own log-in) are repaired by an operator, not by giving up.
    if code >= 500 and code not in (530, 534, 535, 538):
        return PermanentMailError(f"smtp {code}")
    return _later(code)


def _later(code: int) -> TemporaryMailError:
    return TemporaryMailError(f"smtp {code}")
