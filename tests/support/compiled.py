"""What each worker would compile, or import for houses, is done once before the first one starts.

Nothing of a fresh checkout has been compiled: every worker compiled the house and rewrote the asserts of
all tests, all at the same time, so that none found what another had just made.
"""

from __future__ import annotations

import compileall
import multiprocessing
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

from tests.support import warm

OTHERS = {"node_modules", "frontend", "build", "dist", "data", "examples"}
"""Folders that hold nothing of ours that tests import."""


def sources(root: Path) -> Iterator[Path]:
    """Each Python file under the folder, but for what others wrote and what is hidden."""
    for folder, below, files in os.walk(root):
        below[:] = [name for name in below if name not in OTHERS and not name.startswith(".")]
        yield from (Path(folder, name) for name in files if name.endswith(".py"))


def is_rewritten(file: Path) -> bool:
    """Whether pytest rewrites its asserts: its own rule, with its default names."""
    return file.name == "conftest.py" or file.name.startswith("test_")


def keep_compiled(file: Path, config: pytest.Config) -> None:
    """Have beside the file what Python or pytest will look for there; a file that is wrong says so later."""
    if not is_rewritten(file):
        compileall.compile_file(file, quiet=2)
        return
    kept = rewrite.get_cache_dir(file) / f"{file.stem}{rewrite.PYC_TAIL}"
    if rewrite._read_pyc(file, kept) is None:
        try:
            stamp, code = rewrite._rewrite_test(file, config)
        except SyntaxError:
            return
        rewrite.try_makedirs(kept.parent)
        rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, stamp, kept)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """What all workers would do, before they start; what a file costs is only counted under its worker."""
    if not sys.dont_write_bytecode:
        compile_all(config)
    if not config.getoption("--cost"):
        warm.share(os.environ)


def compile_all(config: pytest.Config) -> None:
    """Compile what has changed, in forks, which inherit the configuration."""
    # In small pieces: a file of tests takes a hundred times as long as one without.
    with multiprocessing.get_context("fork").Pool(initializer=_inherit, initargs=(config,)) as pool:
        pool.map(_keep, list(sources(config.rootpath)), chunksize=8)


_inherited: list[pytest.Config] = []


def _inherit(config: pytest.Config) -> None:
    _inherited.append(config)


def _keep(file: Path) -> None:
    keep_compiled(file, _inherited[-1])
