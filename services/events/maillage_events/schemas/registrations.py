"""Registrations, attendance and suggestions in requests and answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from maillage.auth import Principal
from pydantic import BaseModel, ConfigDict, Field, model_validator

from maillage_events.model import Attendance, Person, Workshop, WorkshopSeat
from maillage_events.model.registration import CONFIRMED, WAITLISTED, WANTED
from maillage_events.queries import RegistrationView
from maillage_events.reach import may_see_name
from maillage_events.schemas.seminars import Body, SeminarOut
from maillage_events.schemas.words import Answers, Line, Paragraph, not_null


class RegistrationIn(Body):
    """Whom to register (oneself when absent; others for animators) and for which workshops."""

    coordinator_id: UUID | None = None
    workshop_ids: list[UUID] = Field([], max_length=50)
    answers: Answers = Field({}, description="Special needs and the like. Never patient data.")


class RegistrationPatch(Body):
    """The workshops as they shall be (all of them), or the answers anew."""

    workshop_ids: list[UUID] | None = Field(None, max_length=50)
    answers: Answers | None = None

    @model_validator(mode="before")
    @classmethod
    def _nulls(cls, data: Any) -> Any:
        return not_null(data, frozenset(cls.model_fields))


class CancelIn(Body):
    """Why, in a few words for the organisers; never passed on, never patient data."""

    reason: Paragraph | None = None


class CheckInIn(Body):
    """The code on the ticket, scanned or typed; with a workshop, the presence is noted for it."""

    ticket_code: Line
    workshop_id: UUID | None = None


class NameOut(BaseModel):
    """A person's name, shown as far as its reach allows."""

    first_name: str | None
    last_name: str | None

    @classmethod
    def of(cls, person: Person | None, viewer: Principal | None, region: str) -> Self | None:
        """None when the viewer may not see it."""
        if person is None or not may_see_name(viewer, region, person):
            return None
        return cls(first_name=person.first_name, last_name=person.last_name)


class ChosenWorkshopOut(BaseModel):
    """A workshop of a registration. `position` counts from 1 in the workshop's waiting list."""

    workshop_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    room: str
    status: str = Field(description="confirmed, waitlisted or offered")
    position: int | None = Field(description="Null while the seminar itself has no seat for the person")
    yields_to: UUID | None = Field(description="This seat is kept only until that workshop’s is held")

    @classmethod
    def of(cls, seat: WorkshopSeat, workshop: Workshop, position: int | None) -> Self:
        """From the rows; a wish of someone who waits for the seminar shows as waiting, without a position."""
        return cls(
            workshop_id=workshop.id,
            title=workshop.title,
            starts_at=workshop.starts_at,
            ends_at=workshop.ends_at,
            room=workshop.room,
            status=WAITLISTED if seat.status == WANTED else seat.status,
            position=position,
            yields_to=seat.yields_to,
        )


class AttendanceOut(BaseModel):
    """A presence, at the seminar or in one workshop."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    registration_id: UUID
    seminar_id: UUID
    workshop_id: UUID | None
    coordinator_id: UUID | None
    recorded_at: datetime
    recorded_by: UUID | None
    version: int

    @classmethod
    def of(cls, attendance: Attendance) -> Self:
        """From the row."""
        return cls.model_validate(attendance)


class RegistrationOut(BaseModel):
    """A registration. To others than its owner and the animators, only who comes is shown."""

    id: UUID
    seminar_id: UUID
    seminar_title: str
    seminar_starts_at: datetime
    seminar_ends_at: datetime
    coordinator_id: UUID | None
    coordinator: NameOut | None
    guest_region: str | None = Field(description="The region of a guest; null for our own people")
    status: str
    waitlist_position: int | None
    offer_expires_at: datetime | None
    workshops: list[ChosenWorkshopOut]
    answers: dict[str, Any] | None
    ticket_code: str | None
    attended: bool
    attendances: list[AttendanceOut]
    cancel_reason: str | None
    registered_at: datetime
    confirmed_at: datetime | None
    cancelled_at: datetime | None
    version: int
    updated_at: datetime

    @classmethod
    def of(cls, view: RegistrationView, viewer: Principal, region: str) -> Self:
        """For its owner and the animators: everything; a ticket code only while it opens a door."""
        one, private = view.registration, _may_see_all(view, viewer)
        workshops = [
            ChosenWorkshopOut.of(seat, workshop, view.seat_positions.get(seat.id))
            for seat, workshop in view.seats
        ]
        attendances = [AttendanceOut.of(each) for each in view.attendances] if private else []
        return cls(
            id=one.id,
            seminar_id=one.seminar_id,
            seminar_title=view.seminar.title,
            seminar_starts_at=view.seminar.starts_at,
            seminar_ends_at=view.seminar.ends_at,
            coordinator_id=one.coordinator_id,
            coordinator=NameOut.of(view.person, viewer, region),
            guest_region=one.guest_region,
            status=one.status,
            waitlist_position=view.position,
            offer_expires_at=one.offer_expires_at,
            workshops=workshops if private else [],
            answers=one.answers if private else None,
            ticket_code=one.ticket_code if private and one.status == CONFIRMED else None,
            attended=bool(attendances),
            attendances=attendances,
            cancel_reason=one.cancel_reason if private else None,
            registered_at=one.registered_at,
            confirmed_at=one.confirmed_at,
            cancelled_at=one.cancelled_at,
            version=one.version,
            updated_at=one.updated_at,
        )


def _may_see_all(view: RegistrationView, viewer: Principal) -> bool:
    return viewer.is_animator or view.registration.coordinator_id == viewer.id


class ReasonOut(BaseModel):
    """Why a seminar is suggested, as a code and in words."""

    code: str
    text: str


class SuggestionOut(BaseModel):
    """A seminar suggested to the caller."""

    id: UUID
    seminar: SeminarOut
    reasons: list[ReasonOut]
    created_at: datetime


REASONS = {
    "newcomer": ("Vous venez de prendre votre poste.", "You have just taken up your post."),
    "next-seminar": ("C’est le prochain séminaire ouvert.", "It is the next open seminar."),
    "newcomers-track": (
        "Il comporte des ateliers pour les nouveaux coordonnateurs.",
        "It has workshops for new coordinators.",
    ),
}


def reasons_of(codes: list[str], language: str) -> list[ReasonOut]:
    """The codes in the reader's language; one without words yet is shown as it is."""
    return [
        ReasonOut(code=code, text=REASONS[code][language == "en"] if code in REASONS else code)
        for code in codes
    ]
