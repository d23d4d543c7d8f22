"""Unmistakable values: one token per place where a person may write, in a payload that attacks who shows it.

A token is found by a plain search of any output; around it stands what would run, break out of an attribute,
end a script or be computed by a template, were it not escaped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

TOKEN = re.compile(r"zq(\d{3})x")
SHORT = "zq{n:03d}x\"'><svg/onload=__xss({n})></script><img src=x onerror=__xss({n})>{{{{7*7}}}}"
LONG = (
    SHORT
    + "\n[lien](javascript:__xss({n})) <a href='javascript:__xss({n})'>ici</a> <iframe srcdoc=x></iframe>"
    " <style>body{{display:none}}</style> <!-- %(nom)s {{0}} ${{7*7}} <%= 7*7 %>\nBEGIN:VEVENT"
)
ADDRESS = "zq{n:03d}x'&{{{{7*7}}}}@exemple.fr"
PHONE = "06 39 98 {n:04d}"


@dataclass(frozen=True)
class Mark:
    """One value that somebody wrote. `owner` and `field`: of whose profile, else `readers`: who may read it.

    `readers` holds ids; None means that it is written for everybody, as a seminar's title is. Animators read
    what is written to the collective (`animators`).
    """

    token: str
    value: str
    place: str
    owner: str | None = None
    field: str | None = None
    readers: frozenset[str] | None = None
    animators: bool = True


class Marks:
    """Makes marks and remembers them."""

    def __init__(self) -> None:
        self.by_token: dict[str, Mark] = {}
        self._next = 0

    def make(self, place: str, longest: int = 10_000, shape: str | None = None, **facts: Any) -> Mark:
        """A value for `place` of at most `longest` characters."""
        self._next += 1
        shape = shape or (LONG if longest > 400 else SHORT)
        value = shape.format(n=self._next)
        assert len(value) <= longest, f"{place}: no room for a payload in {longest} characters"
        token = re.sub(r"\D", "", value) if shape == PHONE else f"zq{self._next:03d}x"
        mark = Mark(token, value, place, **facts)
        self.by_token[token] = mark
        return mark

    def found_in(self, text: str) -> set[Mark]:
        """The marks that this text shows anything of; telephone numbers however they are written."""
        seen = {f"zq{number}x" for number in TOKEN.findall(text)}
        digits = re.sub(r"(?:\+33|%2B33)\s?6", "06", text)
        digits = re.sub(r"(?<=\d)(?:[ .\u00a0\u202f-]|%20|&nbsp;)(?=\d)", "", digits)
        seen |= set(re.findall(r"0639980\d{3}", digits))
        return {self.by_token[token] for token in seen if token in self.by_token}
