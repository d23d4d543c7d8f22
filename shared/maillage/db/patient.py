"""A session for many small changes in one transaction: rows gather, and those foreseen are read together."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from maillage.db.many import among

_ABSENT = "maillage.absent"
_HELD = "maillage.held"


class PatientSession(Session):
    """Asking for a row by its key writes what is pending first only if that could change the answer.

    SQLAlchemy writes before each question. A handler of events that looks for a row and adds it when it is
    not there, a hundred times in a transaction, would insert them one by one.
    """

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """As Session.get; a row that `foresee` did not find is not asked for again."""
        if any(options.values()) or not self.autoflush or self._is_new(entity, ident):
            return super().get(entity, ident, **options)
        if (entity, ident) in self.info.get(_ABSENT, ()):
            return None
        if self.deleted or self.dirty:
            return super().get(entity, ident)
        with self.no_autoflush:
            return super().get(entity, ident)

    def foresee(self, entity: Any, idents: Iterable[Any]) -> list[Any]:
        """Read the rows of these keys (of one column) in one question; they stay known until the end.

        A row that somebody else adds meanwhile is not seen: adding it again is refused by the database.
        """
        (name,) = _key_names(entity)
        wanted = set(idents)
        found = list(self.query(entity).filter(among(self, getattr(entity, name), wanted)))
        self.info.setdefault(_HELD, []).extend(found)
        here = {getattr(row, name) for row in found}
        self.info.setdefault(_ABSENT, set()).update((entity, ident) for ident in wanted - here)
        return found

    def _is_new(self, entity: Any, ident: Any) -> bool:
        """Whether such a row waits to be written (or, asked for in another way, might)."""
        if isinstance(ident, dict):
            return True
        names = _key_names(entity)
        key = ident if isinstance(ident, tuple) else (ident,)
        return any(
            isinstance(each, entity) and tuple(each.__dict__.get(name) for name in names) == key
            for each in self.new
        )

    def rollback(self) -> None:
        """As Session.rollback; what was foreseen is forgotten."""
        self._forget()
        super().rollback()

    def commit(self) -> None:
        """As Session.commit; what was foreseen is forgotten."""
        self._forget()
        super().commit()

    def _forget(self) -> None:
        self.info.pop(_ABSENT, None)
        self.info.pop(_HELD, None)


@event.listens_for(PatientSession, "after_flush")
def _are_there_now(session: PatientSession, _context: Any) -> None:
    """What was foreseen to be absent and has been written is not absent any more."""
    if absent := session.info.get(_ABSENT):
        written = list(session.new)
        absent.difference_update((type(each), _ident(each)) for each in written)
        session.info.setdefault(_HELD, []).extend(written)


def _ident(row: Any) -> Any:
    key = tuple(getattr(row, name) for name in _key_names(row.__class__))
    return key[0] if len(key) == 1 else key


@cache
def _key_names(entity: Any) -> tuple[str, ...]:
    mapper = inspect(entity).mapper
    return tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)
