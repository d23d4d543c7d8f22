"""What a registration costs does not follow how many there are."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from maillage.ids import new_id
from maillage.testing.plans import asked, walked


async def test_registering_reads_no_table_whole(house: Any) -> None:
    seminar = await house.seminar()
    path = f"/seminars/{seminar['id']}/registrations"
    async with asked(house.harness.db) as statements:
        for expected in ("confirmed", "confirmed", "waitlisted"):
            me = house.as_(new_id()) | {"Idempotency-Key": str(uuid4())}
            made = await house.post(path, me, json={}, expect=201)
            assert made["status"] == expected
        await house.client.get("/me/registrations", headers=me)
    assert len(statements) > 5
    assert await walked(house.harness.db, statements) == {}
