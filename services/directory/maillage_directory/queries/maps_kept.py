"""Maps as they were sent, kept until something on them changes."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from pydantic_core import to_json

TAGS_KEPT = 1000
BYTES_KEPT = 8_000_000
"""Of maps, together; a region of a hundred CPTS has maps of 80,000. The tags of others stay known."""


@dataclass(frozen=True)
class Written:
    """A map as it is sent, and the tag of its content."""

    tag: str
    body: bytes = field(repr=False)


class Maps:
    """The answers by their question: what the map depends on (`map.fingerprint`) and its filters.

    `making` is held while one is made, so that it is made once for all who wait for it.
    """

    def __init__(self, most: int | None = None) -> None:
        """`most`: bytes kept, together."""
        self._most = most
        self.making = asyncio.Lock()
        self._tags: OrderedDict[Any, str] = OrderedDict()
        self._answers: OrderedDict[Any, Written] = OrderedDict()

    def tag(self, question: Any) -> str | None:
        """The tag of the answer to this question, if it was made and not forgotten."""
        if question in self._tags:
            self._tags.move_to_end(question)
        return self._tags.get(question)

    def kept(self, question: Any) -> Written | None:
        """The answer itself, if it is kept."""
        if question in self._answers:
            self._answers.move_to_end(question)
        return self._answers.get(question)

    def keep(self, question: Any, answer: Written) -> None:
        """Keep an answer; those asked for longest ago go."""
        self._tags[question], self._answers[question] = answer.tag, answer
        while len(self._tags) > TAGS_KEPT:
            self._tags.popitem(last=False)
        while sum(len(each.body) for each in self._answers.values()) > (self._most or BYTES_KEPT):
            self._answers.popitem(last=False)


def written(content: Any) -> Written:
    """Content as it is sent, if it is not written yet. Arithmetic over all of it: for a thread."""
    body = content if isinstance(content, bytes) else to_json(content)
    return Written(f'"{hashlib.sha256(body).hexdigest()[:24]}"', body)
