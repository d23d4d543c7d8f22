"""The demo's mail server: what is acknowledged is in the mailbox, and what is no mail is refused."""

import asyncio
import smtplib
import time
from email.message import EmailMessage
from email.utils import localtime
from pathlib import Path

import pytest
from maillage.mail import Mailbox
from maillage.testing.processes import free_port
from maillage_operator.sink import run


def a_mail() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "bonjour@maillage.example", "camille@exemple.fr", "Bonjour"
    mail["Date"] = localtime()
    mail.set_content("À bientôt")
    return mail


async def test_a_mail_is_kept_and_nonsense_refused(tmp_path: Path) -> None:
    port = free_port()
    serving = asyncio.create_task(run(tmp_path, "127.0.0.1", port))

    def send(content: str | EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            if isinstance(content, EmailMessage):
                client.send_message(content)
            else:
                client.sendmail("a@exemple.fr", ["b@exemple.fr"], content)

    try:
        await asyncio.to_thread(until_listening, port)
        await asyncio.to_thread(send, a_mail())
        with pytest.raises(smtplib.SMTPDataError, match="Not a mail"):
            await asyncio.to_thread(send, "nothing a reader could show")
    finally:
        serving.cancel()
    (kept,) = Mailbox(tmp_path).list()
    assert (kept.to, kept.subject) == ("camille@exemple.fr", "Bonjour")
    assert "À bientôt" in kept.text


def until_listening(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            smtplib.SMTP("127.0.0.1", port, timeout=60).quit()
        except OSError:
            assert time.monotonic() < deadline, "the mail server does not listen"
            time.sleep(0.02)
        else:
            return
