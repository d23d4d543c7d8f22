"""Answers of the directory kept for as long as it says that they are the same.

It is asked at every visit, with the tags of what is kept: it decides what this visitor may see, and a tag
stands for the very same content. So nobody is shown what was kept for somebody who may see more.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from maillage_portal.api import Api
from maillage_portal.people import Json

T = TypeVar("T")
Question = tuple[tuple[str, str], ...]


class Kept(Generic[T]):
    """What was made of the answers of one path, by question and tag; the longest unasked goes first."""

    def __init__(self, path: str, make: Callable[[Any], T], most: int) -> None:
        self._path, self._make, self._most = path, make, most
        self._kept: OrderedDict[tuple[Question, str], T] = OrderedDict()

    async def ask(self, api: Api, asked: Json) -> T:
        """What this visitor may see under these parameters."""
        question = tuple(sorted((name, str(value)) for name, value in asked.items() if value))
        known = {tag: made for (kept, tag), made in self._kept.items() if kept == question}
        answer = await api.unless(list(known), "directory", self._path, **dict(question))
        if answer.status == 304 and answer.version not in known:  # whoever stands between us has changed it
            answer = await api.unless((), "directory", self._path, **dict(question))
        tag = answer.version
        made = known[tag] if answer.status == 304 and tag in known else self._make(answer.body)
        if tag is not None:
            self._keep((question, tag), made)
        return made

    def held(self, tag: str | None) -> T | None:
        """What was made of the answer without parameters that has this tag, as the directory just said."""
        return self._kept.get(((), tag)) if tag else None

    def _keep(self, key: tuple[Question, str], made: T) -> None:
        self._kept[key] = made
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
