"""A page of the documentation as the tests read it: its fenced blocks, its links, its code spans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
_FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_EXPECTED = re.compile(r"^# -> (.*)$", re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, the line it begins on."""

    language: str
    text: str
    line: int

    @property
    def expected(self) -> list[str]:
        """What its output must contain: the comment lines `# -> …`."""
        return _EXPECTED.findall(self.text)

    @property
    def commands(self) -> list[str]:
        """The command lines of a console block: those after `$ `, continued lines joined."""
        joined = self.text.replace("\\\n", " ")
        return [line[2:] for line in joined.splitlines() if line.startswith("$ ")]


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT)) if self.path.is_relative_to(ROOT) else self.path.name

    def blocks(self, *languages: str) -> list[Block]:
        """Its fenced blocks in these languages, in order."""
        return [
            Block(found[1], dedent(found[2]), self.text.count("\n", 0, found.start()) + 1)
            for found in _FENCE.finditer(self.text)
            if found[1] in languages
        ]

    @property
    def prose(self) -> str:
        """The page without its fenced blocks."""
        return _FENCE.sub("", self.text)

    def spans(self) -> list[str]:
        """What stands between backticks in the prose."""
        return _SPAN.findall(self.prose)

    def commands(self) -> Iterator[str]:
        """Every command line it names: in console blocks, and in spans that begin with a program."""
        for block in self.blocks("console"):
            yield from block.commands
        yield from (span for span in self.spans() if span.startswith(("make ", "maillage ")))

    def links(self) -> list[str]:
        """The targets of its links and pictures."""
        return _LINK.findall(self.prose)

    def anchors(self) -> set[str]:
        """The names its headings are reached by."""
        return {
            re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in _HEADING.findall(self.prose)
        }
