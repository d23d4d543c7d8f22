"""Children of the house: started again when they die, ended when asked, and not started half."""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from maillage_embedded import children
from maillage_embedded.children import Child
from maillage_embedded.home import Home
from maillage_embedded.lock import AlreadyRunningError, holder_of, sole
from maillage_embedded.processes import started

SLEEPER = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text('up'); time.sleep(60)"


KILLED = "import os; os.kill(os.getpid(), 9)"
HOUSE = """
import asyncio, os, signal, sys
from pathlib import Path
from maillage_embedded.children import Child

async def ready(_pid):
    pass

async def main():
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    child = Child("hung", lambda: command, Path(sys.argv[1]), ready)
    await child.start()
    os.kill(child.process.pid, signal.SIGSTOP)
    print(child.process.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""
"""A house that has one child, which hangs; it says the child's process id."""


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "FIRST_DELAY", 0.01)


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
    async with asyncio.timeout(60):
        while child.process is first:  # noqa: ASYNC110  # it is told to nobody
            await asyncio.sleep(0.05)
    second = child.process
    await child.stop()
    assert second.returncode is not None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_one_that_hangs_ends_with_its_house(tmp_path: Path, eventually: Any) -> None:
    command = [sys.executable, "-c", HOUSE, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as house:
        assert house.stdout is not None
        child = int(house.stdout.readline())
        house.kill()
    try:
        eventually(lambda: not runs(child), "the child has ended", patience=30)
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def runs(pid: int) -> bool:
    """Whether it is there, and not only its status for whoever may ask for it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] not in "ZX"


async def test_a_child_that_cannot_start_says_so(tmp_path: Path) -> None:
    async def never(_pid: int) -> None:
        raise ConnectionError("not yet")

    child = Child("broken", lambda: [sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log", never)
    with pytest.raises(TimeoutError, match="status 3"):
        await child.start()


def running(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")


def programs(tmp_path: Path, *each: str) -> Child:
    """One that is another program at each start, the last from then on; ready while that one runs."""
    turns = iter(each[:-1])

    async def ready(pid: int) -> None:
        if each[-1] == KILLED or each[-1] not in running(pid):
            raise ConnectionError("not yet")

    return Child("often", lambda: [sys.executable, "-c", next(turns, each[-1])], tmp_path / "log", ready)


@pytest.mark.usefixtures("quick")
async def test_a_child_that_is_killed_as_it_starts_is_started_again(tmp_path: Path) -> None:
    child = programs(tmp_path, KILLED, KILLED, "import time; time.sleep(60)")
    await child.start()
    assert child.process is not None
    assert child.process.returncode is None
    await child.stop()


@pytest.mark.usefixtures("quick")
async def test_one_that_is_killed_each_time_is_told_with_the_others_ended(tmp_path: Path) -> None:
    well, killed = sleeper(tmp_path), programs(tmp_path, KILLED)
    with pytest.raises(TimeoutError, match="often was ended by SIGKILL, 5 times in a row"):
        await started([well, killed])
    await well.stop()
    assert well.process is None or well.process.returncode is not None


@pytest.mark.usefixtures("quick")
async def test_a_child_that_cannot_even_be_made_is_tried_again(tmp_path: Path) -> None:
    child = sleeper(tmp_path)
    await child.start()
    command, refusals = child.command, iter([OSError("no space left"), BlockingIOError("no process left")])

    def refused() -> Iterable[str]:
        with suppress(StopIteration):
            raise next(refusals)
        return command()

    first, child.command = child.process, refused  # type: ignore[assignment]
    assert first is not None
    first.kill()
    async with asyncio.timeout(60):
        while child.process is first:  # noqa: ASYNC110  # it is told to nobody
            await asyncio.sleep(0.02)
    await child.stop()


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


def test_who_only_looks_whether_somebody_is_there_is_not_taken_for_a_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("w") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        leaving = threading.Timer(0.1, fcntl.flock, (looking, fcntl.LOCK_UN))
        leaving.start()
        with sole(path, "http://localhost:1"):
            assert holder_of(path) is not None
        leaving.join()


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "data")
    home.prepare()
    assert home.secret("a") == home.secret("a")
    assert home.secret("a") != home.secret("b")
    assert len(home.secret("a")) > 30
