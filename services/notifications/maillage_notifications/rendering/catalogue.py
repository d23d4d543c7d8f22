"""The texts: one file per topic and language, its blocks rendered one by one.

Blocks: `title`, `body`, `action` (the button's words), `label` (its name among the preferences); `subject`
and `mail` where the mail says more than the inbox; `locked` says why a mandatory topic cannot be refused. A
name used and not given is an error (StrictUndefined), found by the test that renders every topic.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, Template, TemplateNotFound

from . import formats
from .formats import Language

PACKAGE = "maillage_notifications"
FRAME, CODES, UNSUBSCRIBE = "_mail", "_codes", "_unsubscribe"


class _Texts(BaseLoader):
    """Reads texts/<language>/<topic>.j2 and typesets it before Jinja sees it."""

    def __init__(self, lang: Language) -> None:
        self._lang: Language = lang

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Any]:
        path = files(PACKAGE) / "texts" / self._lang / f"{template}.j2"
        if not path.is_file():
            raise TemplateNotFound(template)
        return formats.typeset(path.read_text(encoding="utf-8"), self._lang), None, lambda: True


@cache
def texts(lang: Language) -> Environment:
    """The environment of one language. It makes plain text: mail.html.j2 escapes what becomes HTML."""
    environment = Environment(
        loader=_Texts(lang),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # see above
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        moment=partial(_moment, lang),
        day=lambda value: formats.day(value, lang),
        ordinal=lambda number, feminine=False: formats.ordinal(number, lang, feminine=feminine),
        listed=lambda words: formats.listed(list(words), lang),
        sentence=lambda text: formats.sentence(str(text)),
        de=lambda text: formats.de(str(text)),
    )
    environment.globals.update(
        lang=lang,
        code=partial(code, lang),
        codes=lambda kind, values: [words for value in values if (words := code(lang, kind, value))],
        topic_label=lambda topic: label(topic, lang),
    )
    return environment


def _moment(lang: Language, value: datetime | str, zone: Any = None) -> str:
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    return formats.moment(instant, lang, zone)


def template(topic: str, lang: Language) -> Template:
    return texts(lang).get_template(topic)


def has(topic: str, lang: Language, block: str) -> bool:
    return block in template(topic, lang).blocks


def say(topic: str, lang: Language, block: str, variables: dict[str, Any]) -> str:
    """One block's words, trimmed. Raises KeyError when the topic has no such block."""
    found = template(topic, lang)
    return "".join(found.blocks[block](found.new_context(variables))).strip()


def code(lang: Language, kind: str, value: str) -> str:
    """The words for a code in an event (a reason, a step); nothing for one that is not known here yet."""
    block = f"{kind}_{value.replace('-', '_')}"
    return say(CODES, lang, block, {}) if has(CODES, lang, block) else ""


def label(topic: str, lang: Language) -> str:
    """How the topic is called where people choose."""
    return say(topic, lang, "label", {})


def lock_reason(topic: str, lang: Language) -> str:
    """Why a mandatory topic cannot be refused."""
    return say(topic, lang, "locked", {})


@cache
def pages() -> Environment:
    """The environment of what becomes HTML: everything put in is escaped."""

    class Pages(BaseLoader):
        def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Any]:
            path = files(PACKAGE) / "rendering" / template
            return path.read_text(encoding="utf-8"), None, lambda: True

    return Environment(
        loader=Pages(), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
