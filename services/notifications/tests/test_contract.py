"""This service's contract: its consumer covers the events it must, and nobody's name leaves with its own."""

from __future__ import annotations

from maillage.events.event import published
from maillage_notifications import events
from maillage_notifications.app import service
from maillage_notifications.consumers import consumer
from maillage_notifications.events import PUBLISHED

CONSUMED = """
directory.account.tokens-ended directory.contact.changed directory.coordinator.erased
directory.coordinator.joined directory.coordinator.left
directory.coordinator.updated directory.cpts.created directory.cpts.updated directory.position.ended
directory.position.started events.attendance.recorded events.guest.decided events.registration.cancelled
events.registration.confirmed events.registration.offered events.registration.updated
events.registration.waitlisted events.seminar.cancelled events.seminar.completed events.seminar.published
events.seminar.suggested events.seminar.updated mentoring.mentorship.ended mentoring.mentorship.started
mentoring.pathway.completed mentoring.pathway.step-completed mentoring.proposal.accepted
mentoring.proposal.declined mentoring.proposal.expired mentoring.proposal.made mentoring.proposal.nudged
mentoring.proposal.withdrawn mentoring.request.closed
"""


def test_the_consumer_hears_of_everything_people_are_told() -> None:
    assert consumer.types == [f"fr.maillage.{name}.v1" for name in sorted(CONSUMED.split())]


def test_what_is_published_is_listed_and_holds_ids_only() -> None:
    assert sorted(published(events), key=lambda e: e.type()) == sorted(PUBLISHED, key=lambda e: e.type())
    fields = {name for event in PUBLISHED for name in event.model_fields}
    assert not fields & {"email", "first_name", "last_name", "title", "body", "text", "name"}


def test_the_openapi_document_names_every_route() -> None:
    paths = service.build(workers=False).openapi()["paths"]
    base = "/api/notifications/v1"
    for path in (
        "/me/notifications", "/me/notifications/{notification_id}/read", "/me/notifications/read-all",
        "/me/notifications/stream", "/me/preferences", "/unsubscribe/{token}", "/messages",
        "/messages/{message_id}", "/messages/{message_id}/retry", "/mailbox", "/mailbox/{name}",
        "/mailbox/{name}/attachments/{file}",
    ):  # fmt: skip
        assert base + path in paths
