"""Walks through a service along the links of its document: what one call made, the next ones are about.

Schemathesis' state machine chooses the way. Nothing is raised on it: a finding is noted and the walk goes on.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import seed, settings
from hypothesis.errors import Flaky
from schemathesis import Case, Response
from schemathesis.engine.errors import is_inconsistent_replay
from schemathesis.generation.stateful import run_state_machine_as_test
from schemathesis.specs.openapi.checks import use_after_free

from tests.fuzz.calls import CHECKS, PATIENCE_SECONDS, Caller
from tests.fuzz.drawing import MANY

STEPS = 12
WALKERS = ("animator", "animator", "coordinator", "admin")
"""Who walks: most of what can be made is made by animators; a coordinator asks for a seat or a mentor."""


def walk(caller: Caller, walks: int, number: int) -> None:
    """So many walks of up to `STEPS` calls each."""
    chance = random.Random(number)  # noqa: S311  # variety, not secrecy

    class Walk(caller.schema.as_state_machine()):  # type: ignore[misc]  # a class made for this document
        """One walk of one person."""

        def setup(self) -> None:
            self.identity = chance.choice(WALKERS)
            self.linked: set[str] = set()

        def step(self, given: Any) -> Any:
            self.linked = {name for _, name in given.applied_parameters}
            return super().step(given)

        def call(self, case: Case, **_: Any) -> Response | None:
            headers = caller.identities()[self.identity]
            checks = [*CHECKS, use_after_free]
            made = caller.call(
                case, self.identity, headers, chance, self.linked, checks=checks, recorder=self.recorder
            )
            return caller.loop.run(made, 4 * PATIENCE_SECONDS)  # its own end is for the call alone

        def after_call(self, response: Response | None, case: Case) -> None:
            if response is not None:
                super().after_call(response, case)

        def validate_response(self, *_: Any, **__: Any) -> None:
            """Done with the call."""

    many = settings(parent=MANY, max_examples=walks, stateful_step_count=STEPS)
    try:
        run_state_machine_as_test(seed(number)(Walk), settings=many)
    except (Flaky, AssertionError) as error:
        # The services remember: where the same beginning leads elsewhere, Hypothesis gives up, and so do we.
        if not isinstance(error, Flaky) and not is_inconsistent_replay(error):
            raise
