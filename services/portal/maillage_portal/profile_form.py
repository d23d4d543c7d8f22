"""Between the profile form and the directory: what each field of the page means in the PATCH."""

from typing import Any

from starlette.datastructures import FormData

from maillage_portal.forms import text
from maillage_portal.house import Vocabulary
from maillage_portal.people import Json
from maillage_portal.words import FIELDS

SEEKS = "seeks"


def skill_choice(profile: Json, slug: str) -> str:
    """The form's value for a skill: empty, `seeks`, or `offers-<level>`."""
    told = next((item for item in profile["skills"] if item["skill"] == slug), None)
    if told is None:
        return ""
    return SEEKS if told["stance"] == SEEKS else f"offers-{told['level']}"


def challenge_choice(profile: Json, slug: str) -> Json:
    """What she says of a challenge; `stance` is empty when she says nothing."""
    none: Json = {"stance": "", "since_year": None}
    return next((item for item in profile["challenges"] if item["challenge"] == slug), none)


def changes(form: FormData, vocabulary: Vocabulary) -> Json:
    """The body of the PATCH that the form asks for."""
    names = ("first_name", "last_name", "email", "language")
    body: dict[str, Any] = {name: text(form, name) or "" for name in names}
    body |= {"phone": text(form, "phone"), "bio": text(form, "bio")}
    body["challenges"] = [
        told for term in vocabulary.terms("challenges") if (told := _challenge(form, term["slug"]))
    ]
    body["skills"] = [told for term in vocabulary.terms("skills") if (told := _skill(form, term["slug"]))]
    body["reach"] = {field: reach for field in FIELDS if (reach := text(form, f"reach-{field}"))}
    return body


def _challenge(form: FormData, slug: str) -> Json | None:
    stance = text(form, f"challenge-{slug}")
    if stance is None:
        return None
    year = text(form, f"year-{slug}")
    return {
        "challenge": slug,
        "stance": stance,
        "since_year": int(year) if year and year.isdecimal() else None,
    }


def _skill(form: FormData, slug: str) -> Json | None:
    choice = text(form, f"skill-{slug}")
    if choice is None:
        return None
    stance, _, level = choice.partition("-")
    return {"skill": slug, "stance": stance, "level": int(level) if level.isdecimal() else 1}
