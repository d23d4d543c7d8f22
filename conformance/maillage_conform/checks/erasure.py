"""A person asks to be erased: every region that was told of her forgets her, in time, and says so."""

from __future__ import annotations

from maillage.events.names import feed_stream

from maillage_conform.bench import Bench
from maillage_conform.checks.base import NO_PROBE, Check, Group, Verdicts
from maillage_conform.messages import Seen
from maillage_conform.peer import Person
from maillage_conform.probe import ProbeFailed
from maillage_conform.texts import Text

RECEIPT = Check(
    "erasure.receipt",
    Text("L'effacement est confirmé à temps", "The erasure is confirmed in time"),
    Text(
        "<service>.erasure.confirmed.v1 avant confirm_by, avec le coordinator_id et l'erasure_id de la "
        "demande",
        "<service>.erasure.confirmed.v1 before confirm_by, with the demand's coordinator_id and erasure_id",
    ),
    Text(
        "À directory.coordinator.erased.v1, effacez votre copie, puis publiez le reçu (entité : la "
        "personne).",
        "On directory.coordinator.erased.v1, erase your copy, then publish the receipt (entity: the person).",
    ),
)
STRANGER = Check(
    "erasure.stranger",
    Text("Même pour une personne inconnue", "Even of someone unknown"),
    Text(
        "Un reçu aussi quand le service n'avait rien d'elle",
        "A receipt also when the service held nothing of her",
    ),
    Text(
        "Confirmez toujours : sans reçu, l'autre région ne sait pas si vous ne l'aviez pas ou n'avez pas "
        "effacé.",
        "Always confirm: without a receipt the other region cannot tell nothing held from nothing erased.",
    ),
)
SILENT = Check(
    "erasure.silent-after",
    Text("Plus rien d'elle n'est publié ensuite", "Nothing of her is published afterwards"),
    Text("Aucun événement ne porte son nom après la demande", "No event carries her name after the demand"),
    Text(
        "Relisez d'où vient ce nom : cache, file d'attente, liste.",
        "Look where the name comes from: a cache, a queue, a list.",
    ),
)
COPIES = Check(
    "erasure.copies-gone",
    Text("Les copies du service ont disparu", "The service's copies are gone"),
    Text(
        "Son nom ne se trouve plus nulle part dans le service", "Her name is nowhere in the service any more"
    ),
    Text(
        "Effacez aussi journaux, files et pages libres (SQLite : PRAGMA secure_delete, puis "
        "wal_checkpoint(TRUNCATE)).",
        "Erase logs, queues and free pages too (SQLite: PRAGMA secure_delete, then "
        "wal_checkpoint(TRUNCATE)).",
    ),
)
FEED = Check(
    "erasure.feed-purged",
    Text("Ses messages ont quitté FEED_…", "Her messages have left FEED_…"),
    Text(
        "Plus aucun directory.coordinator.presented.v1 d'elle dans FEED_… quand le reçu est là",
        "No directory.coordinator.presented.v1 of hers in FEED_… once the receipt is there",
    ),
    Text(
        "Supprimez-les un par un (STREAM.MSG.DELETE), avant de publier le reçu.",
        "Delete them one by one (STREAM.MSG.DELETE), before you publish the receipt.",
    ),
)
STAYS = Check(
    "erasure.stays-erased",
    Text("Une fiche en retard ne la ramène pas", "A late card does not bring her back"),
    Text(
        "Un presented (8) reçu après erased (9) ne laisse pas de copie",
        "A presented (8) that comes after erased (9) leaves no copy",
    ),
    Text(
        "Retenez l'identifiant et le ce-sequence des personnes effacées.",
        "Keep the id and the ce-sequence of people erased.",
    ),
)


