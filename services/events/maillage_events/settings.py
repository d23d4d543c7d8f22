"""What the events service is told from outside, beyond what every service is."""

from maillage.settings import ServiceSettings


class EventsSettings(ServiceSettings):
    """`organizer`: the address calendars show as the organiser of every seminar."""

    organizer: str = "seminaires@maillage.example"
