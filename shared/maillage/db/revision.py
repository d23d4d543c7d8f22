"""`python -m maillage.db.revision PACKAGE "what changes"`: write the next migration from the model.

The difference is taken against an empty SQLite database brought to the newest revision, so nothing but the
checkout is needed. Read what it wrote before committing it. The first call makes the migrations package.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
from importlib import import_module, invalidate_caches
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from maillage.db.migrate import config_for, migrate

ENV = '''"""Alembic's entry: the tables this service's migrations lead to."""

from {package}.model import Base

from maillage.db.migrate import run_env

run_env(Base.metadata)
'''

TEMPLATE = '''"""${message}."""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
phase = "expand"  # adds only; one that takes away: "contract", with follows = "…" (docs/upgrade.md)


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
'''


def main(package: str, message: str) -> Path:
    """Write the revision and return its file. Raises SystemExit when the model asks for no change."""
    migrations = f"{package}.migrations"
    _lay_package(package)
    script = ScriptDirectory.from_config(config_for(migrations))
    number = f"{len(list(script.walk_revisions())) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/now.db"
        asyncio.run(migrate(url, migrations))
        return _write(url, migrations, number, message)


def _lay_package(package: str) -> None:
    import_module(package)
    root = Path(str(files(package))) / "migrations"
    (root / "versions").mkdir(parents=True, exist_ok=True)
    starts = {
        "__init__.py": '"""This service\'s schema history."""\n',
        "env.py": ENV.format(package=package),
        "script.py.mako": TEMPLATE,
    }
    for name, content in starts.items():
        if not (root / name).exists():
            (root / name).write_text(content, encoding="utf-8")
    invalidate_caches()


def _write(url: str, migrations: str, number: str, message: str) -> Path:
    config = config_for(migrations)
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            written = command.revision(config, message=message, autogenerate=True, rev_id=number)
    finally:
        engine.dispose()
    if written is None or isinstance(written, list):
        raise SystemExit("Alembic wrote no single revision")
    path = Path(written.path)
    body = path.read_text(encoding="utf-8")
    if re.search(r"def upgrade\(\).*?\n    pass\n", body, re.DOTALL):
        path.unlink()
        raise SystemExit("the model and the newest revision agree: nothing to write")
    _tidy(path)
    return path


def _tidy(path: Path) -> None:
    """Bring the file into the house's format, where ruff is installed."""
    ruff = Path(sys.executable).with_name("ruff")
    if ruff.exists():
        for arguments in (("check", "--fix", "--quiet"), ("format", "--quiet")):
            subprocess.run([ruff, *arguments, path], check=False)  # noqa: S603  # our own tool, our own file


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit('usage: python -m maillage.db.revision PACKAGE "what changes"')
    sys.stdout.write(f"{main(sys.argv[1], sys.argv[2])}\n")
