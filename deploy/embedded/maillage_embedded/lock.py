"""One `maillage up` per data folder. The kernel holds the lock, so one that was killed leaves none behind."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _holder(path) from None
        file.truncate(0)
        json.dump({"pid": os.getpid(), "url": url}, file)
        file.flush()
        yield


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
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _holder(path)
    return None
