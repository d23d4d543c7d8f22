"""What a running process does without: libraries that weigh, and are needed for something else or by few."""

import json
import subprocess
import sys

from maillage.db import migrate
from maillage.testing.databases import Databases
from maillage_embedded.house import services

MIGRATION = {"alembic", "mako"}
TRACES_SENT = {"google.protobuf", "opentelemetry.exporter", "requests"}
PROVIDER = {"authlib", "httpx2"}
DATA = {"sqlalchemy", "aiosqlite", "asyncpg", "nats", "faststream"}

STARTED = """
import asyncio, importlib, json, sys
from maillage.db import Database, migrate
from maillage.service.schema import SchemaCheck

async def start(url, package):
    await migrate(url, package)
    db = Database(url)
    assert await SchemaCheck(db, package)()
    await db.dispose()

for package, url in json.loads(sys.argv[1]).items():
    service = importlib.import_module(f"{package}.app").service
    asyncio.run(start(url, service.migrations))
    service.build(workers=False)
print(json.dumps(sorted(sys.modules)))
"""
BUILT = "import json, sys, maillage_portal.app as m; m.build(); print(json.dumps(sorted(sys.modules)))"


async def test_services_whose_tables_are_up_to_date_load_neither_migrations_nor_what_few_need(
    databases: Databases,
) -> None:
    urls = {}
    for service in services():
        urls[service.package] = await databases.empty("sqlite")
        await migrate(urls[service.package], service.migrations)
    assert loaded(STARTED, json.dumps(urls)) & (MIGRATION | TRACES_SENT | PROVIDER) == set()


def test_the_portal_loads_no_database_and_no_bus() -> None:
    assert loaded(BUILT) & (MIGRATION | TRACES_SENT | PROVIDER | DATA) == set()


def loaded(code: str, *arguments: str) -> set[str]:
    """The modules of a process that ran `code`, each with the packages it lies in."""
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    modules = json.loads(ran.stdout.splitlines()[-1])
    return {".".join(name.split(".")[:depth]) for name in modules for depth in (1, 2)}
