"""Imports: the list, one, its lines, the file of those that were refused."""

from __future__ import annotations

from uuid import UUID

from maillage.errors import NotFound
from maillage.http import paginate
from maillage.http.paging import Paging
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.importing.applying import REFUSED
from maillage_directory.importing.columns import BY_NAME, COLUMNS, REASON
from maillage_directory.model import ImportFile, ImportLine
from maillage_directory.schemas.imports import (
    ColumnOut,
    ImportCounts,
    ImportLineOut,
    ImportOut,
    LineAction,
    LineReason,
    ReadColumn,
)


async def list_imports(session: AsyncSession, paging: Paging) -> tuple[list[ImportOut], str | None]:
    """One page of the imports, the latest first."""
    rows, cursor = await paginate(session, select(ImportFile), paging, descending=True)
    return [view(row) for row in rows], cursor


async def one_import(session: AsyncSession, import_id: UUID) -> ImportOut:
    """One import. Raises NotFound."""
    return view(await _file(session, import_id))


async def list_lines(
    session: AsyncSession, import_id: UUID, outcome: str | None, language: str, paging: Paging
) -> tuple[list[ImportLineOut], str | None]:
    """One page of its lines in the file's order. Raises NotFound."""
    file = await _file(session, import_id)
    wanted = select(ImportLine).where(ImportLine.import_id == import_id)
    if outcome is not None:
        wanted = wanted.where(ImportLine.outcome == outcome)
    rows, cursor = await paginate(session, wanted, paging, key=(ImportLine.number, ImportLine.id))
    return [_line(row, file, language) for row in rows], cursor


async def refused_lines(
    session: AsyncSession, import_id: UUID, language: str
) -> tuple[list[str], list[list[str]]]:
    """Titles and rows of what was refused, with the reasons in a last column. Raises NotFound."""
    file = await _file(session, import_id)
    names = [name for name in BY_NAME if name in file.titles]
    wanted = select(ImportLine).where(ImportLine.import_id == import_id, ImportLine.outcome == REFUSED)
    lines = [_line(row, file, language) for row in await session.scalars(wanted.order_by(ImportLine.number))]
    titles = [file.titles[name] for name in names] + [REASON[1 if language == "en" else 0]]
    rows = [
        [*(line.cells.get(name, "") for name in names), " ".join(_said(one) for one in line.reasons)]
        for line in lines
    ]
    return titles, rows


def columns(language: str) -> list[ColumnOut]:
    """Every column a list may have."""
    return [
        ColumnOut(
            name=one.name,
            entity=one.entity,
            title=one.title(language),
            help=one.help(language),
            example=one.example,
        )
        for one in COLUMNS
    ]


def view(file: ImportFile) -> ImportOut:
    """An import as it is answered."""
    return ImportOut(
        id=file.id,
        status=file.status,
        made_by=file.made_by,
        created_at=file.created_at,
        confirmed_by=file.confirmed_by,
        confirmed_at=file.confirmed_at,
        keep_until=file.keep_until,
        file_name=file.name,
        form=file.form,
        encoding=file.encoding,
        separator=file.separator,
        sheet=file.sheet,
        columns=[ReadColumn(title=title, name=name) for name, title in file.titles.items()],
        ignored=file.ignored,
        unread_sheets=file.unread_sheets,
        counts=ImportCounts(**file.counts),
        version=file.version,
    )


def _said(one: LineReason) -> str:
    return f"{one.title} : {one.text}" if one.title else one.text


def _line(row: ImportLine, file: ImportFile, language: str) -> ImportLineOut:
    return ImportLineOut(
        number=row.number,
        outcome=row.outcome,
        cells=row.cells,
        actions=[LineAction(**one) for one in row.actions],
        reasons=[
            LineReason(
                column=one["column"],
                title=file.titles.get(one["column"] or ""),
                value=row.cells.get(one["column"] or ""),
                code=one["code"],
                text=one["en" if language == "en" else "fr"],
            )
            for one in row.reasons
        ],
        cpts_id=row.cpts_id,
        coordinator_id=row.coordinator_id,
        position_id=row.position_id,
    )


async def _file(session: AsyncSession, import_id: UUID) -> ImportFile:
    file = await session.get(ImportFile, import_id, populate_existing=True)
    if file is None:
        raise NotFound
    return file
