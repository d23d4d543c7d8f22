"""Every message once: in the inbox for each event that tells a person something, in the mailbox when sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from tests.faults.checker.evidence import Evidence, kind_of

TOPICS = {
    "events.registration.confirmed.v1": ("registration-confirmed", "coordinator_id"),
    "events.registration.waitlisted.v1": ("registration-waitlisted", "coordinator_id"),
    "events.registration.offered.v1": ("registration-offered", "coordinator_id"),
    "directory.position.started.v1": ("welcome", "coordinator_id"),
    "directory.position.ended.v1": ("position-ended", "coordinator_id"),
    "mentoring.proposal.made.v1": ("proposal-made", "mentor_id"),
    "mentoring.proposal.accepted.v1": ("proposal-accepted", "mentee_id"),
}
"""What these events tell, and whom."""
IN_APP, EMAIL = "in_app", "email"


def told_once(found: Evidence) -> Iterator[str]:
    """Whoever an event concerns has one message of it, unless she is erased."""
    if "notifications.message" not in found.tables:
        return
    told = Counter(
        (str(row["event_id"]), row["topic"], str(row["recipient_id"]))
        for row in found.rows("notifications.message", channel=IN_APP)
    )
    for entry in found.journal("directory", "events", "mentoring"):
        kind = kind_of(entry)
        if kind not in TOPICS or entry["data"] is None:
            continue
        topic, field = TOPICS[kind]
        person = str(json.loads(entry["data"])[field])
        count = told[str(entry["event_id"]), topic, person]
        if count != (person not in found.erased):
            yield f"{person} has {count} messages {topic} of event {entry['event_id']}"
    for (event_id, topic, person), count in told.items():
        if count > 1:
            yield f"{person} is told {topic} of event {event_id} {count} times"


def mailed_once(found: Evidence) -> Iterator[str]:
    """Each mail noted as sent is in the mailbox, each in the mailbox is noted, and none is still to go.

    A mail that speaks of an erased person has left the mailbox with her.
    """
    spoken = found.tables.get("notifications.mention", [])
    erased = {str(row["message_id"]) for row in spoken if str(row["person_id"]) in found.erased}
    sent = set()
    for row in found.rows("notifications.message", channel=EMAIL):
        if row["state"] == "sent":
            sent |= {str(row["id"])} - erased
        elif row["state"] in ("pending", "failed"):
            yield f"mail {row['id']} ({row['topic']}) is {row['state']}: {row['reason']}"
    yield from (f"mail {one} was sent and is not in the mailbox" for one in sorted(sent - found.mails.keys()))
    yield from (f"mail {one} is in the mailbox and not noted" for one in sorted(found.mails.keys() - sent))
    texts = Counter(found.mails.values())
    yield from (f"the same mail is there {count} times" for count in texts.values() if count > 1)
