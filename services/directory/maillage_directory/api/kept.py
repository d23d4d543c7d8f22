"""Answers that are the same for many until something changes: made once for all who wait, kept as sent.

A question holds all that its answer depends on, who is looking included (`queries.map.fingerprint`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from starlette.responses import Response

from maillage_directory.api.parts import private
from maillage_directory.queries.map_pieces import PiecesKept
from maillage_directory.queries.maps_kept import Maps, written
from maillage_directory.queries.situations import ToldByAll

SUMMARY_BYTES = 2_000_000
OVERVIEW_BYTES = 4_000_000


class Answers:
    """Answers of one kind."""

    def __init__(self, most: int | None = None) -> None:
        """`most`: bytes kept of them, together; by default as of maps."""
        self._kept = Maps() if most is None else Maps(most)

    def tag(self, question: Any) -> str | None:
        """The tag of the answer to this question, if it was made and not forgotten."""
        return self._kept.tag(question)

    async def answer(
        self, request: Request, question: Any, make: Callable[[], Awaitable[Any]], media_type: str
    ) -> Response:
        """The answer, or 304 when the caller holds it already."""
        held, tag = request.headers.get("if-none-match", ""), self._kept.tag(question)
        if tag is None or tag not in held:
            async with self._kept.making:  # whoever waited for another's finds it made
                answer = self._kept.kept(question)
                if answer is None:
                    answer = await asyncio.to_thread(written, await make())
                    self._kept.keep(question, answer)
            tag = answer.tag
            if tag not in held:
                return Response(answer.body, media_type=media_type, headers=private(tag))
        return Response(status_code=304, headers=private(tag))


@dataclass
class KeptHere:
    """What one application keeps of its database."""

    maps: Answers = field(default_factory=Answers)
    pieces: PiecesKept = field(default_factory=PiecesKept)
    summaries: Answers = field(default_factory=lambda: Answers(SUMMARY_BYTES))
    overviews: Answers = field(default_factory=lambda: Answers(OVERVIEW_BYTES))
    told: ToldByAll = field(default_factory=ToldByAll)


def kept(request: Request) -> KeptHere:
    """What this application keeps."""
    state = request.app.state
    if not hasattr(state, "kept"):
        state.kept = KeptHere()
    here: KeptHere = state.kept
    return here
