"""Each installed service's migrations: they lead to its tables, and each keeps what its phase promises."""

import pytest
from alembic.script import ScriptDirectory
from maillage.db import drift, migrate
from maillage.db.migrate import config_for, engine_for
from maillage.db.phases import EXPAND, PHASES, Shape, harm, shape
from maillage.service import Service
from maillage.testing.databases import Databases
from maillage_embedded.house import services

each_service = pytest.mark.parametrize("service", services(), ids=lambda service: service.name)


@each_service
async def test_migrations_lead_to_the_model(service: Service, database_url: str) -> None:
    await migrate(database_url, service.migrations)
    assert await drift(database_url, service.base.metadata) == []


@each_service
async def test_a_revision_that_expands_takes_nothing_away(service: Service, databases: Databases) -> None:
    script = ScriptDirectory.from_config(config_for(service.migrations))
    url = await databases.empty("sqlite")
    before = Shape({}, frozenset())
    for revision in reversed(list(script.walk_revisions())):
        phase = getattr(revision.module, "phase", None)
        assert phase in PHASES, f'{revision.path}: say phase = "expand" or "contract"'
        await migrate(url, service.migrations, to=revision.revision)
        after = await shape_of(url)
        if phase == EXPAND:
            assert harm(before, after) == [], f"{revision.path} does not only expand"
        else:
            assert getattr(revision.module, "follows", None), (
                f"{revision.path}: say which revision it follows"
            )
        before = after


async def shape_of(url: str) -> Shape:
    engine = engine_for(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(shape)
    finally:
        await engine.dispose()
