"""Files as people have them, and files made to do harm: each is read right or refused in a sentence."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from maillage_directory.importing.columns import layout
from maillage_directory.importing.lines import Line, lines_of
from maillage_directory.sheets import FileRefused, read_table
from maillage_directory.sheets.refusals import REASONS
from maillage_directory.usecases.imports import display_name

from .books import LINE, SHEET, TITLES, book, with_part, with_sheet

MOST = 1000
LATE = datetime(2026, 1, 5, 8)  # noqa: DTZ001  # a spreadsheet has no zones
TEXT = "Prénom;Nom;Adresse électronique;CPTS\nZoé;Œil d’Or;zoe@exemple.fr;CPTS Léman\n"


def read(content: bytes) -> list[Line]:
    table = read_table(content, MOST)
    return lines_of(table.rows, layout(table))


def why(content: bytes) -> str:
    """The reason for which a file is refused; its sentence can be said in both languages."""
    with pytest.raises(FileRefused) as told:
        read(content)
    assert told.value.detail("fr") != told.value.detail("en")
    assert "{" not in told.value.detail("fr") + told.value.detail("en")
    return told.value.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_text_is_read_however_it_was_saved(encoding: str, separator: str, ending: str) -> None:
    content = TEXT.replace(";", separator).replace("\n", ending).encode(encoding)
    (line,) = read(content)
    assert (line.number, line.cells) == (
        2,
        {
            "first_name": "Zoé",
            "last_name": "Œil d’Or",
            "email": "zoe@exemple.fr",
            "cpts_name": "CPTS Léman",
        },
    )


def test_a_title_above_blank_lines_a_hint_and_odd_spaces_do_not_disturb() -> None:
    text = f"sep=;\nListe du collectif, à jour;;;\n;;;\n{TEXT};;;\n\xa0Ana\xa0;\u200bLu ;ana@exemple.fr;\n"
    first, second = read(text.encode())
    assert (first.number, second.number) == (5, 7)
    assert second.cells == {"first_name": "Ana", "last_name": "Lu", "email": "ana@exemple.fr"}


def test_a_list_of_cpts_alone_calls_their_name_a_name() -> None:
    (line,) = read(b"slug;nom;communes_insee\nverdon;CPTS du Verdon;04004 04081*\n")
    assert line.cells == {"cpts_slug": "verdon", "cpts_name": "CPTS du Verdon", "communes": "04004 04081*"}


def test_a_code_wins_over_a_name_in_another_column_which_is_said() -> None:
    table = read_table(b"cpts,commune_principale,commune_principale_insee\nVerdon,Valensole,04230\n", MOST)
    where = layout(table)
    (line,) = lines_of(table.rows, where)
    assert (line.cells["main_commune"], where.ignored) == ("04230", ["commune_principale"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "old-excel"),
        (b"%PDF-1.7\x00\x01", "not-text"),
        (TEXT.encode() + b"\0", "not-text"),
        (b"\xef\xbb\xbf" + TEXT.encode("cp1252"), "bad-encoding"),
        (TEXT.encode() + b"\xed\xa0\x80\x81", "bad-encoding"),
        (b"\xff\xfe\x00\xd8;\x00", "bad-encoding"),
        (TEXT.encode() + b'"Ana;Lu;ana@exemple.fr\n' * 3, "quotes"),
        (TEXT.encode() + b'"Ana"x;Lu\n', "quotes"),
        (TEXT.encode() + b'"' + b"x" * 300_000 + b'"', "quotes"),
        (TEXT.encode() + b"a;b;c;d\n" * (MOST + 30), "too-many-lines"),
        (("x;" * 200 + "y\n").encode() + TEXT.encode(), "too-many-columns"),
        (b"bonjour\nau revoir\n", "no-header"),
        (b"Nom;Pr\xc3\xa9nom\nLu;Ana\n", "no-header"),
        (b"Mail;Courriel\na@exemple.fr;b@exemple.fr\n", "same-column"),
    ],
)
def test_text_that_cannot_be_read_is_refused_in_a_sentence(content: bytes, reason: str) -> None:
    assert why(content) == reason


def test_the_line_of_a_quote_that_is_never_closed_is_told() -> None:
    with pytest.raises(FileRefused) as told:
        read(TEXT.encode() + b'Ana;"Lu;ana@exemple.fr;x\nZoe;a;b;c\n')
    assert "Ligne 3" in told.value.detail("fr")


def test_a_formula_and_an_invisible_character_refuse_their_line_only() -> None:
    lines = read(TEXT.encode() + b"Ana;L\x07u;ana@exemple.fr;\n'=1+1;'Lu;a@exemple.fr;\n")
    assert [[one["code"] for one in line.reasons] for line in lines] == [[], ["control"], []]
    assert (lines[2].cells["first_name"], lines[2].cells["last_name"]) == ("=1+1", "'Lu")


def test_a_workbook_is_read_with_its_dates_and_numbers() -> None:
    lines = read(book(LINE, ["Ana", 4112, None, 12.0, date(2026, 1, 5)], ["Lu", 1.5, True, "", LATE]))
    assert lines[0].cells["started_on"] == "01/09/2025"
    assert (lines[1].cells["last_name"], lines[1].cells["cpts_name"]) == ("4112", "12")
    assert lines[1].cells["started_on"] == "2026-01-05"
    assert lines[2].cells["last_name"] == "1.5"


def test_formulas_merged_cells_and_errors_are_named_where_they_are() -> None:
    def change(page: Any) -> None:
        page["B2"] = '=HYPERLINK("http://mal.example")'
        page["B3"] = "#REF!"
        page.merge_cells("D3:D4")

    found = read(book(LINE, LINE, LINE, LINE, change=change))
    assert "last_name" not in found[0].cells
    assert [[(one["column"], one["code"]) for one in line.reasons] for line in found] == [
        [("last_name", "formula")],
        [("last_name", "error"), ("cpts_name", "merged")],
        [("cpts_name", "merged")],
        [],
    ]


def test_hidden_sheets_are_not_read_and_the_others_are_named() -> None:
    def change(page: Any) -> None:
        hidden = page.parent.create_sheet("Secrète", 0)
        hidden.append(TITLES)
        hidden.sheet_state = "veryHidden"
        page.parent.create_sheet("Archives")
        page.title = "Liste"

    table = read_table(book(change=change), MOST)
    assert (table.sheet, table.unread, len(table.rows)) == ("Liste", ["Secrète", "Archives"], 2)


def bomb(part: str = "xl/media/image1.bin") -> bytes:
    """A little zip that becomes twenty megabytes."""
    return with_part(part, b" " * 20_000_000)


def crowd() -> bytes:
    """Twenty parts, each of a size that one might have."""
    file = io.BytesIO(book())
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as target:
        for number in range(20):
            target.writestr(f"xl/media/image{number}.bin", b" " * 900_000)
    return file.getvalue()


def lying(content: bytes, part: str, declared: int) -> bytes:
    """The same zip whose directory says that this part is small."""
    place = content.index(part.encode(), content.index(b"PK\x01\x02"))
    return content[: place - 22] + struct.pack("<I", declared) + content[place - 18 :]


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
NAME = '<row r="2"><c r="A2" t="inlineStr"><is><t>&{};</t></is></c></row>'


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (bomb, "too-inflated"),
        (crowd, "too-inflated"),
        (lambda: with_part("xl/styles.xml", b"<a>" + b" " * 3_000_000), "too-inflated"),
        (lambda: with_sheet("<row/>" * 4_000_000), "too-inflated"),
        (lambda: with_sheet(NAME.format("b"), before=LAUGHS), "entities"),
        (lambda: with_sheet(NAME.format("a"), before=OUTSIDE), "entities"),
        (lambda: with_part("xl/sharedStrings.xml", f"{LAUGHS}<sst/>"), "entities"),
        (lambda: with_part("xl/workbook.xml", f"{OUTSIDE}<workbook>&a;</workbook>"), "entities"),
        (lambda: with_sheet('<row r="99999999999"><c><v>1</v></c></row>'), "damaged"),
        (lambda: with_sheet("<row>"), "damaged"),
        (lambda: with_sheet("", after="<mergeCells><mergeCell ref='x'/></mergeCells>"), "damaged"),
        (
            lambda: with_sheet('<row><c t="n"><v>1</v></c></row>' * 1100),
            "too-many-lines",
        ),
        (lambda: with_sheet('<row r="2"><c r="XFD2"><v>1</v></c></row>'), "too-many-columns"),
        (lambda: with_sheet('<row r="2"><c r="DD2"><v>1</v></c></row>'), "too-many-columns"),
        (lambda: book()[:2000], "damaged"),
        (lambda: b"PK\x03\x04" + bytes(60), "damaged"),
        (lambda: _zip({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "not-a-workbook"),
        (lambda: _zip({str(n): "" for n in range(600)}), "too-inflated"),
        (lambda: with_part("xl/workbook.xml", "<workbook/>"), "no-visible-sheet"),
    ],
)
def test_a_workbook_made_to_do_harm_is_refused_in_a_sentence(make: Callable[[], bytes], reason: str) -> None:
    content = make()
    tracemalloc.start()
    try:
        told = why(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert told == reason
    assert peak < 60_000_000


def test_a_directory_that_lies_about_sizes_fills_no_memory() -> None:
    hostile = lying(bomb(SHEET), SHEET, 500)
    tracemalloc.start()
    try:
        assert why(hostile) == "damaged"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


def test_what_a_workbook_hides_in_escapes_refuses_its_line() -> None:
    text = '<c r="{}2" t="inlineStr"><is><t>{}</t></is></c>'
    cells = text.format("A", "_x0000_Lu_xD800_") + text.format("B", "a@exemple.fr")
    (line,) = read(with_sheet(f'<row r="2">{cells}</row>'))
    for cell in line.cells.values():
        assert "\0" not in cell.encode().decode()


def test_names_of_files_lose_their_path_and_what_no_name_has() -> None:
    assert display_name("../../etc/passwd") == "passwd"
    assert display_name("C:\\liste\x00\u202e .xlsx") == "liste .xlsx"
    assert display_name("x" * 300) == "x" * 100
    assert display_name("/") is None


def test_every_reason_is_a_sentence_in_both_languages() -> None:
    assert all(text.endswith((".", "}")) for pair in REASONS.values() for text in pair)
    assert SHEET in zipfile.ZipFile(io.BytesIO(book())).namelist()


def _zip(parts: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return file.getvalue()
