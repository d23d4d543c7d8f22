"""Spreadsheets to import: valid ones with bytes flipped, parts of the archive changed, other encodings."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from functools import cache
from typing import Any

from maillage_directory.importing.columns import COLUMNS, layout
from maillage_directory.importing.lines import Line, lines_of
from maillage_directory.sheets import FileRefused, read_table, write_table

from tests.fuzz.loop import Loop
from tests.fuzz.seed import Seeded
from tests.fuzz.values import NASTY_TEXTS, NASTY_TIMES

MOST_LINES = 200
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1", "utf-7", "utf-32", "cp037")
XML_BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'


@cache
def valid(form: Any) -> bytes:
    """A list of two people with their posts, as the house writes it."""
    rows = [
        [column.example for column in COLUMNS],
        ["" for _ in COLUMNS],
        [column.example for column in COLUMNS],
    ]
    return write_table(form, [column.fr for column in COLUMNS], rows, "Liste")


def made(chance: random.Random) -> bytes:
    """A file that is nearly a list."""
    if chance.random() < 0.5:
        return _text(chance)
    content = valid("xlsx")
    return _other_part(content, chance) if chance.random() < 0.6 else _flipped(content, chance)


def read(content: bytes) -> list[Line]:
    """The lines of a file, as the route reads them. Raises FileRefused."""
    table = read_table(content, MOST_LINES)
    return lines_of(table.rows, layout(table))


def read_list(chance: random.Random) -> None:
    """A file is read, or refused with a sentence in both languages."""
    try:
        lines = read(made(chance))
    except FileRefused as refused:
        told = refused.detail("fr"), refused.detail("en")
    else:
        told = ("", "")
        assert all(len(cell) <= 10_000 for line in lines for cell in line.cells.values())
    assert "{" not in "".join(told)


def _text(chance: random.Random) -> bytes:
    text = valid("csv").decode("utf-8-sig")
    for _ in range(chance.randrange(4)):
        place = chance.randrange(len(text))
        odd = (
            *NASTY_TEXTS,
            *NASTY_TIMES,
            '"',
            '""',
            ";",
            "\r",
            "\n",
            "\t",
            "sep=,\n",
            "x" * 50_000,
            ";" * 2000,
        )
        text = text[:place] + chance.choice(odd) + text[place + chance.randrange(3) :]
    if chance.random() < 0.3:
        text = text.replace(";", chance.choice((",", "\t", "|", ";;", "\x00")))
    content = text.encode(chance.choice(ENCODINGS), "replace")
    return _flipped(content, chance) if chance.random() < 0.4 else content


def _flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 3, 40))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed[: chance.choice((None, None, len(changed) // 2, 30))])


def _other_part(content: bytes, chance: random.Random) -> bytes:
    """The archive with one part changed, doubled, left out or put where no part belongs."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    name = chance.choice(sorted(parts))
    deed = chance.randrange(5)
    if deed == 0:
        del parts[name]
    elif deed == 1:
        parts[name] = chance.choice((b"", XML_BOMB, b"<", b"\0" * 50, parts[name] * 2, b"a" * 3_000_000))
    elif deed == 2:
        parts[chance.choice(("../../x.xml", "/etc/x", "xl/vbaProject.bin", "é" * 200))] = b"x"
    else:
        odd = (b"1e400", b"-1", b"&#0;", b"&b;", b"9999999999", b"<v/>", b"]]>", b"\xff", b"s", b"A1048577")
        place = chance.randrange(len(parts[name]) or 1)
        parts[name] = parts[name][:place] + chance.choice(odd) + parts[name][place + chance.randrange(8) :]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as new:
        for each, data in parts.items():
            new.writestr(each, data)
    return file.getvalue()


def imports(region: Seeded, loop: Loop, number: int, count: int) -> tuple[int, list[str]]:
    """Files sent to the route, and the lists that were read confirmed: all of one is done, or nothing."""
    chance, found = random.Random(number), []  # noqa: S311  # variety, not secrecy
    client, headers = region.house.services["directory"].client, region.house.tokens.animator()

    async def send(content: bytes) -> str:
        before = await people()
        answer = await client.post("/imports", files={"file": ("liste", content)}, headers=headers)
        if answer.status_code not in (201, 413, 422):
            return f"POST /imports: {answer.status_code} {answer.text[:200]}"
        if await people() != before:
            return "a check of a file has changed something"
        if answer.status_code != 201:
            return ""
        report, tag = answer.json(), {"If-Match": answer.headers["etag"]}
        for page in ("", "/lines", "/refused.csv", "/refused.xlsx"):
            shown = await client.get(f"/imports/{report['id']}{page}", headers=headers)
            if shown.status_code != 200:
                return f"GET /imports/…{page}: {shown.status_code} {shown.text[:200]}"
        done = await client.post(f"/imports/{report['id']}/confirm", headers=headers | tag)
        if done.status_code not in (200, 409, 412, 422):
            return f"POST /imports/…/confirm: {done.status_code} {done.text[:200]}"
        if done.status_code != 200 and await people() != before:
            return "an import that was refused is half done"
        return ""

    async def people() -> int:
        answer = await client.get("/coordinators", params={"limit": 200}, headers=headers)
        return len(answer.json()["items"])

    for case in range(count):
        content = made(chance)
        if wrong := loop.run(send(content)):
            found.append(f"{wrong}\ncase {case}, {len(content)} bytes, checksum {zlib.crc32(content):08x}")
    return count, list(dict.fromkeys(found))
