"""The routes: parse, call, answer."""

from maillage_events.api import abroad, checkins, me, registrations, seminars, workshops

# The calendar's `/seminars/{id}.ics` stands before `/seminars/{id}`, which would take it for an id.
routers = [
    seminars.calendars,
    seminars.router,
    workshops.router,
    registrations.router,
    checkins.router,
    me.router,
    abroad.router,
]
