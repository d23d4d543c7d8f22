"""What has to be known before people are told something, asked for in one question for all of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from maillage.db import among, listed
from sqlalchemy import CompoundSelect, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from .model import Erased, Message, Preference


@dataclass(frozen=True, slots=True)
class Known:
    """Of the people and keys that were asked about: who is erased, who has chosen, which keys are taken."""

    erased: set[UUID] = field(default_factory=set)
    choosy: set[UUID] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)


def what_is_known(session: Session, people: Collection[UUID], keys: Collection[str]) -> Known:
    """Ask for it. Writes nothing first: rows that wait in `session` are not looked at."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        found = connection.execute(_prepared(), {"people": list(people), "keys": list(keys)})
    else:
        of = among(session, Erased.id, people), among(session, Preference.id, people)
        found = connection.execute(_asking(*of, among(session, Message.key, keys)))
    known = Known()
    for kind, person, key in found:
        if kind == "key":
            known.keys.add(key)
        else:
            (known.erased if kind == "erased" else known.choosy).add(person)
    return known


@cache
def _prepared() -> CompoundSelect[Any]:
    people = listed("people", Erased.id), listed("people", Preference.id)
    return _asking(*people, listed("keys", Message.key))


def _asking(erased: Any, choosy: Any, taken: Any) -> CompoundSelect[Any]:
    no_person, no_key = cast(null(), Erased.id.type), cast(null(), Message.key.type)
    return union_all(
        select(literal("erased").label("kind"), Erased.id, no_key.label("key")).where(erased),
        select(literal("choosy"), Preference.id, no_key).where(choosy),
        select(literal("key"), no_person, Message.key).where(taken),
    )
