"""What is written for other programs, with whatever may be stored in it, read back by their readers.

A list comes back cell by cell and in it nothing is a formula; a calendar has the one entry that was put into
it; a live stream has one line of data for an event, wherever the network cuts it.
"""

from __future__ import annotations

import asyncio
import csv
import io
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from icalendar import Calendar
from maillage.fit import misfit
from maillage.ids import new_id
from maillage_directory.sheets import read_table, write_table
from maillage_directory.sheets.writing import FORMULA_SIGNS, unguarded
from maillage_events.calendars import seminar_calendar
from maillage_portal.event_lines import LINE_ENDS, lines, one_line
from openpyxl import load_workbook
from sse_starlette import ServerSentEvent

from tests.fuzz.values import NASTY_TEXTS, NASTY_TIMES

ODD = (
    "\x00\x01\x07\x0b\x0c\x1c\x1f\x7f\x85\xa0\u200b\u2028\u2029\ufdd0\ufeff\ufffe\uffff\r\n\t;,:\"\\'=+-@<&𝔘é"
)
MOST_IN_A_CELL = 32_767
"""Characters; what spreadsheet programs take (Excel specifications and limits)."""


def storable(chance: random.Random) -> str:
    """A text as a database may hold it."""
    kind = chance.randrange(3)
    if kind == 0:
        made = chance.choice((*NASTY_TEXTS, *NASTY_TIMES))
    else:
        made = "".join(
            chr(chance.randrange(0xD800)) if chance.random() < 0.1 else chance.choice(ODD + "abc xyz 0123")
            for _ in range(chance.choice((1, 4, 40, 200)))
        )
    # Half a character is no text for the reader of JSON either.
    return "".join(each for each in made if misfit(each) is None and not "\ud800" <= each <= "\udfff")


def read_exported_list(chance: random.Random) -> None:
    """Both forms give the cells back, apart from what the form has no room for."""
    rows = [[storable(chance) for _ in range(3)] for _ in range(chance.randrange(1, 4))]
    text = write_table("csv", ["a", "b", "c"], rows, "Liste").decode("utf-8-sig")
    told = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1:]
    assert [len(row) for row in told] == [3] * len(rows)
    for row, given in zip(told, rows, strict=True):
        assert not any(cell.startswith(FORMULA_SIGNS) for cell in row)
        assert [unguarded(cell) for cell in row] == given
    if chance.random() < 0.7:  # a workbook takes a hundred times as long
        return
    content = write_table("xlsx", ["a", "b", "c"], rows, "Liste")
    cells = list(load_workbook(io.BytesIO(content)).active.iter_rows(min_row=2))
    assert len(cells) == len(rows)
    for found, given in zip(cells, rows, strict=True):
        for cell, own in zip(found, given, strict=True):
            assert cell.data_type != "f", "a formula"
            assert _seen(str(cell.value or "")) == _seen(own)
    assert read_table(content, 10).rows is not None


def _seen(text: str) -> str:
    """The part of a text that shows: line ends and what no file can hold are for the form to say."""
    return "".join(each for each in text[:MOST_IN_A_CELL] if each >= " " and each not in "\ufeff\ufffe\uffff")


def read_written_calendar(chance: random.Random) -> None:
    """One entry with the texts that were given, and no line that a text has brought in."""
    start = datetime.now(UTC) + timedelta(hours=chance.randrange(-9000, 9000))
    words = {name: storable(chance) for name in ("title", "summary", "venue", "address", "city")} | {
        "slug": "journee"
    }
    zone = chance.choice(("Europe/Paris", "Indian/Reunion", "America/Martinique", "UTC"))
    times = {
        "starts_at": start,
        "ends_at": start + timedelta(hours=6),
        "created_at": start,
        "updated_at": start,
    }
    more = {
        "id": new_id(),
        "sequence": 3,
        "status": chance.choice(("published", "cancelled")),
        "time_zone": zone,
    }
    seminar = SimpleNamespace(**words, **times, **more)
    workshop = SimpleNamespace(title=storable(chance), room=storable(chance), id=new_id(), **times)
    view: Any = SimpleNamespace(seminar=seminar, workshops=[SimpleNamespace(workshop=workshop)])
    settings: Any = SimpleNamespace(
        region="fr-pac", public_url="http://localhost", organizer="reseau@exemple.fr"
    )
    content = seminar_calendar(view, settings)
    (entry,) = Calendar.from_ical(content).walk("VEVENT")
    assert _seen(str(entry["SUMMARY"])) == _seen(words["title"])
    assert {name for name in entry if name in ("ATTENDEE", "ATTACH", "RRULE", "X-EVIL")} == set()
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


def read_live_stream(chance: random.Random) -> None:
    """Cut anywhere, an event is one line of data; and a piece of a page is one too."""
    item = {"number": 7, "source": storable(chance), "data": {"title": storable(chance)}}
    sent = ServerSentEvent(data=json.dumps(item, ensure_ascii=False), id="7", event="event").encode().decode()
    cuts = sorted(chance.randrange(len(sent)) for _ in range(chance.randrange(5)))
    pieces = [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]

    async def come() -> AsyncIterator[str]:
        for piece in pieces:
            yield piece

    async def read() -> list[str]:
        return [line async for line in lines(come())]

    (data,) = [line for line in asyncio.run(read()) if line.startswith("data: ")]
    assert json.loads(data.removeprefix("data: ")) == item
    assert len(LINE_ENDS.split(one_line(item["source"]))) == 1
