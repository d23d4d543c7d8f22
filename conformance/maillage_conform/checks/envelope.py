"""CloudEvents in binary mode: what every message of the service says about itself in its headers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from maillage_conform.bench import Bench
from maillage_conform.checks.base import Check, Group, Verdicts
from maillage_conform.messages import PREFIX, Seen
from maillage_conform.texts import Text

REQUIRED = ("specversion", "id", "type", "source", "subject", "time", "datacontenttype")
_SERVICE = re.compile(r"[a-z][a-z0-9-]*")
_MAJOR = re.compile(r"v[1-9][0-9]*")
TOKENS = 6
LEEWAY = timedelta(minutes=2)
Rule = Callable[[Seen, Bench], Text | None]

SPEAKS = Check(
    "envelope.speaks",
    Text("Le service publie", "The service publishes"),
    Text("Au moins un événement sous le préfixe", "At least one event below the prefix"),
    Text(
        "Publiez par JetStream sur <région>.<service>.<entité>.<événement>.v1.<identifiant>.",
        "Publish through JetStream on <region>.<service>.<entity>.<event>.v1.<id>.",
    ),
)
HEADERS = Check(
    "envelope.headers",
    Text("Les attributs CloudEvents sont là", "The CloudEvents attributes are there"),
    Text(
        "ce-specversion 1.0, ce-id, ce-type, ce-source, ce-subject, ce-time, ce-datacontenttype "
        "application/json",
        "ce-specversion 1.0, ce-id, ce-type, ce-source, ce-subject, ce-time, ce-datacontenttype "
        "application/json",
    ),
    Text(
        "Mettez-les en en-têtes NATS, le corps ne contient que les faits.",
        "Put them in NATS headers; the body holds the facts only.",
    ),
)
MESSAGE_ID = Check(
    "envelope.message-id",
    Text("Nats-Msg-Id est le ce-id", "Nats-Msg-Id is the ce-id"),
    Text("Les deux en-têtes ont la même valeur", "Both headers have the same value"),
    Text(
        "Envoyez Nats-Msg-Id = ce-id : le flux écarte alors vos doublons.",
        "Send Nats-Msg-Id = ce-id: the stream then drops your doubles.",
    ),
)
AGREEMENT = Check(
    "envelope.agreement",
    Text("Sujet, type, source et région concordent", "Subject, type, source and region agree"),
    Text(
        "Sujet <région>.<type sans fr.maillage.>.<ce-subject>, source /<région>/<service>",
        "Subject <region>.<type without fr.maillage.>.<ce-subject>, source /<region>/<service>",
    ),
    Text("Formez les quatre à partir des mêmes valeurs.", "Make the four of the same values."),
)
TIME = Check(
    "envelope.time",
    Text("ce-time est une heure", "ce-time is a time"),
    Text("RFC 3339 avec fuseau, pas dans le futur", "RFC 3339 with a zone, not in the future"),
    Text(
        "Écrivez l'heure du fait en UTC : 2026-03-01T09:30:00Z.",
        "Write the fact's time in UTC: 2026-03-01T09:30:00Z.",
    ),
)


async def run(bench: Bench, verdicts: Verdicts) -> None:
    seen = bench.tape.seen
    if not seen:
        nothing = Text(f"rien sous {bench.plan.region}.>", f"nothing below {bench.plan.region}.>")
        verdicts.settle(SPEAKS, nothing)
        for check in GROUP.checks:
            verdicts.not_checked(check, nothing)
        return
    verdicts.passed(SPEAKS, Text(f"{len(seen)} messages lus", f"{len(seen)} messages read"))
    rules = ((HEADERS, _headers), (MESSAGE_ID, _message_id), (AGREEMENT, _agreement), (TIME, _time))
    for check, rule in rules:
        apply(bench, verdicts, check, rule, seen)


def apply(bench: Bench, verdicts: Verdicts, check: Check, rule: Rule, messages: list[Seen]) -> None:
    """Hold a rule to every message: the first that breaks it is shown, with how many more there are."""
    broken = [(each, trouble) for each in messages if (trouble := rule(each, bench))]
    if not broken:
        verdicts.passed(check)
        return
    first, trouble = broken[0]
    more = Text(f"et {len(broken) - 1} autres", f"and {len(broken) - 1} more")
    where = Text(first.name + " :", first.name + ":") + trouble
    verdicts.settle(check, where + more if len(broken) > 1 else where)


def _headers(seen: Seen, _: Bench) -> Text | None:
    missing = [f"ce-{name}" for name in REQUIRED if not seen.attributes.get(name)]
    if missing:
        return Text(f"manque {', '.join(missing)}", f"missing {', '.join(missing)}")
    if seen.attributes["specversion"] != "1.0":
        return Text("ce-specversion n'est pas 1.0", "ce-specversion is not 1.0")
    if seen.attributes["datacontenttype"].split(";")[0].strip() != "application/json":
        return Text(
            "ce-datacontenttype n'est pas application/json", "ce-datacontenttype is not application/json"
        )
    if not seen.body:
        return Text("le corps n'est pas un objet JSON", "the body is not a JSON object")
    return None


def _message_id(seen: Seen, _: Bench) -> Text | None:
    if seen.message_id and seen.message_id == seen.attributes.get("id", seen.message_id):
        return None
    given = seen.message_id
    return Text(f"Nats-Msg-Id vaut {given!r}", f"Nats-Msg-Id is {given!r}")


def _agreement(seen: Seen, bench: Bench) -> Text | None:
    about = seen.attributes
    if len(seen.tokens) != TOKENS or not _MAJOR.fullmatch(seen.tokens[4]):
        return Text("le sujet n'a pas six parties", "the subject has not its six parts")
    if not all(_SERVICE.fullmatch(token) for token in seen.tokens[1:4]):
        return Text(
            "une partie du sujet n'est pas en minuscules", "a part of the subject is not in lower case"
        )
    for name, value in (
        ("type", PREFIX + ".".join(seen.tokens[1:5])),
        ("source", f"/{bench.plan.region}/{seen.service}"),
        ("subject", seen.entity_id),
    ):
        if name in about and about[name] != value:
            return Text(
                f"ce-{name} vaut {about[name]!r}, pas {value!r}",
                f"ce-{name} is {about[name]!r}, not {value!r}",
            )
    return None


def _time(seen: Seen, _: Bench) -> Text | None:
    text = seen.attributes.get("time")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return Text(f"ce-time illisible : {text!r}", f"ce-time cannot be read: {text!r}")
    if "T" not in text.upper() or moment.tzinfo is None:
        return Text(f"ce-time sans fuseau : {text!r}", f"ce-time without a zone: {text!r}")
    if (
        moment
        > max(seen.at.replace(tzinfo=UTC) if seen.at.tzinfo is None else seen.at, datetime.now(UTC)) + LEEWAY
    ):
        return Text(f"ce-time dans le futur : {text!r}", f"ce-time in the future: {text!r}")
    return None


GROUP = Group(
    "envelope", Text("L'enveloppe", "The envelope"), (SPEAKS, HEADERS, MESSAGE_ID, AGREEMENT, TIME), run
)
