"""The command line of a service: `python -m maillage_directory serve`, `migrate`, `contract`, …"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from maillage.db import migrate
from maillage.service.composition import Service
from maillage.service.contract import asyncapi_document, write_contract
from maillage.telemetry import configure_logging


def main(service: Service, arguments: Sequence[str] | None = None) -> None:
    """Runs one command of `service`; exits with a status of 2 for an unknown one."""
    parser = argparse.ArgumentParser(prog=f"python -m {service.package}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer requests and handle events")
    commands.add_parser("migrate", help="bring the database to the newest schema")
    commands.add_parser("openapi", help="print the OpenAPI document")
    commands.add_parser("asyncapi", help="print the AsyncAPI document")
    commands.add_parser("contract", help="write the contract files").add_argument("directory", type=Path)
    chosen = parser.parse_args(arguments)
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
    app = service.build(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=round(settings.graceful_timeout),
        server_header=False,
        lifespan="on",
    )
    uvicorn.Server(config).run()
