"""A seminar has as many seats as it says: whoever comes later waits."""

from __future__ import annotations

from maillage_conform.bench import Bench
from maillage_conform.checks.base import NO_SEMINAR, Check, Group, Verdicts
from maillage_conform.messages import Seen
from maillage_conform.peer import ANSWERED, OPENED
from maillage_conform.texts import Text

CAPACITY = Check(
    "seats.capacity",
    Text("Pas plus de places données qu'il n'y en a", "No more seats are given than there are"),
    Text(
        "À chaque instant, au plus `capacity` invitées avec une place confirmée ou offerte",
        "At any moment at most `capacity` guests with a seat confirmed or offered",
    ),
    Text(
        "Comptez les places et décidez dans la même transaction ; les suivantes attendent (waitlisted).",
        "Count the seats taken and decide in the same transaction; later guests wait (waitlisted).",
    ),
)
HOLDING = {"confirmed", "offered"}


async def run(bench: Bench, verdicts: Verdicts) -> None:
    capacities: dict[str, int] = {}
    fullest: dict[str, int] = {}
    holders: dict[str, set[str]] = {}
    for seen in bench.tape.seen:
        if seen.short == OPENED and isinstance(seen.body.get("capacity"), int):
            capacities[seen.entity_id] = max(seen.body["capacity"], capacities.get(seen.entity_id, 0))
        elif seen.short == ANSWERED:
            seminar = _move(seen, holders)
            fullest[seminar] = max(fullest.get(seminar, 0), len(holders[seminar]))
    if not capacities:
        verdicts.not_checked(CAPACITY, NO_SEMINAR)
        return
    for seminar, capacity in capacities.items():
        if (given := fullest.get(seminar, 0)) > capacity:
            verdicts.failed(CAPACITY, f"{given} places sur {capacity}", f"{given} seats of {capacity}")
    if not any(fullest.get(seminar, 0) >= capacity for seminar, capacity in capacities.items()):
        verdicts.not_checked(
            CAPACITY,
            Text(
                "Aucun séminaire ne s'est rempli : ouvrez-en un de six places pour l'essai.",
                "No seminar has filled up: open one with six seats for the test.",
            ),
        )
    verdicts.passed(CAPACITY)


def _move(answer: Seen, holders: dict[str, set[str]]) -> str:
    """Note whether this guest now holds a seat; at which seminar."""
    seminar = str(answer.body.get("seminar_id"))
    those = holders.setdefault(seminar, set())
    (those.add if answer.body.get("status") in HOLDING else those.discard)(answer.entity_id)
    return seminar


GROUP = Group("seats", Text("Les places", "Seats"), (CAPACITY,), run)
