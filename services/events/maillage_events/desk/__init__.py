"""The registration desk of one seminar: whoever holds it decides alone over all its seats.

Opening the desk takes the row lock of the seminar (on SQLite, the writer's lock), so capacity and waiting
list of the seminar and of each workshop are decided together, in one transaction. The rules:

- a seat offered to someone counts as taken until she answers or the deadline passes;
- nobody is seated past a queue: who comes while others wait, waits behind them;
- a seat that comes free in the seminar is offered to the next in order, with a deadline; one in a workshop
  goes to the next in its queue at once, for she holds a seat in the seminar already;
- someone on the seminar's waiting list queues for no workshop yet: she claims them with the seat offered;
- once the seminar has started the lists stand still: a free seat is for whoever is registered at the door;
- a seat given up for a workshop that is full is kept until the seat there is held.
"""

from maillage_events.desk.desk import OFFER_EXPIRED, Desk

__all__ = ["OFFER_EXPIRED", "Desk"]
