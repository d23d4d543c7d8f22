"""A short run of the real thing: stories over HTTP while services and bus are killed, then every verdict.

`make test-faults` begins with it; the long runs, on both databases and with every harm, follow.
"""

from __future__ import annotations

import random
import sys

from tests.faults.campaign import Campaign, run

SERVICES = ("directory", "events", "mentoring", "notifications")


async def test_the_house_keeps_its_word_while_it_is_killed() -> None:
    seed = random.SystemRandom().randrange(10**6)
    campaign = Campaign(
        seed, seconds=8, rate=5, every=2.5, harms=("kill-service", "kill-bus"), services=SERVICES
    )
    result = await run(campaign, lambda line: sys.stdout.write(f"{line}\n") and None)
    assert not result.complaints, result.report()
    assert sum(each.acknowledged for each in result.evidence.history.operations) > 20, "too little was done"
