"""The events the directory listens to: who has confirmed an erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from maillage.events import Consumed, Consumer, Context
from pydantic import Field

from maillage_directory.settings import DirectorySettings
from maillage_directory.usecases import confirm_erasure

OWN_NAME = "directory"
consumer = Consumer(OWN_NAME)


class Confirmed(Consumed):
    """`<service>.erasure.confirmed`: that service has erased its copy of a person."""

    coordinator_id: UUID
    erasure_id: UUID
    erased_at: datetime
    counts: dict[str, Any] = Field(default_factory=dict)


async def on_erasure_confirmed(event: Confirmed, ctx: Context) -> None:
    """Notes the confirmation on the receipt."""
    service = ctx.type.removeprefix("fr.maillage.").split(".")[0]
    await confirm_erasure(ctx.session, ctx.settings, service, event.erasure_id, event.erased_at, event.counts)


# Which services there are is a setting: a region may run others that hold copies of a profile.
for name in DirectorySettings().erasure_services:
    if name != OWN_NAME:
        consumer.project(f"{name}.erasure.confirmed.v1")(on_erasure_confirmed)
