"""The mail that carries a sign-in code. It leaves from the directory: a secret never goes on the bus."""

from __future__ import annotations

import asyncio

import structlog
from maillage.mail import Mail, Mailer, PermanentMailError, TemporaryMailError

from maillage_directory.auth.codes import CodeToMail

log = structlog.get_logger(__name__)

PAUSES = (0.5, 2.0, 8.0)
SUBJECTS = {"fr": "{code} : votre code de connexion Maillage", "en": "{code}: your Maillage sign-in code"}
BODIES = {
    "fr": (
        "Bonjour,\n\n"
        "Votre code de connexion à Maillage :\n\n    {code}\n\n"
        "Il est valable {minutes} minutes et ne sert qu’une fois.\n"
        "Personne de l’équipe ne vous le demandera jamais.\n\n"
        "Vous n’avez pas demandé ce code ? Ignorez ce message : sans lui, personne ne peut entrer.\n\n"
        "Maillage, le réseau d’entraide des coordinatrices et coordinateurs de CPTS\n"
    ),
    "en": (
        "Hello,\n\n"
        "Your sign-in code for Maillage:\n\n    {code}\n\n"
        "It is good for {minutes} minutes and works once.\n"
        "Nobody of the team will ever ask you for it.\n\n"
        "You did not ask for this code? Ignore this message: without it, nobody can get in.\n\n"
        "Maillage, the mutual-aid network of CPTS coordinators\n"
    ),
}


async def mail_code(mailer: Mailer, wanted: CodeToMail) -> None:
    """Sends the code, trying a few times; who gets none asks again, so a failure is only logged."""
    language = wanted.language if wanted.language in SUBJECTS else "fr"
    spaced = f"{wanted.code[:3]} {wanted.code[3:]}"
    mail = Mail(
        to=wanted.email,
        subject=SUBJECTS[language].format(code=spaced),
        text=BODIES[language].format(code=spaced, minutes=wanted.minutes),
        about=(wanted.account_id,),
    )
    for pause in (*PAUSES, None):
        try:
            await mailer.send(mail)
            return
        except PermanentMailError as error:
            log.warning("code-not-mailed", account_id=str(wanted.account_id), reason=error.reason)
            return
        except TemporaryMailError as error:
            if pause is None:
                log.warning("code-not-mailed", account_id=str(wanted.account_id), reason=error.reason)
                return
            await asyncio.sleep(pause)
