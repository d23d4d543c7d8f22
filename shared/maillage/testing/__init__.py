"""What a service's tests need: both databases, a real nats-server, tokens, a clock to move, a harness.

The fixtures are in `plugin`, which pytest loads by itself wherever this distribution is installed. The names
below are imported when first used, so that a test run that needs none of them does not pay for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maillage.testing.clock import TestClock
    from maillage.testing.harness import Recorded, ServiceHarness
    from maillage.testing.nats import NatsServer
    from maillage.testing.tokens import TokenFactory

__all__ = ["NatsServer", "Recorded", "ServiceHarness", "TestClock", "TokenFactory"]

_HOMES = {
    "NatsServer": "nats",
    "Recorded": "harness",
    "ServiceHarness": "harness",
    "TestClock": "clock",
    "TokenFactory": "tokens",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"maillage.testing.{_HOMES[name]}"), name)
