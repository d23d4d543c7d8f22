"""Identifiers: UUIDv7, each event its own, each entity always the same, and a sequence that only grows."""

from __future__ import annotations

from collections import defaultdict

from maillage_conform.bench import Bench
from maillage_conform.checks.base import Check, Group, Verdicts
from maillage_conform.checks.envelope import apply
from maillage_conform.checks.schema import schemas
from maillage_conform.messages import PREFIX, Seen, is_uuid7
from maillage_conform.texts import Text

EVENT_ID = Check(
    "identifiers.event-id",
    Text("ce-id est un UUIDv7 à usage unique", "ce-id is a UUIDv7 used once"),
    Text("Un UUIDv7 par événement, jamais deux fois", "One UUIDv7 for each event, never twice"),
    Text(
        "Tirez le ce-id quand le fait se produit et gardez-le avec lui.",
        "Draw the ce-id when the fact happens and keep it with the fact.",
    ),
)
ENTITY_ID = Check(
    "identifiers.entity-id",
    Text("L'entité est un UUIDv7, le même partout", "The entity is a UUIDv7, the same everywhere"),
    Text(
        "Le sujet finit par l'identifiant que porte aussi le corps (coordinator_id, seminar_id, guest_id, …)",
        "The subject ends with the id that the body carries too (coordinator_id, seminar_id, guest_id, …)",
    ),
    Text("Un identifiant technique, pas un numéro ni un courriel.", "A technical id: no number, no e-mail."),
)
SEQUENCE = Check(
    "identifiers.sequence",
    Text("ce-sequence croît pour chaque entité", "ce-sequence grows for each entity"),
    Text(
        "Un entier positif, plus grand à chaque événement de la même entité ; facultatif pour les reçus",
        "A positive integer, greater at each event about the same entity; optional on receipts",
    ),
    Text(
        "Numérotez les versions de l'entité et publiez dans leur ordre.",
        "Number the entity's versions and publish in their order.",
    ),
)
KEYS = {
    "coordinator": "coordinator_id",
    "cpts": "cpts_id",
    "seminar": "seminar_id",
    "guest": "guest_id",
    "erasure": "coordinator_id",
}
ENTITY = 2


async def run(bench: Bench, verdicts: Verdicts) -> None:
    seen = bench.tape.seen
    if not seen:
        for check in GROUP.checks:
            verdicts.not_checked(check, Text("aucun événement", "no event"))
        return
    apply(bench, verdicts, ENTITY_ID, _entity, seen)
    _event_ids(bench, verdicts, seen)
    _sequences(verdicts, seen)


def _event_ids(bench: Bench, verdicts: Verdicts, seen: list[Seen]) -> None:
    used: dict[str, Seen] = {}
    for each in seen:
        event_id = each.attributes.get("id")
        if event_id is None:
            continue  # that is the envelope's matter
        if event_id in used:
            name, other = each.name, used[event_id].name
            verdicts.failed(EVENT_ID, f"{name} a le ce-id de {other}", f"{name} has the ce-id of {other}")
        used[event_id] = each
    apply(bench, verdicts, EVENT_ID, _event_id, seen)


def _event_id(seen: Seen, _: Bench) -> Text | None:
    given = seen.attributes.get("id")
    if given is None or is_uuid7(given):
        return None
    return Text(f"ce-id n'est pas un UUIDv7 : {given!r}", f"ce-id is not a UUIDv7: {given!r}")


def _entity(seen: Seen, _: Bench) -> Text | None:
    if not is_uuid7(seen.entity_id):
        return Text("l'entité n'est pas un UUIDv7", "the entity is not a UUIDv7")
    key = KEYS.get(seen.tokens[ENTITY]) if len(seen.tokens) > ENTITY else None
    if key and key in seen.body and seen.body[key] != seen.entity_id:
        given = seen.body[key]
        return Text(f"{key} du corps est {given!r}", f"the body's {key} is {given!r}")
    return None


def _sequences(verdicts: Verdicts, seen: list[Seen]) -> None:
    last: dict[tuple[str, ...], int] = defaultdict(int)
    for each in seen:
        entity = (*each.tokens[1:3], each.entity_id)
        given = each.attributes.get("sequence")
        if given is None:
            if _needs_one(each):
                verdicts.failed(SEQUENCE, f"{each.name} n'en a pas", f"{each.name} has none")
            continue
        if each.sequence is None:
            verdicts.failed(SEQUENCE, f"{each.name} : {given!r}", f"{each.name}: {given!r}")
            continue
        if each.sequence <= last[entity]:
            before = last[entity]
            verdicts.failed(
                SEQUENCE,
                f"{each.name} : {each.sequence} après {before}",
                f"{each.name}: {each.sequence} after {before}",
            )
        last[entity] = max(last[entity], each.sequence)
    verdicts.passed(SEQUENCE)


def _needs_one(seen: Seen) -> bool:
    kind = PREFIX + ".".join(seen.tokens[1:5])
    return kind in schemas() and seen.tokens[ENTITY] != "erasure"


GROUP = Group("identifiers", Text("Les identifiants", "Identifiers"), (EVENT_ID, ENTITY_ID, SEQUENCE), run)
