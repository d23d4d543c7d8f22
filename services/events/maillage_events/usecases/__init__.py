"""Everything this service can do: the table of contents.

Each use case loads, decides, saves and records events in the transaction it is given; none commits.
"""

from maillage_events.usecases.at_once import register_at_once
from maillage_events.usecases.checkins import check_in, undo_check_in
from maillage_events.usecases.departures import confirm_erasure, erase_person, leave_network
from maillage_events.usecases.hosting import (
    Guest,
    accept_guest,
    admit_guest,
    expect_of_region,
    withdraw_guest,
)
from maillage_events.usecases.neighbours import (
    forget_card,
    keep_card,
    keep_seminar,
    shut_seminar,
)
from maillage_events.usecases.newcomers import suggest_next_seminar, suggest_to_newcomers
from maillage_events.usecases.registrations import (
    accept_offer,
    cancel_registration,
    change_registration,
    decline_offer,
    expire_offer,
    register,
)
from maillage_events.usecases.seminars import (
    cancel_seminar,
    complete_seminar,
    create_seminar,
    delete_seminar,
    edit_seminar,
    publish_seminar,
)
from maillage_events.usecases.visiting import (
    Answer,
    accept_seat,
    cancel_request,
    decline_seat,
    note_answer,
    request_seat,
)
from maillage_events.usecases.workshops import add_workshop, edit_workshop, remove_workshop

__all__ = [
    "Answer",
    "Guest",
    "accept_guest",
    "accept_offer",
    "accept_seat",
    "add_workshop",
    "admit_guest",
    "cancel_registration",
    "cancel_request",
    "cancel_seminar",
    "change_registration",
    "check_in",
    "complete_seminar",
    "confirm_erasure",
    "create_seminar",
    "decline_offer",
    "decline_seat",
    "delete_seminar",
    "edit_seminar",
    "edit_workshop",
    "erase_person",
    "expect_of_region",
    "expire_offer",
    "forget_card",
    "keep_card",
    "keep_seminar",
    "leave_network",
    "note_answer",
    "publish_seminar",
    "register",
    "register_at_once",
    "remove_workshop",
    "request_seat",
    "shut_seminar",
    "suggest_next_seminar",
    "suggest_to_newcomers",
    "undo_check_in",
    "withdraw_guest",
]
