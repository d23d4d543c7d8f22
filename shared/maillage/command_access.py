"""What the operator's commands share: a connection for one of them, and the end when it cannot be had."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer

# What a command needs is imported when it runs, so that --help stays quick.
if TYPE_CHECKING:
    from maillage.events.operator import Access

T = TypeVar("T")


def with_access(data: Path | None, work: Callable[[Access], Awaitable[T]]) -> T:
    """Run `work` with a connection to the streams; end with a sentence and status 1 when that fails."""
    from nats.errors import Error as NatsError
    from nats.js.errors import NotFoundError
    from sqlalchemy.exc import DBAPIError

    from maillage.command_faults import sentence
    from maillage.events.operator import Unreachable, access

    async def run() -> T:
        async with access(data) as here:
            return await work(here)

    try:
        return asyncio.run(run())
    except Unreachable as error:
        refuse(str(error))
    except NotFoundError:
        refuse("Le flux ou l'événement n'existe pas. Pour créer les flux : maillage provision")
    except DBAPIError as error:
        refuse(sentence(error) or str(error))
    except NatsError as error:
        refuse(f"NATS n'a pas répondu jusqu'au bout ({type(error).__name__}) : relancez la commande.")
    except (ValueError, OSError) as error:
        refuse(sentence(error) or str(error))


def refuse(reason: str) -> NoReturn:
    """Say why not, and end with status 1."""
    typer.echo(reason, err=True)
    raise typer.Exit(1)
