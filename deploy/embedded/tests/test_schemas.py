"""Each installed service's migrations lead to its tables, on both databases."""

import pytest
from maillage.db import drift, migrate
from maillage.service import Service
from maillage_embedded.house import services


@pytest.mark.parametrize("service", services(), ids=lambda service: service.name)
async def test_migrations_lead_to_the_model(service: Service, database_url: str) -> None:
    await migrate(database_url, service.migrations)
    assert await drift(database_url, service.base.metadata) == []
