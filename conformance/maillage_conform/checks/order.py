"""Events may arrive in another order than they happened: `ce-sequence` says which one is newer."""

from __future__ import annotations

from maillage_conform.bench import Bench
from maillage_conform.checks.base import NO_PROBE, NO_SEMINAR, Check, Group, Verdicts
from maillage_conform.checks.requests import SEATED
from maillage_conform.peer import Person
from maillage_conform.probe import ProbeFailed
from maillage_conform.texts import Text

WITHDRAWN = Check(
    "order.withdrawn-first",
    Text("Désistement reçu avant la demande : pas de place", "Withdrawal before the request: no seat"),
    Text(
        "Aucune réponse confirmed, waitlisted ou offered quand guest.withdrawn (2) précède "
        "guest.requested (1)",
        "No answer confirmed, waitlisted or offered when guest.withdrawn (2) comes before "
        "guest.requested (1)",
    ),
    Text(
        "Retenez par entité le plus grand ce-sequence traité, même si vous ne la connaissiez pas encore.",
        "Keep, per entity, the highest ce-sequence handled, even of one you did not know yet.",
    ),
)
OLDER = Check(
    "order.older-fact",
    Text("Une fiche plus ancienne ne change rien", "An older card changes nothing"),
    Text(
        "Après presented (5), un presented (3) de la même personne est sans effet",
        "After presented (5), a presented (3) about the same person has no effect",
    ),
    Text(
        "Comparez ce-sequence à celui de votre copie et gardez la plus récente.",
        "Compare ce-sequence with your copy's and keep the newer.",
    ),
)


async def run(bench: Bench, verdicts: Verdicts) -> None:
    newer = Person()
    older = Person(id=newer.id)
    bench.people += [newer, older]
    await bench.say(newer.presented(5), older.presented(3))
    if seminar := bench.seminar:
        guest = bench.guest(await bench.meet(), seminar)
        await bench.say(guest.withdrawn(2), guest.requested(1))
        if await bench.pulse():
            await bench.quiet()
            for answer in bench.answers(guest):
                if (status := answer.body.get("status")) in SEATED:
                    verdicts.failed(WITHDRAWN, f"répondu « {status} »", f"answered {status!r}")
            verdicts.passed(WITHDRAWN)
        else:
            verdicts.not_checked(WITHDRAWN, Text("le service ne répond plus", "the service answers no more"))
    verdicts.not_checked(WITHDRAWN, NO_SEMINAR)
    await _look(bench, verdicts, newer, older)


async def _look(bench: Bench, verdicts: Verdicts, newer: Person, older: Person) -> None:
    """Which of the two cards is kept. Both together say nothing: raw logs are no state."""
    if not bench.probe.given:
        verdicts.not_checked(OLDER, NO_PROBE)
        return
    if not bench.seminar:
        await bench.pulse()
    try:
        new = await bench.probe.holds(newer.id, newer.marker)
        old = await bench.probe.holds(newer.id, older.marker)
    except ProbeFailed as error:
        verdicts.not_checked(OLDER, Text(str(error), str(error)))
        return
    if old and not new:
        verdicts.failed(
            OLDER, "la fiche ancienne a remplacé la récente", "the older card has replaced the newer one"
        )
    elif new and not old:
        verdicts.passed(OLDER)
    else:
        verdicts.not_checked(
            OLDER,
            Text(
                "On ne voit pas laquelle est gardée : donnez --state-url ou --probe-command.",
                "Which of them is kept cannot be seen: give --state-url or --probe-command.",
            ),
        )


GROUP = Group("order", Text("L'ordre", "Order"), (WITHDRAWN, OLDER), run)
