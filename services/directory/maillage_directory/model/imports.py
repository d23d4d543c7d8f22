"""A file that somebody brought, line by line: what each would do, and for a while what it holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.db import Json, Uuid, Versioned
from maillage.ids import new_id
from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from maillage_directory.model.base import Base

CHECKED, DONE, FORGOTTEN = "checked", "done", "forgotten"


class ImportFile(Versioned, Base):
    """A file that was checked, and perhaps confirmed. The file itself is never kept.

    `counts`: lines by outcome. After `keep_until` its lines and its name are gone; who brought it, when, and
    how many lines did what stays.
    """

    __tablename__ = "import_file"

    status: Mapped[str] = mapped_column(String(10), default=CHECKED)
    made_by: Mapped[UUID]
    name: Mapped[str | None] = mapped_column(String(100))
    form: Mapped[str] = mapped_column(String(4))
    encoding: Mapped[str | None] = mapped_column(String(10))
    separator: Mapped[str | None] = mapped_column(String(1))
    sheet: Mapped[str | None] = mapped_column(String(100))
    titles: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    ignored: Mapped[list[str]] = mapped_column(Json, default=list)
    unread_sheets: Mapped[list[str]] = mapped_column(Json, default=list)
    counts: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
    keep_until: Mapped[datetime]


class ImportLine(Base):
    """A line: its cells by column while they are needed, what it does or did, why it is refused.

    `email` and `search_name` are what an erasure finds her line by, whether it ever became a person or not.
    """

    __tablename__ = "import_line"
    __table_args__ = (UniqueConstraint("import_id", "number"),)

    id: Mapped[UUID] = mapped_column(Uuid(), primary_key=True, default=new_id)
    import_id: Mapped[UUID] = mapped_column(ForeignKey("import_file.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(String(10))
    cells: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    actions: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    email: Mapped[str | None] = mapped_column(String(254), index=True)
    search_name: Mapped[str | None] = mapped_column(String(250), index=True)
    cpts_id: Mapped[UUID | None]
    coordinator_id: Mapped[UUID | None] = mapped_column(index=True)
    position_id: Mapped[UUID | None]
