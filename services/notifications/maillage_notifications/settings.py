"""What this service is told from outside, beside the settings common to all services."""

from __future__ import annotations

from maillage.settings import ServiceSettings
from pydantic import Field


class NotificationsSettings(ServiceSettings):
    """Delivery's patience and the age from which a fact is no longer news."""

    sends_mail = True

    organizer: str = Field("seminaires@maillage.example", description="Organiser shown in calendar entries")
    mail_poll_seconds: float = Field(
        2.0, gt=0, description="How often the delivery looks without being woken"
    )
    mail_batch: int = Field(20, ge=1, le=500, description="Mails per round of the delivery")
    mail_max_attempts: int = Field(20, ge=1, description="Temporary failures after which a mail has failed")
    stream_poll_seconds: float = Field(
        2.0, gt=0, description="How often an open inbox stream looks by itself"
    )
    stream_heartbeat_seconds: float = Field(
        15.0, gt=0, description="Silence after which a stream says it lives"
    )
    news_days: int = Field(100, ge=1, description="Age in days from which an arrival is history, not news")

    @property
    def shows_mailbox(self) -> bool:
        """The local mailbox is open to anyone, sign-in codes included: never in production."""
        return self.has_mailbox and self.environment != "production"
