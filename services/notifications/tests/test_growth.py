"""What an inbox costs does not follow what everybody was ever told."""

from __future__ import annotations

from typing import Any

from maillage.ids import new_id
from maillage.testing.plans import asked, walked


async def test_no_page_of_the_inbox_reads_the_messages_of_all(network: Any) -> None:
    camille = await network.person("Camille", "Roux")
    for done in (1, 2, 3):
        await network.happens(
            "mentoring.pathway.step-completed", pathway_id=new_id(), coordinator_id=camille, step="mentor",
            done=done, total=9,
        )  # fmt: skip
    client, headers = network.harness.client, network.harness.tokens.coordinator(camille)
    async with asked(network.harness.db) as statements:
        first = await network.inbox(camille, limit=1)
        await network.inbox(camille, limit=1, cursor=first["next"], unread="true")
        await client.post("me/notifications/read-all", headers=headers)
    assert any("UPDATE message" in one.sql for one in statements)
    assert await walked(network.harness.db, statements) == {}
    if network.harness.db.dialect == "sqlite":  # PostgreSQL's choice among indexes depends on the sizes
        counted = next(one for one in statements if "count(*)" in one.sql)
        async with network.harness.db.engine.connect() as connection:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {counted.sql}", counted.values)
            assert "ix_message_unread" in str(plan.all())
