"""A service's revisions as their files declare them, read without running them.

A service that only has to know whether its database is up to date needs no migration tool in its memory:
Alembic is imported where a schema is changed, and nowhere else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from maillage.db.phases import CONTRACT, Applied


@dataclass(frozen=True, slots=True)
class Lineage:
    """The revisions of one package of migrations, and those of them that no other one follows."""

    revisions: dict[str, Applied]
    heads: frozenset[str]


def lineage(package: str) -> Lineage:
    """What the files of `package` ("maillage_directory.migrations") declare.

    A revision that says nothing of its phase is taken to contract. Raises ValueError for a file that does not
    say plainly which revision it is and which one it follows.
    """
    revisions: dict[str, Applied] = {}
    followed: set[str] = set()
    for said in _declarations(package):
        name, before = said["revision"], said["down_revision"] or ()
        revisions[name] = Applied(name, said.get("phase", CONTRACT), said.get("follows"))
        followed.update([before] if isinstance(before, str) else before)
    return Lineage(revisions, frozenset(revisions) - followed)


def _declarations(package: str) -> Iterator[dict[str, Any]]:
    for each in files(package).joinpath("versions").iterdir():
        if each.name.endswith(".py") and each.name != "__init__.py":
            said = _constants(each.read_text(encoding="utf-8"))
            if not {"revision", "down_revision"} <= said.keys():
                raise ValueError(f"{package}: {each.name} does not say plainly which revision it is")
            yield said


def _constants(source: str) -> dict[str, Any]:
    """The plain values that a module gives to names, by name."""
    found: dict[str, Any] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                found.update(_pairs(target, node.value))
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            found.update(_pairs(node.target, node.value))
    return found


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Any]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its in zip(target.elts, value.elts, strict=True):
            yield from _pairs(one, its)
    elif isinstance(target, ast.Name):
        with suppress(ValueError):  # not a plain value: none of a revision's words
            yield target.id, ast.literal_eval(value)
