"""One sandbox for all: the reference service in it once for each vice, several at a time."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from maillage_conform.accounts import Pair, service_permissions
from maillage_conform.checks import GROUPS
from maillage_conform.plan import Plan
from maillage_conform.run import Report, conform, sandbox_pair
from maillage_conform.sandbox import Sandbox

REFERENCE = Path(__file__).parent / "reference" / "service.py"
CHECKS = [check.id for group in GROUPS for check in group.checks]
AT_ONCE = 12
NONE = "none"
SILENT = "envelope.speaks"
NO_LOSS, HOT = "restart.no-loss", "poison.not-hot"
NO_ANSWER = ("requests.answered", "tolerance.unknown-fields", "erasure.stranger", "poison.goes-on")
WAITED_FOR = {SILENT: 2, NO_LOSS: 20, **dict.fromkeys((*NO_ANSWER, "poison.survives", HOT), 30)}
"""Vices of which something is waited for in vain, and for how many seconds: who never says anything need not
be waited for eleven times. Begun first, or all the others would wait for them at the end."""
PATIENCE = 60
"""Seconds for an answer of the others, which costs nothing as it comes."""
SAID = frozenset({"envelope", "schema", "identifiers", "requests", "seats", "erasure"})
"""Enough for a vice in how something is said: the other groups see the same messages again."""
WIDE = {
    "permissions.publish": {"permissions": {"publish": [">"], "subscribe": ["_INBOX.>"]}},
    "permissions.read": {"exported": [">"]},
}
"""What is wrong with the service's place in the network, and not with the service."""


def plan_for(region: str, peer: str, vice: str) -> Plan:
    """Deadlines that are enough for a machine that has much else to do, and a longer one for NATS.

    One message that came late to one of the services would leave nothing to say of any of them.
    """
    command = f"exec env VICE={'' if vice in (NONE, *WIDE) else vice} {sys.executable} {REFERENCE}"
    only = SAID if vice.split(".")[0] in ("envelope", "schema", "identifiers") else frozenset()
    only = frozenset() if vice == SILENT else only
    patience = WAITED_FOR.get(vice, PATIENCE)
    start = 2 if vice == SILENT else 120  # so many interpreters that start at once take their time
    waits = {"deadline": patience, "erasure_deadline": patience, "start": start, "arrival": 120}
    return Plan(region, peer, command=command, quiet=0.5, only=only, **waits)


def pair_for(plan: Plan, vice: str) -> Pair:
    """The service's place in the sandbox."""
    pair = sandbox_pair(plan)
    if vice == "permissions.read":
        return replace(pair, exported=[f"{plan.peer}.>"])
    if vice == "permissions.publish":
        allowed = service_permissions(plan.region, plan.peer)
        return replace(pair, permissions={**allowed, "publish": [">"]})
    return pair


async def _all(folder: Path) -> dict[str, Report]:
    vices = [NONE, *CHECKS]
    plans = {vice: plan_for(f"fr-v{n:02d}", f"fr-w{n:02d}", vice) for n, vice in enumerate(vices)}
    pairs = {vice: pair_for(plan, vice) for vice, plan in plans.items()}
    turn = asyncio.Semaphore(AT_ONCE)
    async with Sandbox(folder, list(pairs.values())) as sandbox:

        async def one(vice: str) -> Report:
            async with turn:
                return await conform(plans[vice], within=(sandbox, pairs[vice]))

        begun = sorted(vices, key=lambda vice: vice not in WAITED_FOR)
        return dict(zip(begun, await asyncio.gather(*map(one, begun)), strict=True))


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """The report on the good service (NONE), and on the one with each vice."""
    return asyncio.run(_all(tmp_path_factory.mktemp("conform")))
