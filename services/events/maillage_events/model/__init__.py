"""The tables of the events service, split by noun; `Base` also carries the kit's own tables."""

from maillage_events.model.abroad import GuestRequest, NeighbourSeminar
from maillage_events.model.base import Base
from maillage_events.model.network import EndedTokens, Erasure, Person, Post, Suggestion
from maillage_events.model.registration import Attendance, Registration, WorkshopSeat
from maillage_events.model.seats import SeatPool
from maillage_events.model.seminar import Seminar, Workshop

__all__ = [
    "Attendance",
    "Base",
    "EndedTokens",
    "Erasure",
    "GuestRequest",
    "NeighbourSeminar",
    "Person",
    "Post",
    "Registration",
    "SeatPool",
    "Seminar",
    "Suggestion",
    "Workshop",
    "WorkshopSeat",
]
