"""A message as a mail: plain text and HTML from one source, in the house's look, with no picture to fetch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlparse
from uuid import UUID

from maillage.mail import Attachment, Mail

from .. import ics
from ..model import Message
from ..topics import TOPICS
from . import catalogue, markup
from .facts import Facts, SeminarView
from .formats import COLON, Language, sentence
from .inbox import path_of


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where a mail goes and from whom. `unsubscribe`: its refusal page, None when mandatory.

    `organizer`: the address calendars show, the same as in the events service's files.
    """

    to: str
    sender: str
    public_url: str
    region: str
    organizer: str
    unsubscribe: str | None = None


def compose(
    message: Message, facts: Facts, lang: Language, envelope: Envelope, about: tuple[UUID, ...] = ()
) -> Mail:
    """The mail of a message, with its calendar entry if it has one. `about`: everyone it mentions."""
    variables = facts.variables(message, lang)
    title = sentence(catalogue.say(message.topic, lang, "title", variables))
    subject = _say_or(message.topic, lang, "subject", variables, title)
    body = _say_or(message.topic, lang, "mail", variables, "")
    blocks = markup.parse(body or catalogue.say(message.topic, lang, "body", variables))
    frame = _frame(message, lang, variables, envelope)
    shown = {
        **frame,
        "title": title,
        "blocks": blocks,
        "action": sentence(catalogue.say(message.topic, lang, "action", variables)),
        "url": envelope.public_url + path_of(message),
    }
    return Mail(
        to=envelope.to,
        subject=sentence(subject),
        text=_text(shown),
        html=catalogue.pages().get_template("mail.html.j2").render(**shown),
        attachments=_attachments(message, facts, variables, shown, envelope),
        about=(message.recipient_id, *about),
        message_id=message_id(message, envelope.sender),
        headers=_headers(envelope),
    )


def message_id(message: Message, sender: str) -> str:
    """The same at each attempt, so that a mail sent twice after a crash is recognised as one."""
    domain = sender.rpartition("@")[2].strip("<> ") or "maillage"
    return f"<{message.id}@{domain}>"


def _say_or(topic: str, lang: Language, block: str, variables: dict[str, Any], default: str) -> str:
    return catalogue.say(topic, lang, block, variables) if catalogue.has(topic, lang, block) else default


def _frame(message: Message, lang: Language, variables: dict[str, Any], envelope: Envelope) -> dict[str, Any]:
    given = {
        **variables,
        "topic_label": catalogue.label(message.topic, lang),
        "host": urlparse(envelope.public_url).netloc,
    }
    names = ("greeting", "signature", "why", "preferences", "refuse")
    words = {name: catalogue.say(catalogue.FRAME, lang, name, given) for name in names}
    return {
        **words,
        "colon": COLON[lang],
        "lang": lang,
        "preferences_url": f"{envelope.public_url}/preferences",
        "refuse_url": envelope.unsubscribe,
    }


def _text(shown: dict[str, Any]) -> str:
    parts = [
        shown["greeting"],
        markup.plain(shown["blocks"], shown["colon"]),
        f"{shown['action']}{shown['colon'].rstrip(' ')}\n{shown['url']}",
        shown["signature"],
        "-- ",
        f"{shown['why']}\n{shown['preferences']}{shown['colon']}{shown['preferences_url']}",
    ]
    if shown["refuse_url"]:
        parts[-1] += f"\n{shown['refuse']}{shown['colon']}{shown['refuse_url']}"
    return "\n\n".join(parts) + "\n"


def _headers(envelope: Envelope) -> dict[str, str]:
    if envelope.unsubscribe is None:
        return {}
    return {
        "List-Unsubscribe": f"<{envelope.unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _attachments(
    message: Message, facts: Facts, variables: dict[str, Any], shown: dict[str, Any], envelope: Envelope
) -> tuple[Attachment, ...]:
    seminar, method = variables.get("seminar"), message.params.get("method")
    if not TOPICS[message.topic].calendar or method is None or not isinstance(seminar, SeminarView):
        return ()
    registration_id = message.params["registration_id"]
    registration = facts.registration(UUID(registration_id))
    content = ics.entry(
        method=method,
        uid=ics.uid(registration_id, envelope.region),
        sequence=message.params["calendar_sequence"],
        seminar=seminar,
        workshop_ids=registration.workshop_ids if registration else [],
        organizer=envelope.organizer,
        attendee=envelope.to,
        url=shown["url"],
    )
    return (Attachment("seminaire.ics", content, f"text/calendar; method={method}; charset=utf-8"),)
