"""Guests of another region ask for a seat: each is answered, once, and only by the host."""

from __future__ import annotations

from maillage.ids import new_id

from maillage_conform.bench import Bench
from maillage_conform.checks.base import NO_SEMINAR, Check, Group, Verdicts
from maillage_conform.messages import Seen
from maillage_conform.peer import Guest
from maillage_conform.texts import Text

SEATED = {"confirmed", "waitlisted", "offered"}
STATUSES = {*SEATED, "cancelled", "refused"}

ANSWERED = Check(
    "requests.answered",
    Text("Une demande de place reçoit une réponse, une seule", "A request for a seat is answered, once"),
    Text(
        "Un events.guest.answered.v1 pour ce guest_id dans le délai, et pas de deuxième qui répète le "
        "premier",
        "One events.guest.answered.v1 for this guest_id within the deadline, and no second that repeats it",
    ),
    Text(
        "Lisez events.guest.requested.v1 dans FEED_…, décidez, et publiez la réponse par une boîte d'envoi.",
        "Read events.guest.requested.v1 from FEED_…, decide, and publish the answer through an outbox.",
    ),
)
FAITHFUL = Check(
    "requests.faithful",
    Text("La réponse reprend la demande", "The answer speaks of the request"),
    Text(
        "guest_id, seminar_id et coordinator_id de la demande, guest_region de l'invitée, un état connu",
        "The request's guest_id, seminar_id and coordinator_id, the guest's guest_region, a known status",
    ),
    Text(
        "Recopiez les identifiants de la demande ; guest_region est la région du sujet de la demande.",
        "Copy the request's ids; guest_region is the region of the request's subject.",
    ),
)
ADDRESSED = Check(
    "requests.addressed",
    Text(
        "Une demande pour une autre région reste sans réponse", "A request to another region is not answered"
    ),
    Text(
        "Aucune réponse quand host_region est une autre région",
        "No answer when host_region is another region",
    ),
    Text(
        "Ignorez les demandes dont host_region n'est pas la vôtre.",
        "Ignore requests with another host_region.",
    ),
)
UNKNOWN = Check(
    "requests.unknown-seminar",
    Text("Pas de place à un séminaire qui n'existe pas", "No seat at a seminar that does not exist"),
    Text(
        "Aucune réponse confirmed, waitlisted ou offered pour un seminar_id qui n'est pas à vous",
        "No answer confirmed, waitlisted or offered for a seminar_id that is not yours",
    ),
    Text(
        "Cherchez le séminaire avant de répondre ; refusez (refused) s'il n'est pas ouvert.",
        "Look the seminar up before you answer; refuse (refused) when it is not open.",
    ),
)


async def run(bench: Bench, verdicts: Verdicts) -> None:
    if not (seminar := bench.seminar):
        for check in GROUP.checks:
            verdicts.not_checked(check, NO_SEMINAR)
        return
    elsewhere = bench.guest(await bench.meet(), seminar, host="xx-none")
    guest = bench.guest(await bench.meet(), seminar)
    nowhere = bench.guest(await bench.meet(), {"seminar_id": new_id()})
    await bench.say(elsewhere.requested(), nowhere.requested(), guest.requested())
    first = await bench.answered(guest)
    await bench.quiet()
    if first is None:
        why = Text(f"aucune réponse en {bench.plan.deadline:g} s", f"no answer in {bench.plan.deadline:g} s")
        verdicts.settle(ANSWERED, why)
        verdicts.not_checked(FAITHFUL, why)
        verdicts.not_checked(ADDRESSED, why)
        verdicts.not_checked(UNKNOWN, why)
        return
    count = len(bench.answers(guest))
    again = Text(f"{count} réponses à la même demande", f"{count} answers to the same request")
    verdicts.settle(ANSWERED, again if count > 1 else None)
    verdicts.settle(FAITHFUL, _unfaithful(first, guest, bench.plan.peer))
    for answer in bench.answers(elsewhere):
        verdicts.failed(ADDRESSED, f"répondu par {answer.name}", f"answered by {answer.name}")
    verdicts.passed(ADDRESSED)
    for answer in bench.answers(nowhere):
        if (status := answer.body.get("status")) in SEATED:
            verdicts.failed(UNKNOWN, f"répondu « {status} »", f"answered {status!r}")
    verdicts.passed(UNKNOWN)


def _unfaithful(answer: Seen, guest: Guest, peer: str) -> Text | None:
    wanted = {
        "guest_id": guest.id,
        "seminar_id": guest.seminar_id,
        "guest_region": peer,
        "coordinator_id": guest.person.id,
    }
    for name, value in wanted.items():
        if answer.body.get(name) != value:
            seen = answer.body.get(name)
            return Text(f"{name} vaut {seen!r}, pas {value!r}", f"{name} is {seen!r}, not {value!r}")
    if answer.entity_id != guest.id:
        return Text("le sujet ne finit pas par le guest_id", "the subject does not end with the guest_id")
    if answer.body.get("status") not in STATUSES:
        status = answer.body.get("status")
        return Text(f"état inconnu : {status!r}", f"unknown status: {status!r}")
    return None


GROUP = Group(
    "requests",
    Text("Les demandes de place", "Requests for a seat"),
    (ANSWERED, FAITHFUL, ADDRESSED, UNKNOWN),
    run,
)
