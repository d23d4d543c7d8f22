"""What the seminar pages show beside the seminar: workshops by slot, and a person's registration."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from maillage_portal.formats import moment
from maillage_portal.people import Json


@dataclass
class Slot:
    """Workshops of which a person can attend only one: each overlaps another of the slot."""

    starts_at: str
    ends_at: str
    workshops: list[Json] = field(default_factory=list)
    chosen: str = ""


def slots(workshops: list[Json], chosen: list[str]) -> list[Slot]:
    """The workshops in order, those that overlap together; `chosen`: the ids a person holds."""
    found: list[Slot] = []
    for workshop in sorted(workshops, key=lambda one: (moment(one["starts_at"]), one["title"])):
        starts, ends = moment(workshop["starts_at"]), moment(workshop["ends_at"])
        if not found or starts >= moment(found[-1].ends_at):
            found.append(Slot(workshop["starts_at"], workshop["ends_at"]))
        slot = found[-1]
        if ends > moment(slot.ends_at):
            slot.ends_at = workshop["ends_at"]
        slot.workshops.append(workshop)
        if workshop["id"] in chosen:
            slot.chosen = workshop["id"]
    return found


def active(registrations: list[Json], seminar_id: str) -> Json | None:
    """Her registration in a seminar, unless she gave it up."""
    mine = [one for one in registrations if one["seminar_id"] == seminar_id and one["status"] != "cancelled"]
    return mine[0] if mine else None


def upcoming(items: list[Json], now: datetime, key: str = "ends_at") -> tuple[list[Json], list[Json]]:
    """What is still to come, soonest first, and what is over, latest first."""
    ahead = sorted((one for one in items if moment(one[key]) >= now), key=lambda one: moment(one[key]))
    over = sorted((one for one in items if moment(one[key]) < now), key=lambda one: moment(one[key]))
    return ahead, over[::-1]
