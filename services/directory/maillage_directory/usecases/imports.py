"""Bringing a list from a spreadsheet: checked first, then done as checked or not at all.

A check does everything and takes it back; a confirmation does everything once more in one transaction and
keeps it only if each line does what the report said. See docs/adr/0028.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from maillage import clock
from maillage.auth import Principal
from maillage.db import lock_row
from maillage.http import expect_version
from maillage.ids import new_id
from maillage.timers import cancel_timer, schedule
from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from maillage_directory.errors import ImportForgotten, ReportOutdated
from maillage_directory.importing.applying import REFUSED, Importing, Outcome
from maillage_directory.importing.columns import Layout
from maillage_directory.importing.lines import Line
from maillage_directory.model import Coordinator, ImportFile, ImportLine
from maillage_directory.model.base import touch
from maillage_directory.model.imports import CHECKED, DONE, FORGOTTEN
from maillage_directory.settings import DirectorySettings
from maillage_directory.sheets import Table
from maillage_directory.text import normalised

FORGET = "forget-import"
"""The timer that deletes the lines of an import."""
ONE_AT_A_TIME = 0x696D706F7274
""""import": two lists at once would wait for each other's rows."""
ERASED = "erased"


async def check_import(
    session: AsyncSession,
    settings: DirectorySettings,
    caller: Principal,
    name: str | None,
    table: Table,
    where: Layout,
    lines: Sequence[Line],
) -> ImportFile:
    """Keeps the lines with what each would do; nothing else is changed."""
    outcomes = await _tried(session, caller, lines)
    file = ImportFile(
        id=new_id(),
        status=CHECKED,
        made_by=caller.id,
        name=display_name(name),
        form=table.form,
        encoding=table.encoding,
        separator=table.separator,
        sheet=table.sheet,
        titles=where.titles,
        ignored=where.ignored,
        unread_sheets=table.unread,
        counts=_counts(outcomes),
        keep_until=clock.now() + timedelta(days=settings.import_days),
    )
    session.add(file)
    await session.flush()
    session.add_all(_row(file.id, outcome) for outcome in outcomes)
    await session.flush()
    await schedule(session, FORGET, str(file.id), file.keep_until)
    return file


async def confirm_import(
    session: AsyncSession, caller: Principal, import_id: UUID, version: int
) -> ImportFile:
    """Does what the report says. Done already: nothing happens.

    Raises NotFound, PreconditionFailed, ImportForgotten; ReportOutdated with the report brought up to date,
    when a line would now do something else.
    """
    file = await lock_row(session, ImportFile, import_id)
    if file.status == DONE:
        return file
    if file.status == FORGOTTEN:
        raise ImportForgotten
    expect_version(file, version)
    rows = await _rows(session, import_id)
    lines = [Line(row.number, dict(row.cells), [*_own_reasons(row)]) for row in rows]
    reported = [_gist(row.outcome, row.actions, row.reasons) for row in rows]
    await _alone(session)
    attempt = await session.begin_nested()
    outcomes = await Importing(session, caller).run(lines)
    if [_gist(one.outcome, one.actions, one.reasons) for one in outcomes] != reported:
        await attempt.rollback()
        await _report_anew(session, import_id, outcomes)
        raise ReportOutdated
    await attempt.commit()
    await _note_done(session, caller, import_id, outcomes)
    return file


async def forget_import(session: AsyncSession, import_id: UUID, version: int | None = None) -> None:
    """Deletes its lines and its name; counts stay. Raises NotFound, PreconditionFailed."""
    file = await lock_row(session, ImportFile, import_id)
    if version is not None:
        expect_version(file, version)
    await session.execute(delete(ImportLine).where(ImportLine.import_id == import_id))
    if file.status == CHECKED:
        file.status = FORGOTTEN
    file.name, file.sheet, file.titles, file.ignored, file.unread_sheets = None, None, {}, [], []
    file.keep_until = min(file.keep_until, clock.now())
    touch(file)
    await cancel_timer(session, FORGET, str(import_id))


async def erase_from_imports(session: AsyncSession, person: Coordinator, email: str | None) -> int:
    """Deletes every line that is about her: by id, address or name. A namesake's refused line goes too."""
    marks = [ImportLine.coordinator_id == person.id]
    if email:
        marks.append(func.lower(ImportLine.email) == email)
    if person.search_name:
        marks.append(ImportLine.search_name == person.search_name)
    found = (await session.scalars(select(ImportLine).where(or_(*marks)))).all()
    for import_id in sorted({row.import_id for row in found}):
        file = await lock_row(session, ImportFile, import_id)
        gone = [row.outcome for row in found if row.import_id == import_id]
        file.counts = {
            **(Counter(file.counts) - Counter(gone)),
            ERASED: file.counts.get(ERASED, 0) + len(gone),
        }
        file.name = None  # it may be named after her
        touch(file)
    await session.execute(delete(ImportLine).where(ImportLine.id.in_([row.id for row in found])))
    return len(found)


