"""Presenting to other regions the people who were here before there were any."""

from __future__ import annotations

from maillage.service import Running

from maillage_directory.usecases import present_some


async def present_everyone(running: Running) -> None:
    """Looks once at everybody whom other regions were never told of; a task of the leader that ends.

    In batches, each a transaction: a restart goes on where this one stopped.
    """
    found = 1
    while found:
        async with running.db.write() as session:
            found = await present_some(session)
