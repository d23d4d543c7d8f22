"""What is compiled before the workers start is what they find."""

from __future__ import annotations

import sys
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from _pytest.assertion import rewrite

from tests.support.compiled import keep_compiled, sources

ROOT = Path(__file__).parents[2]


def loaded(file: Path, config: pytest.Config) -> None:
    """Import it as pytest does."""
    module = ModuleType(file.stem)
    module.__spec__ = spec_from_file_location(file.stem, file)
    rewrite.AssertionRewritingHook(config).exec_module(module)


def test_pytest_rewrites_no_test_that_was_rewritten_before(
    tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "test_sum.py"
    file.write_text("def test_sum():\n    assert 1 + 1 == 3\n")
    again: list[Path] = []

    def noted(path: Path, config: pytest.Config) -> Any:
        again.append(path)
        return real(path, config)

    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    keep_compiled(file, pytestconfig)
    real = rewrite._rewrite_test
    monkeypatch.setattr(rewrite, "_rewrite_test", noted)
    loaded(file, pytestconfig)
    assert again == []
    file.write_text("def test_sum():\n    assert 1 + 1 == 4\n")
    loaded(file, pytestconfig)
    assert again == [file]


def test_a_file_that_is_no_python_is_left_to_who_imports_it(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    for name in ("test_wrong.py", "wrong.py"):
        (tmp_path / name).write_text("def (:\n")
        keep_compiled(tmp_path / name, pytestconfig)


def test_all_that_tests_import_is_compiled() -> None:
    found = {str(file.relative_to(ROOT)) for file in sources(ROOT)}
    assert {"conftest.py", "services/events/maillage_events/app.py", "tests/house/test_backup.py"} <= found
    assert not any("site-packages" in file or "node_modules" in file for file in found)
