"""Dates, durations and numbers as people say them, in French and English."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from maillage import clock

PARIS = ZoneInfo("Europe/Paris")
Moment = str | datetime
Day = str | date | datetime


def moment(value: str | datetime) -> datetime:
    """An API time (RFC 3339) as an aware datetime."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _as_date(value: str | date | datetime, zone: ZoneInfo) -> date:
    if isinstance(value, datetime):
        return value.astimezone(zone).date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(value) if len(value) == 10 else moment(value).astimezone(zone).date()


def _zone(name: str | None) -> ZoneInfo:
    """The time zone of that name; Paris for none, or one that nobody here has heard of."""
    try:
        return ZoneInfo(name) if name else PARIS
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return PARIS


_UNITS = (
    (365, ("an", "ans"), ("year", "years")),
    (30, ("mois", "mois"), ("month", "months")),
    (0, ("jour", "jours"), ("day", "days")),
)
"""Days in a unit, its French and its English words; counted from the largest."""


def _today() -> date:
    return clock.now().astimezone(PARIS).date()


class Formats:
    """Formatting for one language. Times are shown in `zone` (Europe/Paris unless told)."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def date(self, value: Day, *, weekday: bool = False, year: bool | None = None) -> str:
        """`samedi 23 janvier`; the year is added when it is not the present one, or as `year` says."""
        day = _as_date(value, PARIS)
        with_year = day.year != _today().year if year is None else year
        if self.locale == "en":
            pattern = "EEEE d MMMM" if weekday else "d MMMM"
        else:
            pattern = "EEEE d MMMM" if weekday else "d MMMM"
        text = format_date(day, pattern + (" y" if with_year else ""), locale=self.locale)
        return re.sub(r"\b1 (?=[a-zéû])", "1er ", text) if self.locale == "fr" else text

    def month(self, value: Day) -> str:
        """`janvier 2026`."""
        return str(format_skeleton("yMMMM", _as_date(value, PARIS), locale=self.locale))

    def time(self, value: Moment, zone: str | None = None) -> str:
        """`9 h`, `9 h 30`; in English `9:30`."""
        local = moment(value).astimezone(_zone(zone))
        if self.locale == "en":
            return f"{local.hour}:{local.minute:02}"
        return f"{local.hour}\u00a0h" + (f"\u00a0{local.minute:02}" if local.minute else "")

    def datetime(self, value: Moment, zone: str | None = None) -> str:
        """`samedi 23 janvier, 9 h`."""
        local = moment(value).astimezone(_zone(zone))
        return f"{self.date(local.date(), weekday=True)}, {self.time(value, zone)}"

    def exact(self, value: Moment) -> str:
        """To the second, for operators: `23 janvier, 09:00:04`."""
        local = moment(value).astimezone(PARIS)
        return f"{self.date(local.date())}, {local:%H:%M:%S}"

    def span(self, start: Moment, end: Moment) -> str:
        """`23 et 24 janvier 2027`, `du 30 janvier au 2 février 2027`, or one date."""
        first, last = _as_date(start, PARIS), _as_date(end, PARIS)
        if first == last:
            return self.date(first, weekday=True, year=True)
        whole = self.date(last, year=True)
        joined_month = (first.year, first.month) == (last.year, last.month)
        if joined_month:
            one = "1er" if first.day == 1 and self.locale == "fr" else str(first.day)
            if last - first == timedelta(days=1):
                return f"{one} {'et' if self.locale == 'fr' else 'and'} {whole}"
            return f"du {one} au {whole}" if self.locale == "fr" else f"{one} to {whole}"
        begin = self.date(first, year=first.year != last.year)
        return f"du {begin} au {whole}" if self.locale == "fr" else f"{begin} to {whole}"

    def ago(self, value: Day) -> str:
        """`aujourd'hui`, `hier`, `il y a 3 jours`, then the date."""
        days = (_today() - _as_date(value, PARIS)).days
        french, english = ("aujourd’hui", "hier", "il y a {} jours"), ("today", "yesterday", "{} days ago")
        words = french if self.locale == "fr" else english
        if 0 <= days < 2:
            return words[days]
        return words[2].format(days) if 2 <= days < 15 else self.date(value)

    def lasting(self, since: Day) -> str:
        """Time gone since a date, in words: `2 mois`, `3 ans`."""
        days = max(0, (_today() - _as_date(since, PARIS)).days)
        for size, french, english in _UNITS:
            if days >= size:
                count = days // max(size, 1)
                words = french if self.locale == "fr" else english
                few = count < 2 if self.locale == "fr" else count == 1
                return f"{count} {words[0] if few else words[1]}"
        raise AssertionError("the last unit has size 0")

    def days_since(self, value: Day) -> int:
        """Whole days gone since a date."""
        return (_today() - _as_date(value, PARIS)).days

    def number(self, value: float) -> str:
        """`48 376` with the language's thin space or comma."""
        return str(format_decimal(value, locale=self.locale))
