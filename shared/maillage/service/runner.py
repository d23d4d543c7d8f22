"""The command line of a service: `python -m maillage_directory serve`, `migrate`, `contract`, …"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import uvicorn
from pydantic import ValidationError

from maillage.db import migrate
from maillage.db.child import migrate_in_child
from maillage.secrecy import UnsafeSecret
from maillage.service.composition import Service
from maillage.service.contract import asyncapi_document, write_contract
from maillage.service.running import Running
from maillage.settings import complaints
from maillage.telemetry import configure_logging
from maillage.webserver import PARSER


def main(service: Service, arguments: Sequence[str] | None = None) -> None:
    """Runs one command of `service`; exits with a status of 2 for an unknown one, of 1 for wrong settings."""
    parser = argparse.ArgumentParser(prog=f"python -m {service.package}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer requests and handle events")
    commands.add_parser("migrate", help="bring the database to the newest schema")
    commands.add_parser("openapi", help="print the OpenAPI document")
    commands.add_parser("asyncapi", help="print the AsyncAPI document")
    commands.add_parser("contract", help="write the contract files").add_argument("directory", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        _run(service, chosen)
    except ValidationError as error:
        if error.title != service.settings.__name__:
            raise
        sys.exit(complaints(error))
    except UnsafeSecret as error:
        sys.exit(str(error))


def _run(service: Service, chosen: argparse.Namespace) -> None:
    if chosen.command == "serve":
        serve(service)
    elif chosen.command == "migrate":
        settings = service.settings()
        asyncio.run(migrate(settings.database_url, service.migrations))
    elif chosen.command == "contract":
        write_contract(service, chosen.directory)
    else:
        document = (
            asyncapi_document(service)
            if chosen.command == "asyncapi"
            else service.build(workers=False).openapi()
        )
        json.dump(document, sys.stdout, indent=2, ensure_ascii=False, sort_keys=True)
        sys.stdout.write("\n")


def serve(service: Service) -> None:
    """Serves until SIGTERM or Ctrl-C, then drains."""
    settings = service.settings()
    configure_logging(settings.log_format, settings.log_level)
    if settings.migrate_on_start:
        migrate_in_child(settings.database_url, service.migrations)
    app = service.build(settings)
    spare_the_collector()
    running: Running = app.state.service
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http=PARSER,
        log_config=None,
        access_log=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=round(settings.graceful_timeout),
        server_header=False,
        lifespan="on",
    )
    DrainingServer(config, drain=running.drain, drain_seconds=settings.drain_seconds).run()


def spare_the_collector() -> None:
    """What a service is made of stays to its end: the garbage collector need not look through it again."""
    gc.collect()
    gc.freeze()


class DrainingServer(uvicorn.Server):
    """Says "not ready" first, goes on answering for `drain_seconds` while others learn it, then stops.

    A second signal stops at once.
    """

    def __init__(self, config: uvicorn.Config, *, drain: Callable[[], None], drain_seconds: float) -> None:
        super().__init__(config)
        self._drain = drain
        self._seconds = drain_seconds
        self._signalled = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # A signal may come in the middle of anything: what touches the loop's objects waits for its turn.
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(self._drain)
        if self._signalled or not self._seconds:
            super().handle_exit(sig, frame)
        else:
            loop.call_soon_threadsafe(loop.call_later, self._seconds, super().handle_exit, sig, frame)
        self._signalled = True
