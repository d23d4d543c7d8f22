"""The harness runs and its figures have the shape the page is written from. No time is asserted."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest
from maillage.testing.postgres import NoPostgresError, _find_binaries

import tests.load.__main__ as load
from tests.load.__main__ import FIGURES, main
from tests.load.benches import every
from tests.load.figures import Benchmark, Figure, Plot, Report, Scale, Target
from tests.load.http import Connection
from tests.load.machine import facts
from tests.load.page import BEGIN, END, write

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(900)
def test_a_benchmark_runs_and_its_figures_are_kept(tmp_path: Path) -> None:
    try:
        _find_binaries()
    except NoPostgresError as absent:
        pytest.skip(str(absent))
    assert main(["registration", "--quick", "--into", str(tmp_path)]) == 0
    kept = json.loads((tmp_path / FIGURES).read_text(encoding="utf-8"))["registration"]
    assert kept["machine"]["cores"] >= 1
    assert [figure["case"] for figure in kept["figures"]] == [
        "one hot seminar, 2 clients",
        "100 seminars, 2 clients",
    ]
    for figure in kept["figures"]:
        assert len(figure["ours"]) == len(figure["peer"]) == 1
        assert min(*figure["ours"], *figure["peer"]) > 0
    assert (tmp_path / "registration.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_the_page_says_what_is_met_and_what_is_not(tmp_path: Path) -> None:
    async def nothing(_: Scale) -> Report:
        return Report([])

    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    figures = [
        Figure(
            "quick",
            "requests/s",
            [90.0, 100.0, 110.0],
            [50.0, 50.0, 50.0],
            "peer",
            Target("ratio", "at least", 1),
        ),
        Figure("slow", "ms", [80.0], target=Target("value", "at most", 50)),
        Figure("as it is", "MB", [7.0]),
    ]
    plot = Plot("curve", "Curve", "x", "y", {"one": [(1, 1), (2, 2)]})
    benchmark = Benchmark("some", "Something", "What it is.", nothing)
    write(page, facts(), [(benchmark, Report(figures, [plot], "The disk."))], "pictures")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "1 of 2 targets are met" in text
    assert "- Something: slow: 80 ms, asked ≤ 50 ms" in text
    assert (
        "| quick | 100 requests/s (90–110) | 50 requests/s (50–50)<br>peer | 2.00 | ratio ≥ 1 | yes |" in text
    )
    assert "![Curve](pictures/curve.svg)" in text
    write(page, facts(), [], "pictures")  # a second run replaces the first
    assert "Something" not in page.read_text(encoding="utf-8")


def test_one_that_fails_or_hangs_does_not_take_the_others_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fails(_: Scale) -> Report:
        raise OSError("no such disk")

    async def hangs(_: Scale) -> Report:
        await asyncio.Event().wait()
        return Report([])

    async def goes(scale: Scale) -> Report:
        (scale.folder / "data").mkdir()  # each has a folder of its own
        return Report([Figure("some", "s", [1.0])])

    found = {"first": goes, "fails": fails, "hangs": hangs, "last": goes}
    some = [Benchmark(name, name, "", run) for name, run in found.items()]
    some.append(Benchmark("asked for by name", "", "", goes, aside=True))
    monkeypatch.setattr(load, "every", lambda _=None: some)
    monkeypatch.setattr(load, "PATIENCE", 0.1)
    assert main(["--into", str(tmp_path)]) == 1
    assert set(json.loads((tmp_path / FIGURES).read_text(encoding="utf-8"))) == {"first", "last"}
    said = capsys.readouterr().err
    assert "fails: failed: OSError: no such disk" in said
    assert "hangs: failed: TimeoutError" in said


async def test_an_answer_in_chunks_is_read_to_its_end() -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chunks = b'5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n'
        writer.write(2 * (b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks))

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        connection = await Connection.open(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        assert await connection.ask(b"") == (201, b'{"a":1}')
        assert await connection.ask(b"") == (201, b'{"a":1}')  # nothing of the first was left over
        connection.close()


def test_names_are_unique_and_every_case_too() -> None:
    names = [benchmark.name for benchmark in every()]
    assert len(set(names)) == len(names)
    with pytest.raises(SystemExit):
        every(["no such thing"])


def test_the_committed_page_has_a_place_for_the_figures(tmp_path: Path) -> None:
    copy = tmp_path / "performance.md"
    shutil.copyfile(ROOT / "docs" / "performance.md", copy)
    write(copy, facts(), [], "performance")
