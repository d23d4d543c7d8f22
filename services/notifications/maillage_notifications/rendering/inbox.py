"""A message as the inbox shows it."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from jinja2 import TemplateError

from ..model import Message
from ..topics import TOPICS
from . import catalogue
from .facts import Facts
from .formats import Language, sentence

log = structlog.get_logger("maillage.notifications.rendering")


@dataclass(frozen=True, slots=True)
class Shown:
    """Title, text and where it leads, in words."""

    title: str
    body: str
    action: str
    path: str


def show(message: Message, facts: Facts, lang: Language) -> Shown:
    """The words of one message in `lang`.

    One that cannot be put into words (its parameters are of another version) shows its topic's name: a single
    message must not take the whole inbox with it.
    """
    try:
        variables = facts.variables(message, lang)
        title, body, action = (
            catalogue.say(message.topic, lang, block, variables) for block in ("title", "body", "action")
        )
    except (TemplateError, LookupError, ValueError):
        log.exception("unreadable message", message_id=str(message.id), topic=message.topic)
        title, body, action = catalogue.label(message.topic, lang), "", ""
    return Shown(sentence(title), body, action, path_of(message))


def path_of(message: Message) -> str:
    """The portal's page the message leads to."""
    return TOPICS[message.topic].path.format(**message.params)
