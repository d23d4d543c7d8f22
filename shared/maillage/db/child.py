"""A migration in a process that ends with it."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import threading
from contextlib import suppress

from maillage.db.migrate import migrate


def migrate_in_child(database_url: str, package: str) -> None:
    """As `migrate`, in a fork of this process: it alone loads Alembic and what that brings along.

    A service that has just been started on a new version would carry those eight megabytes for as long as it
    runs. Whoever starts it calls `migrate` besides: what failed here has changed nothing, is tried again and
    said there. Does nothing where a fork is not safe: beside other threads, or on another system than Linux.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        return
    child = multiprocessing.get_context("fork").Process(target=_migrate, args=(database_url, package))
    child.start()
    child.join()
    child.close()


def _migrate(database_url: str, package: str) -> None:
    with suppress(Exception):
        asyncio.run(migrate(database_url, package))
