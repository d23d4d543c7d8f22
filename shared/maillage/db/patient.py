"""A session for many small changes in one transaction: rows gather, and those foreseen are read together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Select, event, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from maillage.db.many import among, listed

_ABSENT = "maillage.absent"
_HELD = "maillage.held"
_PENDING = "maillage.pending"


@dataclass
class _Pending:
    """Rows that wait to be written: by identity, and those that have no key yet."""

    keys: set[Any] = field(default_factory=set)
    without_key: list[Any] = field(default_factory=list)

    def add(self, row: Any) -> None:
        key = _identity_of(row)
        if None in key[1]:
            self.without_key.append(row)
        else:
            self.keys.add(key)

    def __contains__(self, key: Any) -> bool:
        late = (row for row in self.without_key if isinstance(row, key[0]))
        return key in self.keys or any(_identity_of(row) == key for row in late)


class PatientSession(Session):
    """Asking for a row by its key writes what is pending first only if that could change the answer.

    SQLAlchemy writes before each question. A handler of events that looks for a row and adds it when it is
    not there, a hundred times in a transaction, would insert them one by one.
    """

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """As Session.get; a row that `foresee` did not find is not asked for again."""
        if any(options.values()) or not self.autoflush or isinstance(ident, dict):
            return super().get(entity, ident, **options)
        key = _identity(entity, ident)
        if key in self.identity_map or self._is_pending(key):
            return super().get(entity, ident)
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
        if self.get_bind().dialect.name == "postgresql":
            rows = self.scalars(_of_these(entity), {"these": list(wanted)})
        else:
            rows = self.scalars(select(entity).where(among(self, getattr(entity, name), wanted)))
        found = list(rows)
        self.info.setdefault(_HELD, []).extend(found)
        here = {getattr(row, name) for row in found}
        self.info.setdefault(_ABSENT, set()).update((entity, ident) for ident in wanted - here)
        return found

    def at_hand(self, entity: Any, ident: Any) -> tuple[Any] | None:
        """What `get` would give without a question, in a tuple of one; None when it has to ask."""
        key = _identity(entity, ident)
        if (row := self.identity_map.get(key)) is not None:
            return None if inspect(row).expired_attributes else (row,)
        absent = (entity, ident) in self.info.get(_ABSENT, ())
        return (None,) if absent and not self._is_pending(key) else None

    def _is_pending(self, key: Any) -> bool:
        """Whether a row of this identity waits to be written."""
        pending = self.info.get(_PENDING)
        if pending is None:
            pending = self.info[_PENDING] = _Pending()
            for row in self.new:
                pending.add(row)
        return key in pending

    def rollback(self) -> None:
        """As Session.rollback; what was foreseen is forgotten."""
        self._forget()
        super().rollback()

    def commit(self) -> None:
        """As Session.commit; what was foreseen is forgotten."""
        self._forget()
        super().commit()

    def _forget(self) -> None:
        for name in (_ABSENT, _HELD):
            self.info.pop(name, None)


class PatientAsyncSession(AsyncSession):
    """A PatientSession's rows for asynchronous code; those at hand are not worth a switch of greenlets."""

    sync_session_class = PatientSession

    async def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """As AsyncSession.get."""
        session, plain = self.sync_session, not any(options.values()) and not isinstance(ident, dict)
        found = session.at_hand(entity, ident) if plain and isinstance(session, PatientSession) else None
        if found is not None:
            return found[0]
        return await super().get(entity, ident, **options)


@event.listens_for(PatientSession, "transient_to_pending")
def _waits(session: PatientSession, row: Any) -> None:
    if (pending := session.info.get(_PENDING)) is not None:
        pending.add(row)


@event.listens_for(PatientSession, "pending_to_transient")
def _waits_no_more(session: PatientSession, _row: Any) -> None:
    """It was taken out, or its savepoint undone."""
    session.info.pop(_PENDING, None)


@event.listens_for(PatientSession, "after_flush")
def _are_there_now(session: PatientSession, _context: Any) -> None:
    """What was foreseen to be absent and has been written is not absent any more."""
    session.info.pop(_PENDING, None)
    if absent := session.info.get(_ABSENT):
        written = list(session.new)
        absent.difference_update((type(each), _ident(each)) for each in written)
        session.info.setdefault(_HELD, []).extend(written)


def _ident(row: Any) -> Any:
    key = tuple(getattr(row, name) for name in _key_names(row.__class__))
    return key[0] if len(key) == 1 else key


def _identity(entity: Any, ident: Any) -> Any:
    return inspect(entity).mapper.identity_key_from_primary_key(
        ident if isinstance(ident, tuple) else (ident,)
    )


def _identity_of(row: Any) -> Any:
    return inspect(row).mapper.identity_key_from_instance(row)


@cache
def _of_these(entity: Any) -> Select[Any]:
    """The rows whose keys are given as `these`, on PostgreSQL."""
    (name,) = _key_names(entity)
    return select(entity).where(listed("these", getattr(entity, name)))


@cache
def _key_names(entity: Any) -> tuple[str, ...]:
    mapper = inspect(entity).mapper
    return tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)
