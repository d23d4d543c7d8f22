"""Events grow: fields and attributes a service does not know are no reason not to hear it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from maillage_conform.bench import Bench
from maillage_conform.checks.base import Check, Group, Verdicts
from maillage_conform.messages import Fact
from maillage_conform.peer import Person
from maillage_conform.texts import Text

UNKNOWN = Check(
    "tolerance.unknown-fields",
    Text("Des champs inconnus n'empêchent rien", "Unknown fields hinder nothing"),
    Text(
        "Une demande avec des champs et des attributs ce- inconnus est traitée comme une autre",
        "A request with unknown fields and ce- attributes is handled like any other",
    ),
    Text(
        "Lisez les champs dont vous avez besoin et ignorez les autres (pas de schéma fermé à la lecture).",
        "Read the fields you need and ignore the others (no closed schema for what you read).",
    ),
)
MORE: dict[str, Any] = {"added_later": {"nested": [1, 2, 3]}, "comment": "Champ ajouté plus tard"}
HEADERS = {"ce-addedlater": "x", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


async def run(bench: Bench, verdicts: Verdicts) -> None:
    person = Person()
    bench.people.append(person)
    await bench.say(_grown(person.presented(**MORE)))
    if seminar := bench.seminar:
        guest = bench.guest(person, seminar)
        await bench.say(_grown(guest.requested(**MORE)))
        heard = await bench.answered(guest)
        what = Text("demande de place", "request for a seat")
    else:
        bench.erased.append(person)
        await bench.say(_grown(person.erased(bench.plan.erasure_deadline, **MORE)))
        heard = await bench.confirmed(person)
        what = Text("demande d'effacement", "demand for erasure")
    if not heard and not await bench.pulse():
        verdicts.not_checked(
            UNKNOWN, Text("il ne répond pas non plus sans eux", "nor does it answer without them")
        )
    lost = Text(f"{what.fr} restée sans réponse", f"{what.en} left without an answer")
    verdicts.settle(UNKNOWN, None if heard else lost)


def _grown(fact: Fact) -> Fact:
    return replace(fact, extra=HEADERS)


GROUP = Group("tolerance", Text("La tolérance", "Tolerance"), (UNKNOWN,), run)
