"""One build and one running composition for the whole session: every file here shares them.

`built`: the images stand under the tag `composition.VERSION`. `composition`: the demo, up and well, from a
clean checkout. Whoever scales or kills puts it back (`composition.scale(events=1)`); whoever needs one that
is broken on purpose makes a `Composition` of its own.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.composition import Composition, clean_checkout, seconds


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean checkout of this working tree. Without an engine nothing can be tested; in CI that fails."""
    if subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        message = "no container engine answers here (docker info)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    return clean_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def built(checkout: Path) -> Path:
    """The checkout, once its images are built."""
    Composition(checkout, "maillage-build").run("--profile", "*", "build", "--quiet")
    return checkout


@pytest.fixture(scope="session")
def started_in() -> dict[str, float]:
    """How long `docker compose up --wait` took, in seconds, once `composition` has been asked for."""
    return {}


@pytest.fixture(scope="session")
def composition(built: Path, started_in: dict[str, float]) -> Iterator[Composition]:
    """The demo, up and well."""
    before = time.monotonic()
    with Composition(built, f"maillage-test-{os.getpid()}").started() as running:
        started_in["up"] = seconds(before)
        yield running
