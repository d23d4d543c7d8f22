"""Run by pretix's own Python: an organiser, so many events with a free ticket, a key. Prints them as JSON."""
# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

import json
import sys
from datetime import timedelta
from decimal import Decimal

import django

django.setup()

from django.utils.timezone import now  # noqa: E402  (Django's models want it set up)
from django_scopes import scopes_disabled  # noqa: E402
from pretix.base.models import Event, Organizer, Team  # noqa: E402

ORGANISER = "collectif"


def make(events: int, seats: int) -> dict[str, object]:
    """What the load needs to know: the key, and each event's name in addresses with its ticket."""
    organiser = Organizer.objects.create(name="Collectif", slug=ORGANISER)
    tickets = []
    for number in range(events):
        begin = now() + timedelta(days=30)
        event = Event.objects.create(
            organizer=organiser,
            name=f"Séminaire {number}",
            slug=f"s{number}",
            currency="EUR",
            date_from=begin,
            live=True,
            plugins="",
        )
        ticket = event.items.create(name="Place", default_price=Decimal(0))
        event.quotas.create(name="Places", size=seats).items.add(ticket)
        tickets.append([event.slug, ticket.pk])
    team = Team.objects.create(
        organizer=organiser, name="Charge", all_events=True, all_event_permissions=True
    )
    return {"organiser": ORGANISER, "key": team.tokens.create(name="charge").token, "tickets": tickets}


if __name__ == "__main__":
    with scopes_disabled():
        json.dump(make(int(sys.argv[1]), int(sys.argv[2])), sys.stdout)