def display_name(name: str | None) -> str | None:
    """The file's name without the path some browsers send, and without what no name should have."""
    last = re.split(r"[\\/]", name or "")[-1]
    kept = "".join(char for char in last if char.isprintable()).strip()
    return kept[-100:] or None


async def _tried(session: AsyncSession, caller: Principal, lines: Sequence[Line]) -> list[Outcome]:
    """What each line would do: done, and taken back."""
    await _alone(session)
    attempt = await session.begin_nested()
    try:
        return [_unmade(outcome) for outcome in await Importing(session, caller).run(lines)]
    finally:
        await attempt.rollback()


async def _alone(session: AsyncSession) -> None:
    """Waits for another import to end; on SQLite the one writer is alone anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


async def _rows(session: AsyncSession, import_id: UUID) -> list[ImportLine]:
    wanted = select(ImportLine).where(ImportLine.import_id == import_id).order_by(ImportLine.number)
    return list((await session.scalars(wanted, execution_options={"populate_existing": True})).all())


async def _report_anew(session: AsyncSession, import_id: UUID, outcomes: Sequence[Outcome]) -> None:
    fresh = {one.line.number: _unmade(one) for one in outcomes}
    for row in await _rows(session, import_id):
        one = fresh[row.number]
        row.outcome = one.outcome
        row.actions, row.reasons = list(map(dict, one.actions)), list(map(dict, one.reasons))
        _note_ids(row, one)
    file = await lock_row(session, ImportFile, import_id)
    file.counts = _counts(outcomes)
    touch(file)
    await session.flush()


async def _note_done(
    session: AsyncSession, caller: Principal, import_id: UUID, outcomes: Sequence[Outcome]
) -> None:
    """Of the lines that were done only ids stay; refused ones are kept to be corrected."""
    done = {one.line.number: one for one in outcomes if one.outcome != REFUSED}
    for row in await _rows(session, import_id):
        one = done.get(row.number)
        if one is not None:
            row.cells, row.email, row.search_name = {}, None, None
            row.cpts_id, row.coordinator_id, row.position_id = (
                one.cpts_id,
                one.coordinator_id,
                one.position_id,
            )
    file = await lock_row(session, ImportFile, import_id)
    file.status, file.confirmed_by, file.confirmed_at = DONE, caller.id, clock.now()
    touch(file)
    await session.flush()


def _note_ids(row: ImportLine, one: Outcome) -> None:
    row.cpts_id, row.coordinator_id, row.position_id = one.cpts_id, one.coordinator_id, one.position_id


def _row(import_id: UUID, one: Outcome) -> ImportLine:
    cells = one.line.cells
    return ImportLine(
        id=new_id(),
        import_id=import_id,
        number=one.line.number,
        outcome=one.outcome,
        cells=cells,
        actions=list(map(dict, one.actions)),
        reasons=list(map(dict, one.reasons)),
        email=cells["email"].removeprefix("mailto:").strip().lower()[:254] if "email" in cells else None,
        search_name=normalised(cells.get("first_name", ""), cells.get("last_name", ""))[:250] or None,
        cpts_id=one.cpts_id,
        coordinator_id=one.coordinator_id,
        position_id=one.position_id,
    )


def _unmade(one: Outcome) -> Outcome:
    """The outcome of a check: what it made is not there, so it has no id."""
    made = {action["entity"] for action in one.actions if action["action"] == "create"}
    one.cpts_id = None if "cpts" in made else one.cpts_id
    one.coordinator_id = None if "coordinator" in made else one.coordinator_id
    one.position_id = None if "position" in made else one.position_id
    return one


OWN = frozenset({"formula", "error", "merged", "too-long", "control"})
"""Reasons that lie in the cell as it was read: the text that is kept no longer shows them."""


def _own_reasons(row: ImportLine) -> list[Any]:
    return [one for one in row.reasons if one["code"] in OWN]


def _gist(outcome: str, actions: Sequence[Any], reasons: Sequence[Any]) -> tuple[Any, ...]:
    return outcome, [dict(one) for one in actions], [(one["code"], one["column"]) for one in reasons]


def _counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    return dict(Counter(one.outcome for one in outcomes))
