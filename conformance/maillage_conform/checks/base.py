"""What a check is, and what may come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from maillage_conform.bench import Bench
from maillage_conform.texts import Text

PAGE = "docs/conformance.md"


class Status(StrEnum):
    """`NOT_CHECKED` is never a pass: the result says what to give so that the check can be made."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule. `id` is `<group>.<name>`; `mend` tells who wrote the service how to keep it."""

    id: str
    title: Text
    expected: Text
    mend: Text

    @property
    def group(self) -> str:
        """The group it belongs to."""
        return self.id.split(".")[0]

    @property
    def written(self) -> str:
        """Where the rule is written."""
        return f"{PAGE}#{self.group}"


@dataclass(frozen=True, slots=True)
class Result:
    """`seen`: what was observed when it failed, or why it was not checked. `notes`: what is worth knowing."""

    check: Check
    status: Status
    seen: Text | None = None
    notes: tuple[Text, ...] = ()
    seconds: float = 0.0


@dataclass
class Verdicts:
    """The results of one group as they come. The first word on a check stands."""

    results: dict[str, Result] = field(default_factory=dict)

    def passed(self, check: Check, *notes: Text) -> None:
        """Seen to be kept."""
        self.results.setdefault(check.id, Result(check, Status.PASSED, notes=notes))

    def failed(self, check: Check, fr: str, en: str, *notes: Text) -> None:
        """Seen to be broken, and how."""
        self.results.setdefault(check.id, Result(check, Status.FAILED, Text(fr, en), notes))

    def not_checked(self, check: Check, why: Text) -> None:
        """Nothing could be seen for want of something; say of what."""
        self.results.setdefault(check.id, Result(check, Status.NOT_CHECKED, why))

    def settle(self, check: Check, trouble: Text | None, *notes: Text) -> None:
        """Failed with that trouble, or passed when there is none."""
        if trouble is None:
            self.passed(check, *notes)
        else:
            self.failed(check, trouble.fr, trouble.en, *notes)

    def note(self, check: Check, *notes: Text) -> None:
        """Add what is worth knowing to a verdict that was given."""
        known = self.results[check.id]
        self.results[check.id] = replace(known, notes=(*known.notes, *notes))


@dataclass(frozen=True, slots=True)
class Group:
    """Checks that are made together. `run` gives a verdict on each of them."""

    name: str
    title: Text
    checks: Sequence[Check]
    run: Callable[[Bench, Verdicts], Awaitable[None]]


NO_SEMINAR = Text(
    "Aucun séminaire ouvert : publiez events.seminar.opened.v1 avec une fenêtre d'inscription ouverte.",
    "No open seminar: publish events.seminar.opened.v1 with a registration window that is open now.",
)
NO_RESTART = Text(
    "Le service ne peut pas être redémarré : donnez --run, ou --restart-command.",
    "The service cannot be restarted: give --run, or --restart-command.",
)
NO_PROBE = Text(
    "On ne peut pas voir ce que garde le service : donnez --state-url, --probe-command ou --data-dir.",
    "What the service keeps cannot be seen: give --state-url, --probe-command or --data-dir.",
)
