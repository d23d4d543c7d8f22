"""What is said beside a field that a service refused.

Services word a refusal in its title and detail; what they list by field is for programs (a slug, an id, a
comparison), except for malformed values, which the kit words in the caller's language. French here; `_`
marks words for the catalogue.
"""

from typing import Any


def _(message: str) -> str:
    return message


WORDED = ("invalid",)
"""Codes whose details by field are sentences already."""
TITLE_SUFFICES = {
    "already-registered",
    "coordinator-missing",
    "field-frozen",
    "mentor-not-possible",
    "wrong-seminar-status",
}
"""Codes whose detail names ids, states or rules that say nothing to people."""
COMPARISONS = {
    "ends_at > starts_at": _("La fin vient après le début."),
    "registration_closes_at > registration_opens_at": _("La clôture vient après l'ouverture."),
    "registration_closes_at <= ends_at": _("Les inscriptions ferment au plus tard à la fin du séminaire."),
    "change_until <= ends_at": _("Les changements s'arrêtent au plus tard à la fin du séminaire."),
    "within the seminar's starts_at and ends_at": _("L'atelier a lieu pendant le séminaire."),
}
OUTSIDE = "workshops outside: "
WORKSHOPS_OUTSIDE = _("Un atelier déjà prévu sort de ces dates ; déplacez-le d'abord.")


def beside_field(code: str, told: str, error: dict[str, Any]) -> str:
    """The sentence for one listed error; `told` is what the refusal as a whole says."""
    detail = str(error.get("detail", ""))
    if code in WORDED:
        return detail
    if detail.startswith(OUTSIDE):
        return WORKSHOPS_OUTSIDE
    return COMPARISONS.get(detail, told or detail)
