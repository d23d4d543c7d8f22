"""docs/security.md: each threat names a test, and each test that is named is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<threat>.+?) \| (?P<hold>.+?) \| (?P<test>.+?) \|$", re.MULTILINE)


def threats() -> list[tuple[str, str]]:
    found = [(row["threat"], row["test"]) for row in ROW.finditer(PAGE)]
    return [(threat, test) for threat, test in found if threat != "threat" and not threat.startswith("--")]


def test_each_threat_names_a_test_that_is_there() -> None:
    assert len(threats()) > 30
    for threat, named in threats():
        file, function, *_ = [*re.findall(r"`(\S+?)`", named), "", ""]
        assert re.search(r"/test_\w+\.py$", file), f"{threat}: {named}"
        assert (ROOT / file).is_file(), f"{threat}: no {file}"
        text = (ROOT / file).read_text(encoding="utf-8")
        wanted = rf"^(async )?def {function}\(" if function else r"^(async )?def test_"
        assert re.search(wanted, text, re.MULTILINE), f"{threat}: no {function} in {file}"


def test_the_page_is_two_pages_long() -> None:
    assert len(PAGE.split()) < 1700
