"""Each service's declarative base, carrying the kit's own tables beside the service's.

A service writes, in its model.py (the class form is the one type checkers follow):

    class Base(ServiceBase, DeclarativeBase):
        \"\"\"The directory's tables.\"\"\"

`make_base()` gives the same for code that needs no static types.
"""

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Integer, MetaData, Table, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from maillage import clock
from maillage.db.types import Json, UTCDateTime
from maillage.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint gets a name of its own: SQLite's batch migrations can only change what is named."""

BUILDERS = ("maillage.events.tables", "maillage.http.idempotency")
"""Modules with `build(metadata)`, which adds their tables; imported late, since they import this package."""


class KitTables:
    """The kit's tables in one service's metadata, by name: `Base.kit.outbox`."""

    outbox: Table
    inbox: Table
    timer: Table
    consumer_mark: Table
    idempotency: Table

    def __init__(self, tables: Mapping[str, Table]) -> None:
        vars(self).update(tables)


def _build_kit(metadata: MetaData) -> KitTables:
    for name in BUILDERS:
        try:
            module = import_module(name)
        except ModuleNotFoundError as missing:
            if not (missing.name and name.startswith(missing.name)):
                raise
            continue
        module.build(metadata)
    return KitTables(dict(metadata.tables))


class ServiceBase:
    """Mixed into a service's declarative base: named constraints, UTC times, JSON, the kit's tables."""

    metadata: ClassVar[MetaData]
    kit: ClassVar[KitTables]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if DeclarativeBase not in cls.__bases__:
            super().__init_subclass__(**kwargs)
            return
        cls.metadata = MetaData(naming_convention=NAMING)
        cls.type_annotation_map = {  # type: ignore[attr-defined]  # read by DeclarativeBase
            datetime: UTCDateTime(),
            UUID: Uuid(),
            dict[str, Any]: Json,
            list[str]: Json,
        }
        super().__init_subclass__(**kwargs)
        cls.kit = _build_kit(cls.metadata)


def make_base() -> Any:
    """A fresh declarative base with its own metadata and the kit's tables in it."""

    class Base(ServiceBase, DeclarativeBase):
        """One service's tables."""

    return Base


class Versioned:
    """An aggregate's row: UUIDv7 id, version counted by SQLAlchemy from 1, UTC times of making and change.

    A stale write raises sqlalchemy.orm.exc.StaleDataError, which the kit's HTTP layer answers as 412.
    """

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=new_id)
    version: Mapped[int] = mapped_column(Integer())
    created_at: Mapped[datetime] = mapped_column(UTCDateTime(), default=clock.now)
    updated_at: Mapped[datetime] = mapped_column(
        UTCDateTime(), default=clock.now, onupdate=clock.now, index=True
    )

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}
