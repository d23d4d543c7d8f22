"""Bodies: as the published JSON Schemas have them, and without anything that may not travel."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from maillage_conform.bench import Bench
from maillage_conform.checks.base import Check, Group, Verdicts
from maillage_conform.checks.envelope import apply
from maillage_conform.messages import PREFIX, Seen
from maillage_conform.texts import Text

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PHONE = re.compile(r"(?:\+33|\b0)[ .]?[1-9](?:[ .-]?\d{2}){4}\b")
_FORBIDDEN = {"email", "mail", "phone", "telephone", "mobile", "bio", "address", "language"}
_WITH_NAMES = "directory.coordinator."

VALID = Check(
    "schema.valid",
    Text("Les corps suivent les schémas publiés", "Bodies follow the published schemas"),
    Text(
        "Chaque corps d'un type public est valide selon son schéma JSON",
        "Each body of a public type is valid by its JSON Schema",
    ),
    Text(
        "Validez avant de publier, avec le schéma du type (maillage conform --schemas).",
        "Validate before you publish, with the type's schema (maillage conform --schemas).",
    ),
)
PERSONAL = Check(
    "schema.personal-data",
    Text("Rien de personnel là où il ne doit pas être", "Nothing personal where it may not be"),
    Text(
        "Ni adresse ni téléphone dans un type public ; des noms dans directory.coordinator.* seulement",
        "No e-mail or phone in a public type; names in directory.coordinator.* only",
    ),
    Text(
        "Publiez des identifiants ; le nom se lit dans la fiche présentée.",
        "Publish ids; the name is read from the card presented.",
    ),
)


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of the public types by full type, as this version of the kit knows them."""
    folder = files("maillage_conform") / "schemas"
    return {
        path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8"))
        for path in folder.iterdir()
        if path.name.endswith(".json")
    }


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schemas()[kind], format_checker=FormatChecker())


async def run(bench: Bench, verdicts: Verdicts) -> None:
    known = [seen for seen in bench.tape.seen if _kind(seen) in schemas()]
    unknown = sorted(
        {_kind(seen).removeprefix(PREFIX) for seen in bench.tape.seen} - {_short(k) for k in schemas()}
    )
    notes = [
        Text(
            f"type inconnu, ne quitte pas la région : {each}",
            f"unknown type, does not leave the region: {each}",
        )
        for each in unknown
    ]
    if not known:
        why = Text("aucun événement d'un type public", "no event of a public type")
        verdicts.not_checked(VALID, why + notes[0] if notes else why)
        verdicts.not_checked(PERSONAL, why)
        return
    apply(bench, verdicts, VALID, _invalid, known)
    apply(bench, verdicts, PERSONAL, _personal, known)
    verdicts.note(VALID, *notes, *_additions(known))


def _kind(seen: Seen) -> str:
    """By the subject, which permissions guard, and not by what the headers say."""
    return PREFIX + ".".join(seen.tokens[1:5])


def _short(kind: str) -> str:
    return kind.removeprefix(PREFIX)


def _invalid(seen: Seen, _: Bench) -> Text | None:
    errors = sorted(
        _validator(_kind(seen)).iter_errors(seen.body), key=lambda error: list(map(str, error.path))
    )
    if not errors:
        return None
    place, said = "/" + "/".join(map(str, errors[0].path)), errors[0].message[:200]
    return Text(f"{place} : {said}", f"{place}: {said}")


def _personal(seen: Seen, bench: Bench) -> Text | None:
    text = seen.data.decode("utf-8", "replace")
    if found := _forbidden(seen.body):
        return Text(f"champ « {found} »", f"field {found!r}")
    if _EMAIL.search(text):
        return Text("une adresse électronique", "an e-mail address")
    if _PHONE.search(text):
        return Text("un numéro de téléphone", "a phone number")
    erased = {person.id for person in bench.erased}
    for person in bench.people:
        if person.marker in text and person.id not in erased:
            return Text(
                "le nom d'une personne de la région voisine", "the name of a person of the neighbour's"
            )
    if not seen.short.startswith(_WITH_NAMES):
        for first, last in _own_names(bench):
            if first in text and last in text:
                return Text("le nom d'une coordinatrice", "a coordinator's name")
    return None


def _own_names(bench: Bench) -> set[tuple[str, str]]:
    """First and last names of the service's own coordinators. A last name alone could be a town's."""
    cards = bench.tape.all(lambda seen: seen.short.startswith(f"{_WITH_NAMES}presented."))
    names = {(each.body.get("first_name"), each.body.get("last_name")) for each in cards}
    return {(str(first), str(last)) for first, last in names if first and last}


def _forbidden(value: Any) -> str | None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.lower() in _FORBIDDEN:
                return str(key)
            if found := _forbidden(inner):
                return found
    if isinstance(value, list):
        return next((found for each in value if (found := _forbidden(each))), None)
    return None


def _additions(known: list[Seen]) -> list[Text]:
    """Fields that the schema does not have: allowed, and worth knowing."""
    extra = {
        f"{_short(_kind(seen))}.{name}"
        for seen in known
        for name in set(seen.body) - set(schemas()[_kind(seen)].get("properties", {}))
    }
    return [
        Text(f"champ hors du schéma : {each}", f"field beyond the schema: {each}") for each in sorted(extra)
    ]


GROUP = Group("schema", Text("Les schémas", "Schemas"), (VALID, PERSONAL), run)
