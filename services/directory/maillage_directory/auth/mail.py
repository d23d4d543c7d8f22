"""The mails with a code, or about a change of address. They leave from here: no secret goes on the bus."""

from __future__ import annotations

import asyncio

import structlog
from maillage.mail import Mail, Mailer, PermanentMailError, TemporaryMailError

from maillage_directory.auth import letters
from maillage_directory.auth.codes import CodeToMail
from maillage_directory.auth.moving import Letter

log = structlog.get_logger(__name__)

PAUSES = (0.5, 2.0, 8.0)


async def mail_code(mailer: Mailer, wanted: CodeToMail) -> None:
    """Sends the code, trying a few times; who gets none asks again, so a failure is only logged."""
    subject, text = letters.written(
        "sign-in", wanted.language, code=_spaced(wanted.code), minutes=wanted.minutes
    )
    await _send(mailer, Mail(to=wanted.email, subject=subject, text=text, about=(wanted.account_id,)))


async def mail_letter(mailer: Mailer, letter: Letter, url: str) -> None:
    """Sends a mail about a change of address, as mail_code; `url` is where the portal stands."""
    values = {"code": _spaced(letter.code), "minutes": letter.minutes, "url": url}
    subject, text = letters.written(letter.kind, letter.language, **values)
    await _send(mailer, Mail(to=letter.to, subject=subject, text=text, about=(letter.account_id,)))


def _spaced(code: str) -> str:
    return f"{code[:3]} {code[3:]}"


async def _send(mailer: Mailer, mail: Mail) -> None:
    account_id = " ".join(map(str, mail.about))
    for pause in (*PAUSES, None):
        try:
            await mailer.send(mail)
            return
        except PermanentMailError as error:
            log.warning("code-not-mailed", account_id=account_id, reason=error.reason)
            return
        except TemporaryMailError as error:
            if pause is None:
                log.warning("code-not-mailed", account_id=account_id, reason=error.reason)
                return
            await asyncio.sleep(pause)
