"""A list brought from a spreadsheet: checked line by line, then confirmed. For animators only."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import File, Query, Response, UploadFile
from maillage.auth import Animator
from maillage.http import IfMatch, Page, PageParams, Read, Write, problems, service_router, set_etag

from maillage_directory import usecases
from maillage_directory.api.parts import Language, Settings, table_file
from maillage_directory.errors import ImportForgotten, ReportOutdated
from maillage_directory.importing.columns import layout
from maillage_directory.importing.lines import lines_of
from maillage_directory.queries import imports as queries
from maillage_directory.schemas.imports import ColumnList, ImportLineOut, ImportOut, LineOutcome
from maillage_directory.sheets import MEDIA_TYPES, FileRefused, Form, read_table

router = service_router(tags=["imports"])
BINARY = {"schema": {"type": "string", "format": "binary"}}
FILE: dict[int | str, dict[str, Any]] = {200: {"content": dict.fromkeys(MEDIA_TYPES.values(), BINARY)}}
Upload = Annotated[UploadFile, File(description="CSV or XLSX; told by its first bytes, not by its name")]


@router.post("/imports", status_code=201, responses=problems(FileRefused))
async def check_import(
    session: Write, caller: Animator, settings: Settings, file: Upload, response: Response
) -> ImportOut:
    """Checks a file line by line and changes nothing else: what each line would do, or why it is refused."""
    content = await file.read()
    table = await asyncio.to_thread(read_table, content, settings.import_most_lines)
    where = layout(table)
    lines = lines_of(table.rows, where)
    if not lines:
        raise FileRefused("no-lines")
    if len(lines) > settings.import_most_lines:
        raise FileRefused("too-many-lines", limit=settings.import_most_lines)
    made = await usecases.check_import(session, settings, caller, file.filename, table, where, lines)
    set_etag(response, made.version)
    response.headers["Location"] = f"imports/{made.id}"
    return queries.view(made)


@router.get("/imports")
async def list_imports(session: Read, caller: Animator, paging: PageParams) -> Page[ImportOut]:
    """The region's imports, the latest first."""
    items, cursor = await queries.list_imports(session, paging)
    return Page(items=items, next=cursor)


@router.get("/imports/columns")
async def list_columns(language: Language) -> ColumnList:
    """The columns a list may have."""
    return ColumnList(items=queries.columns(language))


@router.get("/imports/model.{form}", response_class=Response, responses=FILE)
async def get_model(language: Language, form: Form) -> Response:
    """An empty list with every column, to be filled in."""
    titles = [one.title for one in queries.columns(language)]
    return await table_file("modele-import", form, titles, [])


@router.get("/imports/{import_id}")
async def get_import(session: Read, caller: Animator, import_id: UUID, response: Response) -> ImportOut:
    """One import; its lines are at `…/lines`."""
    found = await queries.one_import(session, import_id)
    set_etag(response, found.version)
    return found


@router.get("/imports/{import_id}/lines")
async def list_lines(
    session: Read,
    caller: Animator,
    language: Language,
    import_id: UUID,
    paging: PageParams,
    outcome: Annotated[LineOutcome | None, Query(description="only lines with this outcome")] = None,
) -> Page[ImportLineOut]:
    """Its lines in the order of the file."""
    items, cursor = await queries.list_lines(session, import_id, outcome, language, paging)
    return Page(items=items, next=cursor)


@router.get("/imports/{import_id}/refused.{form}", response_class=Response, responses=FILE)
async def get_refused(
    session: Read, caller: Animator, language: Language, import_id: UUID, form: Form
) -> Response:
    """The refused lines with the reason in one more column, to be corrected and sent again."""
    titles, rows = await queries.refused_lines(session, import_id, language)
    return await table_file("lignes-refusees", form, titles, rows)


@router.post("/imports/{import_id}/confirm", responses=problems(ReportOutdated, ImportForgotten))
async def confirm_import(
    session: Write, caller: Animator, import_id: UUID, version: IfMatch, response: Response
) -> ImportOut:
    """Does what the report says, all of it in one transaction; confirming again does nothing."""
    done = await usecases.confirm_import(session, caller, import_id, version)
    set_etag(response, done.version)
    return queries.view(done)


@router.delete("/imports/{import_id}", status_code=204)
async def forget_import(session: Write, caller: Animator, import_id: UUID, version: IfMatch) -> None:
    """Deletes its lines before their time; what was imported stays, and so do the counts."""
    await usecases.forget_import(session, import_id, version)
