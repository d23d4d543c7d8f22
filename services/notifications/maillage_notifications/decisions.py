"""Whether a message goes out, by which rule, and when: taken when it is made, taken again when it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .model import DEFERRED, EMAIL, IN_APP, PENDING, SENT, SKIPPED, Preference
from .quiet import QuietHours
from .topics import Topic

TEMPLATES_VERSION = 1
"""Raised with any change of a text that alters what a reader is told."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided and why.

    `rule`: mandatory, preference, default, or what silenced it (news-only, rebuild). `not_before`: end of the
    person's quiet hours. `urgent`: her quiet hours were passed over, the deadline falling before
    their end.
    """

    allowed: bool
    rule: str
    preference_version: int = 0
    not_before: datetime | None = None
    urgent: bool = False

    @property
    def state(self) -> str:
        """The state a message of the e-mail channel starts in."""
        if not self.allowed:
            return SKIPPED
        return DEFERRED if self.not_before else PENDING

    def state_on(self, channel: str) -> str:
        """An in-app message that is allowed has arrived as soon as it is stored."""
        return SENT if channel == IN_APP and self.allowed else self.state

    @property
    def reason(self) -> str | None:
        """The code shown beside the state."""
        if not self.allowed:
            return self.rule
        return "quiet-hours" if self.not_before else None

    def record(self) -> dict[str, Any]:
        """As kept with the message."""
        kept: dict[str, Any] = {
            "allowed": self.allowed,
            "rule": self.rule,
            "preference_version": self.preference_version,
            "templates_version": TEMPLATES_VERSION,
        }
        if self.not_before:
            kept["quiet_until"] = self.not_before.isoformat()
        if self.urgent:
            kept["urgent"] = True
        return kept


def decide(
    topic: Topic, channel: str, preference: Preference | None, now: datetime, due_at: datetime | None = None
) -> Decision:
    """The decision for one channel at `now`. Mandatory topics ignore choices, not quiet hours."""
    version = preference.version if preference else 0
    allowed, rule = _permission(topic, channel, preference)
    if not allowed or channel != EMAIL or preference is None:
        return Decision(allowed, rule, version)
    quiet = QuietHours.from_json(preference.quiet_hours)
    until = quiet.until(now) if quiet else None
    if until and due_at and due_at <= until:
        return Decision(True, rule, version, urgent=True)
    return Decision(True, rule, version, not_before=until)


def _permission(topic: Topic, channel: str, preference: Preference | None) -> tuple[bool, str]:
    default = topic.default(channel)
    if default == "mandatory":
        return True, "mandatory"
    choice = preference.choices.get(topic.slug, {}).get(channel) if preference else None
    if choice in ("on", "off"):
        return choice == "on", "preference"
    return default == "on", "default"
