"""The bus delivers at least once: the same event twice has one effect."""

from __future__ import annotations

from collections import Counter

from maillage_conform.bench import Bench
from maillage_conform.checks.base import NO_SEMINAR, Check, Group, Verdicts
from maillage_conform.texts import Text

REQUEST = Check(
    "duplicates.request",
    Text("La même demande deux fois : une réponse", "The same request twice: one answer"),
    Text(
        "Un seul events.guest.answered.v1 quand le même ce-id arrive deux fois",
        "One events.guest.answered.v1 when the same ce-id arrives twice",
    ),
    Text(
        "Notez chaque ce-id traité dans la transaction de son effet, et passez ceux qui sont notés.",
        "Note each ce-id you handled in its effect's transaction, and pass over those noted.",
    ),
)
ERASURE = Check(
    "duplicates.erasure",
    Text("Le même effacement deux fois : un reçu", "The same erasure twice: one receipt"),
    Text(
        "Un seul <service>.erasure.confirmed.v1 par service quand le même ce-id arrive deux fois",
        "One <service>.erasure.confirmed.v1 of each service when the same ce-id arrives twice",
    ),
    REQUEST.mend,
)


async def run(bench: Bench, verdicts: Verdicts) -> None:
    guest = None
    if seminar := bench.seminar:
        guest = bench.guest(await bench.meet(), seminar)
        (first,) = await bench.say(guest.requested())
        await bench.say(first.again())
    gone = await bench.meet()
    (first,) = await bench.erase(gone)
    await bench.say(first.again())
    if guest is None:
        verdicts.not_checked(REQUEST, NO_SEMINAR)
    elif not await bench.answered(guest):
        nothing = Text("aucune réponse à compter", "no answer to count")
        verdicts.not_checked(REQUEST, nothing)
    if not await bench.confirmed(gone):
        verdicts.not_checked(ERASURE, Text("aucun reçu à compter", "no receipt to count"))
    await bench.caught_up()  # the second may be taken long after the first is answered
    await bench.quiet()
    if guest is not None:
        count = len(bench.answers(guest))
        twice = Text(f"{count} réponses", f"{count} answers")
        verdicts.settle(REQUEST, twice if count > 1 else None)
    for service, count in Counter(seen.service for seen in bench.receipts(gone)).items():
        if count > 1:
            verdicts.failed(ERASURE, f"{count} reçus de {service}", f"{count} receipts of {service}")
    verdicts.passed(ERASURE)


GROUP = Group("duplicates", Text("Les doublons", "Duplicates"), (REQUEST, ERASURE), run)