async def run(bench: Bench, verdicts: Verdicts) -> None:
    person, stranger = await bench.meet(), Person()
    if seminar := bench.seminar:
        guest = bench.guest(person, seminar)
        await bench.say(guest.requested())
        await bench.answered(guest)
    held = await _was_held(bench, verdicts, person)
    before = bench.tape.mark
    await bench.erase(person)
    await bench.erase(stranger)
    receipt = await bench.confirmed(person)
    verdicts.settle(RECEIPT, _untrue(receipt, person, bench))
    other = await bench.confirmed(stranger)
    verdicts.settle(STRANGER, None if other else Text("aucun reçu", "no receipt"))
    if receipt is None:
        verdicts.not_checked(FEED, Text("aucun reçu à attendre", "no receipt to wait for"))
    else:
        await _feed(bench, verdicts, person)
    late = Person(id=person.id)
    await bench.say(late.presented(8))
    await bench.pulse()
    await bench.quiet()
    await _copies(bench, verdicts, person, late, held)
    for seen in bench.tape.all(lambda seen: person.marker.encode() in seen.data, after=before):
        verdicts.failed(SILENT, f"son nom dans {seen.name}", f"her name in {seen.name}")
    verdicts.passed(SILENT)


def _untrue(receipt: Seen | None, person: Person, bench: Bench) -> Text | None:
    if receipt is None:
        within = f"{bench.plan.erasure_deadline:g} s"
        return Text(f"aucun reçu en {within}", f"no receipt in {within}")
    for name, value in (("coordinator_id", person.id), ("erasure_id", person.erasure_id)):
        if receipt.body.get(name) != value:
            seen = receipt.body.get(name)
            return Text(f"{name} vaut {seen!r}, pas {value!r}", f"{name} is {seen!r}, not {value!r}")
    if receipt.entity_id != person.id:
        return Text("le sujet ne finit pas par son identifiant", "the subject does not end with her id")
    return None


async def _was_held(bench: Bench, verdicts: Verdicts, person: Person) -> bool:
    """Whether a copy could be seen before; without one, its absence later would prove nothing."""
    if not bench.probe.given:
        for check in (COPIES, STAYS):
            verdicts.not_checked(check, NO_PROBE)
        return False
    try:
        return await bench.probe.until(person.id, person.marker, True, min(bench.plan.deadline, 15))
    except ProbeFailed as error:
        for check in (COPIES, STAYS):
            verdicts.not_checked(check, Text(str(error), str(error)))
        return False


async def _copies(bench: Bench, verdicts: Verdicts, person: Person, late: Person, held: bool) -> None:
    if not held:
        why = Text(
            "Aucune copie n'a été vue avant l'effacement : écrivez dans MAILLAGE_DATA_DIR, ou donnez "
            "--state-url "
            "ou --probe-command.",
            "No copy was seen before the erasure: write below MAILLAGE_DATA_DIR, or give --state-url or "
            "--probe-command.",
        )
        verdicts.not_checked(COPIES, why)
        verdicts.not_checked(STAYS, why)
        return
    try:
        gone = await bench.probe.until(person.id, person.marker, False, 2)
        back = await bench.probe.holds(person.id, late.marker)
    except ProbeFailed as error:
        verdicts.not_checked(COPIES, Text(str(error), str(error)))
        verdicts.not_checked(STAYS, Text(str(error), str(error)))
        return
    still = Text("son nom est encore là", "her name is still there")
    verdicts.settle(COPIES, None if gone else still)
    verdicts.settle(STAYS, Text("elle est de retour", "she is back") if back else None)


async def _feed(bench: Bench, verdicts: Verdicts, person: Person) -> None:
    stream = feed_stream(bench.plan.peer)
    left = await bench.in_feed(person.presented())
    many = Text(f"{left} de ses messages dans {stream}", f"{left} of her messages in {stream}")
    verdicts.settle(FEED, many if left else None)


GROUP = Group(
    "erasure", Text("L'effacement", "Erasure"), (RECEIPT, STRANGER, SILENT, COPIES, FEED, STAYS), run
)
