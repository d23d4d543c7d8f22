"""An import as it is answered: how the file was read, what each line would do or did."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

LineOutcome = Literal["create", "update", "unchanged", "refused"]
Entity = Literal["cpts", "coordinator", "position"]


class ColumnOut(BaseModel):
    """A column a list may have, with its title in the reader's language."""

    name: str
    entity: Entity
    title: str
    help: str
    example: str


class ColumnList(BaseModel):
    """Every column, in the order of the model file; a list needs those it uses, in any order."""

    items: list[ColumnOut]


class ReadColumn(BaseModel):
    """A column of the file that was recognised: its title there, and which column it is."""

    title: str
    name: str


class ImportCounts(BaseModel):
    """Lines by outcome. `erased`: deleted since because somebody they named asked to be erased."""

    create: int = 0
    update: int = 0
    unchanged: int = 0
    refused: int = 0
    erased: int = 0


class ImportOut(BaseModel):
    """A file that was checked. `checked`: nothing is done yet; `done`: confirmed, every line that was not
    refused is in the directory; `forgotten`: its lines were deleted before that.
    """

    id: UUID
    status: Literal["checked", "done", "forgotten"]
    made_by: UUID
    created_at: datetime
    confirmed_by: UUID | None
    confirmed_at: datetime | None
    keep_until: datetime = Field(description="when its lines are deleted")
    file_name: str | None
    form: Literal["csv", "xlsx"]
    encoding: str | None
    separator: str | None
    sheet: str | None
    columns: list[ReadColumn]
    ignored: list[str] = Field(description="titles of columns that nothing is read from")
    unread_sheets: list[str]
    counts: ImportCounts
    version: int


class LineReason(BaseModel):
    """Why a line is refused: in which column (by name and by its title in the file), what was there, what to
    do. Without a column the whole line is meant.
    """

    column: str | None
    title: str | None
    value: str | None
    code: str
    text: str


class LineAction(BaseModel):
    """One thing the line does; `fields` are the columns it changes."""

    entity: Entity
    action: Literal["create", "update"]
    fields: list[str]


class ImportLineOut(BaseModel):
    """A line by its number in the file. Cells are shown as long as they are kept."""

    number: int
    outcome: LineOutcome
    cells: dict[str, str]
    actions: list[LineAction]
    reasons: list[LineReason]
    cpts_id: UUID | None
    coordinator_id: UUID | None
    position_id: UUID | None
