"""What the events service is told from outside, beyond what every service is."""

from maillage.settings import ServiceSettings
from pydantic import Field


class EventsSettings(ServiceSettings):
    """Nothing but the calendars' sender."""

    organizer: str = Field("seminaires@maillage.example", description="Organiser shown in calendar entries")
