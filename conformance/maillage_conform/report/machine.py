"""The report as JSON, for a program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from maillage_conform.checks.base import Result, Status
from maillage_conform.run import Report
from maillage_conform.texts import Language


def document(report: Report, language: Language) -> dict[str, Any]:
    """The whole report as plain values."""
    return {
        "region": report.plan.region,
        "peer": report.plan.peer,
        "begun": report.begun.isoformat().replace("+00:00", "Z"),
        "seconds": round(report.seconds, 3),
        "exit_status": report.exit_status,
        "counts": {status.value: report.count(status) for status in Status},
        "checks": [_result(result, language) for result in report.results],
    }


def write(report: Report, path: Path, language: Language) -> None:
    """Write the file, making its folder when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document(report, language), indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def _result(result: Result, language: Language) -> dict[str, Any]:
    check = result.check
    return {
        "id": check.id,
        "group": check.group,
        "title": check.title.in_(language),
        "status": result.status.value,
        "seen": result.seen.in_(language) if result.seen else None,
        "expected": check.expected.in_(language),
        "written": check.written,
        "mend": check.mend.in_(language),
        "notes": [note.in_(language) for note in result.notes],
    }
