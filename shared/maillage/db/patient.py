"""A session that lets new rows gather: what is added one by one is written together."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session


class PatientSession(Session):
    """Asking for a row by its key writes what is pending first only if that could change the answer.

    SQLAlchemy writes before each question. A handler of events that looks for a row and adds it when it is
    not there, a hundred times in a transaction, would insert them one by one.
    """

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """As Session.get."""
        if not self.autoflush or self._may_matter(entity, ident):
            return super().get(entity, ident, **options)
        with self.no_autoflush:
            return super().get(entity, ident, **options)

    def _may_matter(self, entity: Any, ident: Any) -> bool:
        if self.deleted or self.dirty or isinstance(ident, dict):
            return True
        mapper = inspect(entity).mapper
        key = ident if isinstance(ident, tuple) else (ident,)
        return any(
            isinstance(each, mapper.class_) and tuple(mapper.primary_key_from_instance(each)) == key
            for each in self.new
        )
