"""What requests and answers look like."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Literal, Self
from uuid import UUID
from zoneinfo import available_timezones

from maillage.fit import Fit
from maillage.http import Page
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class ActionOut(BaseModel):
    """Where the notification leads: the button's words and the portal's path."""

    label: str
    path: str


class NotificationOut(BaseModel):
    """One notification in the reader's language. `due_at`: when what it asks for is too late."""

    id: UUID
    topic: str
    title: str
    body: str
    action: ActionOut | None
    created_at: datetime
    read_at: datetime | None
    due_at: datetime | None


class InboxPage(Page[NotificationOut]):
    """Newest first. `unread` counts the whole inbox, not this page."""

    unread: int


class UnreadOut(BaseModel):
    unread: int


Choice = Literal["on", "off", "inherit"]


class ChannelOut(BaseModel):
    """`choice`: hers, or `inherit`; `effective`: what happens; `locked`: not hers to choose, `reason` why."""

    choice: Choice
    default: Literal["on", "off"]
    effective: Literal["on", "off"]
    locked: bool
    reason: str | None


class TopicOut(BaseModel):
    topic: str
    group: str
    label: str
    channels: dict[str, ChannelOut]


class QuietHoursModel(Fit):
    """Mails that fall between `start` and `end` wait for the end; overnight when start is later than end."""

    model_config = ConfigDict(extra="forbid")

    start: time
    end: time
    time_zone: str = Field("Europe/Paris", max_length=64, description="IANA name, overseas zones included")
    weekends: bool = Field(False, description="Quiet from Saturday to Sunday too")

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("unknown time zone")
        return value

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if self.start == self.end or self.start.tzinfo or self.end.tzinfo:
            raise ValueError("start and end are two different wall-clock times")
        return self


class PreferencesOut(BaseModel):
    topics: list[TopicOut]
    quiet_hours: QuietHoursModel | None
    version: int


class PreferencesIn(Fit):
    """All her choices at once; a topic or channel left out is `inherit`."""

    model_config = ConfigDict(extra="forbid")

    topics: dict[str, dict[Literal["in_app", "email"], Choice]] = Field(default_factory=dict, max_length=200)
    quiet_hours: QuietHoursModel | None = None
    version: int | None = Field(None, description="as it was answered; only If-Match counts")

    @field_validator("topics", mode="before")
    @classmethod
    def _as_answered(cls, sent: Any) -> Any:
        """The list that a GET answers, too: of each topic only what she chose counts."""
        if not isinstance(sent, list) or not all(isinstance(one, dict) and "topic" in one for one in sent):
            return sent
        return {str(one["topic"]): _choices_of(one.get("channels")) for one in sent}


def _choices_of(channels: Any) -> Any:
    if not isinstance(channels, dict):
        return channels
    return {name: one.get("choice") if isinstance(one, dict) else one for name, one in channels.items()}


class MessageOut(BaseModel):
    """One delivery, for those who run the region: ids, state and why, never the words."""

    id: UUID
    coordinator_id: UUID
    topic: str
    channel: str
    state: str = Field(description="pending, deferred, sent, skipped or failed")
    reason: str | None
    attempts: int
    decision: dict[str, Any]
    event_id: UUID | None
    created_at: datetime
    updated_at: datetime
    not_before: datetime | None
    due_at: datetime | None
    sent_at: datetime | None
    version: int


class MailOut(BaseModel):
    """A mail of the local mailbox."""

    name: str
    to: str
    subject: str
    sent_at: datetime
    text: str
    html: str | None
    attachments: list[str]
