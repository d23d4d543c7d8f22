"""One `maillage up` per data folder. The kernel holds the lock, so one that was killed leaves none behind."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class AlreadyRunningError(Exception):
    """Another `maillage up` runs on this folder: `pid` and `url` say who and where."""

    def __init__(self, pid: int, url: str) -> None:
        super().__init__(f"process {pid} at {url}")
        self.pid = pid
        self.url = url


@contextmanager
def sole(path: Path, url: str) -> Iterator[None]:
    """Hold the folder while the block runs. Raises AlreadyRunningError."""
    with path.open("a+", encoding="utf-8") as file:
        while not _taken(file, fcntl.LOCK_EX):
            # Who only looks whether somebody is there (`holder_of`) is gone in a moment.
            if not _taken(file, fcntl.LOCK_SH):
                raise _holder(path)
            fcntl.flock(file, fcntl.LOCK_UN)
            time.sleep(0.01)
        file.truncate(0)
        json.dump({"pid": os.getpid(), "url": url}, file)
        file.flush()
        yield


def _taken(file: IO[str], lock: int) -> bool:
    try:
        fcntl.flock(file, lock | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(path: Path) -> AlreadyRunningError:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return AlreadyRunningError(int(said["pid"]), str(said["url"]))
    except (OSError, ValueError, KeyError):
        return AlreadyRunningError(0, "?")


def holder_of(path: Path) -> AlreadyRunningError | None:
    """Who runs on the folder now; None when nobody does."""
    if not path.exists():
        return None
    with path.open("r", encoding="utf-8") as file:
        return None if _taken(file, fcntl.LOCK_SH) else _holder(path)
