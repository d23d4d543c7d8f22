"""A message as the inbox shows it."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Message
from ..topics import TOPICS
from . import catalogue
from .facts import Facts
from .formats import Language, sentence


@dataclass(frozen=True, slots=True)
class Shown:
    """Title, text and where it leads, in words."""

    title: str
    body: str
    action: str
    path: str


def show(message: Message, facts: Facts, lang: Language) -> Shown:
    """The words of one message in `lang`."""
    variables = facts.variables(message, lang)

    def say(block: str) -> str:
        return catalogue.say(message.topic, lang, block, variables)

    return Shown(sentence(say("title")), say("body"), say("action"), path_of(message))


def path_of(message: Message) -> str:
    """The portal's page the message leads to."""
    return TOPICS[message.topic].path.format(**message.params)
