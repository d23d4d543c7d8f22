"""The demo's mail server: takes every mail by SMTP and keeps it in the local mailbox. Nothing ever leaves."""

import asyncio
import signal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope
from maillage.mail import Mailbox

LARGEST = 10_000_000


class Keeper:
    """aiosmtpd's handler: a mail is acknowledged once it is on the disk."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        """Keep one mail; what is not a mail with a receiver and a date could not be shown later."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = message_from_bytes(content, policy=policy.SMTP)
        if not isinstance(message, EmailMessage) or not (message["To"] and message["Date"]):
            return "554 5.6.0 Not a mail with To and Date"
        try:
            await asyncio.to_thread(self._mailbox.add, message)
        except OSError:
            return "452 4.3.1 The mailbox cannot be written"
        return "250 2.0.0 Kept"


async def run(folder: Path, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    loop = asyncio.get_running_loop()
    keeper = Keeper(Mailbox(folder))
    server = await loop.create_server(
        lambda: SMTP(keeper, data_size_limit=LARGEST, hostname="maillage", loop=loop), host, port
    )
    over = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, over.set)
    async with server:
        await over.wait()
