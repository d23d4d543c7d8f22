"""Everything people can be told, as data: by which channels, whether it may be refused, and where it leads.

The words of a topic are in texts/<language>/<slug>.j2. Removing or renaming a topic orphans messages already
stored: keep the old slug readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .model import EMAIL, IN_APP

Default = Literal["mandatory", "on", "off"]


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of message. `path`: the portal's page it leads to, with parameters in braces.

    `late`: pointless once its deadline has passed. `calendar`: its mail carries a calendar entry.
    """

    slug: str
    group: Literal["arrival", "mentoring", "pathway", "seminars", "network", "account"]
    path: str
    in_app: Default = "on"
    email: Default = "off"
    late: bool = False
    calendar: bool = False

    def default(self, channel: str) -> Default:
        """What happens on `channel` when the person chose nothing."""
        return self.in_app if channel == IN_APP else self.email

    def is_locked(self, channel: str) -> bool:
        return self.default(channel) == "mandatory"


_ALL = (
    Topic("welcome", "arrival", "/parcours", in_app="mandatory", email="mandatory"),
    Topic("arrival", "network", "/cpts/{cpts_id}"),
    Topic("departure", "network", "/cpts/{cpts_id}"),
    Topic("position-ended", "arrival", "/mon-profil", in_app="mandatory", email="on"),
    Topic("proposal-made", "mentoring", "/mentorat", email="on", late=True),
    Topic("proposal-sent", "mentoring", "/mentorat"),
    Topic("proposal-nudge", "mentoring", "/mentorat", email="on", late=True),
    Topic("proposal-accepted", "mentoring", "/mentorat", in_app="mandatory", email="on"),
    Topic("proposal-declined", "mentoring", "/mentorat"),
    Topic("proposal-lapsed", "mentoring", "/mentorat"),
    Topic("proposal-withdrawn", "mentoring", "/mentorat"),
    Topic("mentor-not-found", "mentoring", "/mentorat"),
    Topic("mentor-needed", "network", "/mentorat"),
    Topic("mentorship-started", "mentoring", "/mentorat", in_app="mandatory", email="on"),
    Topic("mentorship-ended", "mentoring", "/mentorat", in_app="mandatory", email="on"),
    Topic("pathway-step", "pathway", "/parcours"),
    Topic("pathway-completed", "pathway", "/parcours"),
    Topic("seminar-suggested", "seminars", "/seminaires/{seminar_id}"),
    Topic(
        "registration-confirmed",
        "seminars",
        "/inscriptions/{registration_id}",
        in_app="mandatory",
        email="mandatory",
        calendar=True,
    ),
    Topic("registration-waitlisted", "seminars", "/inscriptions/{registration_id}", email="on"),
    Topic(
        "registration-offered",
        "seminars",
        "/inscriptions/{registration_id}",
        in_app="mandatory",
        email="mandatory",
        late=True,
    ),
    Topic(
        "registration-updated",
        "seminars",
        "/inscriptions/{registration_id}",
        in_app="mandatory",
        email="on",
        calendar=True,
    ),
    Topic(
        "registration-cancelled",
        "seminars",
        "/seminaires/{seminar_id}",
        in_app="mandatory",
        email="mandatory",
        calendar=True,
    ),
    Topic(
        "seminar-updated",
        "seminars",
        "/seminaires/{seminar_id}",
        in_app="mandatory",
        email="mandatory",
        calendar=True,
    ),
    Topic(
        "seminar-cancelled",
        "seminars",
        "/seminaires",
        in_app="mandatory",
        email="mandatory",
        calendar=True,
    ),
    Topic(
        "guest-confirmed",
        "seminars",
        "/seminaires/ailleurs/{seminar_id}",
        in_app="mandatory",
        email="mandatory",
        calendar=True,
    ),
    Topic("guest-waitlisted", "seminars", "/seminaires/ailleurs/{seminar_id}", email="on"),
    Topic(
        "guest-offered",
        "seminars",
        "/seminaires/ailleurs/{seminar_id}",
        in_app="mandatory",
        email="mandatory",
        late=True,
    ),
    Topic(
        "guest-refused",
        "seminars",
        "/seminaires/ailleurs/{seminar_id}",
        in_app="mandatory",
        email="mandatory",
    ),
    Topic(
        "guest-updated",
        "seminars",
        "/seminaires/ailleurs/{seminar_id}",
        in_app="mandatory",
        email="mandatory",
        calendar=True,
    ),
    Topic(
        "guest-cancelled",
        "seminars",
        "/seminaires/ailleurs/{seminar_id}",
        in_app="mandatory",
        email="mandatory",
        calendar=True,
    ),
    Topic("attendance-recorded", "seminars", "/parcours"),
    Topic("message-failed", "account", "/mon-profil", in_app="mandatory"),
)

TOPICS: dict[str, Topic] = {topic.slug: topic for topic in _ALL}

NO_EMAIL = frozenset({"message-failed"})
"""Told in the inbox only: writing to an address that refuses mail would go round in circles."""


def channels_of(topic: Topic) -> tuple[str, ...]:
    """The channels a topic exists on."""
    return (IN_APP,) if topic.slug in NO_EMAIL else (IN_APP, EMAIL)
