"""The report: for people in two languages, as JUnit that another library reads, as JSON; exit statuses."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from junitparser import Failure, JUnitXml, Skipped
from maillage.cli import build
from maillage_conform.checks import GROUPS
from maillage_conform.checks.base import Result, Status, Verdicts
from maillage_conform.plan import Plan
from maillage_conform.report import junit, machine, people
from maillage_conform.run import Report
from maillage_conform.texts import Language, Text
from rich.console import Console
from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]
FIRST, SECOND, THIRD = GROUPS[0].checks[:3]


@pytest.fixture
def report() -> Report:
    verdicts = Verdicts()
    verdicts.passed(FIRST, Text("une note", "a note"))
    verdicts.failed(SECOND, "vu \x00 <ceci> & [cela]", "seen \x00 <this> & [that]")
    verdicts.not_checked(THIRD, Text("donnez --ceci", "give --this"))
    return Report(Plan("fr-occ"), groups={"envelope": list(verdicts.results.values())})


def shown(report: Report, language: Language) -> str:
    out = io.StringIO()
    people.show(report, Console(file=out, width=200), language)
    return out.getvalue()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fr", ["Vu : vu", "Attendu : ", "Écrit dans : docs/conformance.md#envelope", "À faire : "]),
        ("en", ["Seen: seen", "Expected: ", "Written in: docs/conformance.md#envelope", "To mend: "]),
    ],
)
def test_a_failure_says_what_was_seen_and_expected_where_it_is_written_and_how_to_mend(
    report: Report, language: Language, words: list[str]
) -> None:
    text = shown(report, language)
    for word in (
        *words,
        SECOND.expected.in_(language),
        SECOND.mend.in_(language),
        "[that]" if language == "en" else "[cela]",
    ):
        assert word in text


def test_what_was_not_checked_is_never_shown_as_a_pass(report: Report) -> None:
    text = shown(report, "en")
    assert "not checked give --this" in text
    assert "1 passed, 1 failed, 1 not checked" in text


def test_junit_is_read_by_another_library(report: Report, tmp_path: Path) -> None:
    junit.write(report, tmp_path / "new" / "report.xml", "en")
    (suite,) = JUnitXml.fromfile(str(tmp_path / "new" / "report.xml"))
    assert (suite.tests, suite.failures, suite.skipped, suite.errors) == (3, 1, 1, 0)
    passed, failed, skipped = suite
    assert passed.is_passed
    assert failed.classname == "maillage.conform.fr-occ.envelope"
    assert isinstance(failed.result[0], Failure)
    assert failed.result[0].message == "seen ? <this> & [that]"
    assert SECOND.mend.en in failed.result[0].text
    assert isinstance(skipped.result[0], Skipped)
    assert skipped.result[0].message == "give --this"


def test_json_has_every_check_with_its_status(report: Report, tmp_path: Path) -> None:
    machine.write(report, tmp_path / "report.json", "fr")
    document = json.loads((tmp_path / "report.json").read_text())
    assert document["counts"] == {"passed": 1, "failed": 1, "not-checked": 1}
    assert [check["status"] for check in document["checks"]] == ["passed", "failed", "not-checked"]
    assert document["exit_status"] == 1


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([Status.PASSED], 0),
        ([Status.PASSED, Status.NOT_CHECKED], 0),
        ([Status.PASSED, Status.FAILED], 1),
        ([Status.NOT_CHECKED], 2),
        ([], 2),
    ],
)
def test_the_exit_status(statuses: list[Status], expected: int) -> None:
    results = [Result(FIRST, status) for status in statuses]
    assert Report(Plan("fr-occ"), groups={"envelope": results}).exit_status == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--subject-prefix", "Occitanie", "--run", "true"], "fr-occ"),
        (["--subject-prefix", "fr-occ"], "--run COMMAND"),
        (["--subject-prefix", "fr-occ", "--run", "true", "--server", "nats://x"], "--run COMMAND"),
        (["--subject-prefix", "fr-pac", "--run", "true"], "--peer-region"),
        (["--subject-prefix", "fr-occ", "--run", "true", "--only", "soup"], "envelope, schema"),
        (["--subject-prefix", "fr-occ", "--run", "true", "--quiet", "0"], "more than 0"),
        (["--subject-prefix", "fr-occ", "--server", "nats://127.0.0.1:9"], "does not answer"),
    ],
)
def test_what_cannot_be_run_is_refused_with_what_to_do(words: list[str], said: str) -> None:
    done = CliRunner().invoke(build(), ["conform", "--language", "en", *words])
    assert done.exit_code == 2
    assert said in done.output


def test_a_command_that_ends_at_once_is_shown_with_its_last_words() -> None:
    words = ["conform", "--language", "en", "--subject-prefix", "fr-occ", "--deadline", "0.5"]
    done = CliRunner().invoke(build(), [*words, "--run", "echo no such module; exit 3"])
    assert done.exit_code == 2
    assert "no such module" in done.output


def test_every_check_is_explained_in_both_languages_and_on_the_page() -> None:
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    headings = {found.strip().lower() for found in re.findall(r"^#+ (.*)$", page, re.MULTILINE)}
    for group in GROUPS:
        assert group.name in headings
        for check in group.checks:
            assert check.group == group.name
            assert f"`{check.id}`" in page
            for text in (check.title, check.expected, check.mend):
                assert text.fr
                assert text.en


def test_the_list_names_every_check_in_the_order_of_the_report() -> None:
    done = CliRunner().invoke(build(), ["conform", "--list"])
    ids = re.findall(r"^  (\S+)\t", done.output, re.MULTILINE)
    assert ids == [check.id for group in GROUPS for check in group.checks]
