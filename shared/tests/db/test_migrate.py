"""Migrations: written from the model, applied once whoever asks, whole or not at all, on both databases."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from maillage.db import Database, drift, migrate
from sqlalchemy import text

MODEL = '''
"""The tables of a small service."""

from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from maillage.db import Json, ServiceBase, Versioned


class Base(ServiceBase, DeclarativeBase):
    """Tables."""


class Parent(Versioned, Base):
    __tablename__ = "parent"
    name: Mapped[str] = mapped_column(unique=True)
    facts: Mapped[dict[str, object]] = mapped_column(Json)
    {more}


class Child(Versioned, Base):
    __tablename__ = "child"
    parent_id: Mapped[UUID] = mapped_column(ForeignKey("parent.id", ondelete="CASCADE"))
'''


class SmallService:
    """A package written for one test, with its migrations."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder / name, name
        self.folder.mkdir()
        (self.folder / "__init__.py").write_text("")
        self.model("")

    @property
    def migrations(self) -> str:
        return f"{self.name}.migrations"

    def model(self, more: str) -> None:
        (self.folder / "model.py").write_text(MODEL.format(more=more))

    def revise(self, message: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "maillage.db.revision", self.name, message]
        return subprocess.run(command, cwd=self.folder.parent, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> SmallService:
    """A service with its first migration, written by the command; the tests work on copies."""
    service = SmallService(tmp_path_factory.mktemp("first"), "small_first")
    written = service.revise("first tables")
    assert written.returncode == 0, written.stderr
    return service


@pytest.fixture
def small(
    first: SmallService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> SmallService:
    monkeypatch.syspath_prepend(tmp_path)
    # A package name of its own: Python keeps what it has imported.
    service = SmallService(tmp_path, f"small{abs(hash(request.node.nodeid)) % 10**9}")
    shutil.copytree(first.folder / "migrations", service.folder / "migrations")
    env = service.folder / "migrations" / "env.py"
    env.write_text(env.read_text().replace(first.name, service.name))
    return service


async def test_the_written_migration_leads_to_the_model(small: SmallService, database_url: str) -> None:
    assert [path.name for path in small.folder.glob("migrations/versions/0*.py")] == ["0001_first_tables.py"]
    await migrate(database_url, small.migrations)
    from importlib import import_module

    assert await drift(database_url, import_module(f"{small.name}.model").Base.metadata) == []


def test_nothing_to_change_writes_nothing(small: SmallService) -> None:
    again = small.revise("again")
    assert again.returncode != 0
    assert "nothing to write" in again.stderr
    assert len(list(small.folder.glob("migrations/versions/0*.py"))) == 1


async def test_a_change_of_a_table_keeps_the_rows_that_hang_on_it(
    small: SmallService, database_url: str
) -> None:
    await migrate(database_url, small.migrations)
    await insert_parent_and_child(database_url)
    small.model('nickname: Mapped[str] = mapped_column(server_default="x")')
    written = small.revise("nickname")
    assert written.returncode == 0, written.stderr
    path = small.folder / "migrations/versions/0002_nickname.py"
    path.write_text(path.read_text().replace("def downgrade", REMAKE + "\n\ndef downgrade"))
    await migrate(database_url, small.migrations)
    db = Database(database_url)
    async with db.read() as session:
        assert (await session.execute(text("SELECT nickname FROM parent"))).scalars().all() == ["x"]
        assert (await session.execute(text("SELECT count(*) FROM child"))).scalar_one() == 1
    await db.dispose()


REMAKE = """
    # SQLite can only do this by dropping the table and making it again.
    with op.batch_alter_table("parent") as batch_op:
        batch_op.alter_column("name", existing_type=sa.String(), nullable=True)
"""


async def insert_parent_and_child(database_url: str) -> None:
    key = "00000000000000000000000000000001"
    common = f"'{key}', 1, '2026-01-01', '2026-01-01'"
    columns = "id, version, created_at, updated_at"
    db = Database(database_url)
    async with db.write() as session:
        parent = f"INSERT INTO parent ({columns}, name, facts) VALUES ({common}, 'a', '{{}}')"  # noqa: S608
        child = f"INSERT INTO child ({columns}, parent_id) VALUES ({common}, '{key}')"  # noqa: S608
        await session.execute(text(parent))
        await session.execute(text(child))
    await db.dispose()


async def test_a_failing_migration_leaves_the_database_as_it_was(
    small: SmallService, database_url: str
) -> None:
    small.model('nickname: Mapped[str] = mapped_column(server_default="x")')
    small.revise("nickname")
    path = small.folder / "migrations/versions/0002_nickname.py"
    path.write_text(
        path.read_text().replace("def downgrade", '    raise LookupError("half way")\n\n\ndef downgrade')
    )
    with pytest.raises(LookupError):
        await migrate(database_url, small.migrations)
    db = Database(database_url)
    with pytest.raises(Exception, match="parent"):
        async with db.read() as session:
            await session.execute(text("SELECT 1 FROM parent"))
    await db.dispose()


async def test_several_processes_may_migrate_at_once(small: SmallService, database_url: str) -> None:
    call = f"migrate({database_url!r}, {small.migrations!r})"
    code = f"import asyncio; from maillage.db import migrate; asyncio.run({call})"
    all_at_once = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=small.folder.parent)
        for _ in range(3)
    ]
    assert [await each.wait() for each in all_at_once] == [0, 0, 0]
    await migrate(database_url, small.migrations)


LEAN_START = """
import asyncio, sys
import maillage.service
from maillage.db import migrate
from maillage.db.child import migrate_in_child

migrate_in_child(*sys.argv[1:])
asyncio.run(migrate(*sys.argv[1:]))
print(*sorted({"alembic", "rich"} & set(sys.modules)), "maillage.service" in sys.modules)
"""


async def test_a_service_carries_neither_the_migration_nor_colours(
    small: SmallService, database_url: str
) -> None:
    """What it needs for a moment is loaded by a child that ends, what it never needs not at all."""
    command = [sys.executable, "-c", LEAN_START, database_url, small.migrations]
    options = {"cwd": small.folder.parent, "capture_output": True, "text": True, "check": True}
    ran = await asyncio.to_thread(subprocess.run, command, **options)
    assert ran.stdout.split() == ["True"], ran.stdout
    db = Database(database_url)
    async with db.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM child")) == 0
    await db.dispose()
