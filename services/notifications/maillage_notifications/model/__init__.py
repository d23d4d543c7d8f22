"""The tables: copies of others' facts (network) and this service's own messages."""

from .base import Base
from .messages import (
    CHANNELS,
    DEFERRED,
    EMAIL,
    FAILED,
    IN_APP,
    PENDING,
    SENT,
    SKIPPED,
    STATES,
    InboxCounter,
    Mention,
    Message,
    Preference,
    SigningKey,
)
from .network import Contact, Cpts, Erased, Person, Position, Projection, Proposal, Registration, Seminar

__all__ = [
    "CHANNELS",
    "DEFERRED",
    "EMAIL",
    "FAILED",
    "IN_APP",
    "PENDING",
    "SENT",
    "SKIPPED",
    "STATES",
    "Base",
    "Contact",
    "Cpts",
    "Erased",
    "InboxCounter",
    "Mention",
    "Message",
    "Person",
    "Position",
    "Preference",
    "Projection",
    "Proposal",
    "Registration",
    "Seminar",
    "SigningKey",
]
