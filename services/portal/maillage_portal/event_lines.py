"""Server-sent events as text: where their lines end, and how a text becomes one line of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

LINE_ENDS = re.compile(r"\r\n|\r|\n")
"""What ends a line in an event stream, and nothing else does (HTML Living Standard, 9.2.5)."""


async def lines(pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    """The stream's whole lines as they come; httpx's end at U+2028 and U+0085 too, which data may hold."""
    rest = ""
    async for piece in pieces:
        rest += piece
        held = "\r" if rest.endswith("\r") else ""  # its LF may be at the beginning of the next piece
        *whole, rest = LINE_ENDS.split(rest.removesuffix(held))
        rest += held
        for line in whole:
            yield line


def one_line(text: str) -> str:
    """The text with a space for each end of a line."""
    return LINE_ENDS.sub(" ", text)
