"""Children of the house: started again when they die, ended when asked, and not started half."""

import asyncio
import sys
from pathlib import Path

import pytest
from maillage_embedded.children import Child
from maillage_embedded.home import Home
from maillage_embedded.lock import AlreadyRunningError, holder_of, sole

SLEEPER = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text('up'); time.sleep(60)"


def sleeper(tmp_path: Path) -> Child:
    mark = tmp_path / "mark"

    async def ready(_pid: int) -> None:
        if not mark.exists():
            raise ConnectionError("not yet")

    return Child("sleeper", lambda: [sys.executable, "-c", SLEEPER, str(mark)], tmp_path / "log", ready)


async def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    child = sleeper(tmp_path)
    await child.start()
    first = child.process
    assert first is not None
    first.kill()
    for _ in range(400):
        if child.process is not first:
            break
        await asyncio.sleep(0.05)
    assert child.process is not first
    second = child.process
    await child.stop()
    assert second.returncode is not None


async def test_a_child_that_cannot_start_says_so(tmp_path: Path) -> None:
    async def never(_pid: int) -> None:
        raise ConnectionError("not yet")

    child = Child("broken", lambda: [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log", never)
    with pytest.raises(TimeoutError, match="status 3"):
        await child.start()


def test_the_lock_says_who_holds_it_and_goes_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert holder_of(path) is None
    with sole(path, "http://localhost:1"):
        with pytest.raises(AlreadyRunningError) as refused, sole(path, "http://localhost:2"):
            pass
        assert refused.value.url == "http://localhost:1"
        assert holder_of(path) is not None
    assert holder_of(path) is None
    with sole(path, "http://localhost:3"):
        pass


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "data")
    home.prepare()
    assert home.secret("a") == home.secret("a")
    assert home.secret("a") != home.secret("b")
    assert len(home.secret("a")) > 30
