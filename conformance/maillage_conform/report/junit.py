"""The report as JUnit XML, which every CI reads: a suite for each group, a case for each check."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Tree

from maillage_conform.checks import GROUPS
from maillage_conform.checks.base import Result, Status
from maillage_conform.report.people import explanation
from maillage_conform.run import Report
from maillage_conform.texts import Language


def write(report: Report, path: Path, language: Language) -> None:
    """Write the file, making its folder when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tree = Tree.ElementTree(_suites(report, language))
    Tree.indent(tree)
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _suites(report: Report, language: Language) -> Tree.Element:
    root = Tree.Element("testsuites", name="maillage conform", **_counts(report.results))
    for group in GROUPS:
        if results := report.groups.get(group.name):
            name = group.title.in_(language)
            begun = report.begun.strftime("%Y-%m-%dT%H:%M:%S")
            suite = Tree.SubElement(root, "testsuite", name=name, timestamp=begun, **_counts(results))
            for result in results:
                _case(suite, report, result, language)
    return root


def _counts(results: list[Result]) -> dict[str, Any]:
    def count(status: Status) -> str:
        return str(sum(result.status is status for result in results))

    return {
        "tests": str(len(results)),
        "failures": count(Status.FAILED),
        "errors": "0",
        "skipped": count(Status.NOT_CHECKED),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _case(suite: Tree.Element, report: Report, result: Result, language: Language) -> None:
    case = Tree.SubElement(
        suite,
        "testcase",
        classname=f"maillage.conform.{report.plan.region}.{result.check.group}",
        name=f"{result.check.id} {result.check.title.in_(language)}",
        time=f"{result.seconds:.3f}",
    )
    seen = _printable(result.seen.in_(language)) if result.seen else ""
    if result.status is Status.FAILED:
        failure = Tree.SubElement(case, "failure", message=seen, type=result.check.id)
        failure.text = _printable("\n".join(explanation(result, language)))
    elif result.status is Status.NOT_CHECKED:
        Tree.SubElement(case, "skipped", message=seen)
    if result.notes:
        out = Tree.SubElement(case, "system-out")
        out.text = _printable("\n".join(note.in_(language) for note in result.notes))


def _printable(text: str) -> str:
    """Without the characters XML cannot hold, which a service may well send."""
    return "".join(
        c if c in "\n\t" or (ord(c) >= 0x20 and not 0xD800 <= ord(c) <= 0xDFFF) else "?" for c in text
    )
