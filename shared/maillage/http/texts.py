"""The words of error answers: titles of HTTP statuses and of validation errors, in French and English."""

from __future__ import annotations

from typing import Any

STATUS_TITLES: dict[int, tuple[str, str, str]] = {
    400: ("bad-request", "Requête incorrecte", "Bad request"),
    401: ("unauthorized", "Connexion nécessaire", "Sign-in required"),
    403: ("forbidden", "Action non autorisée", "Not allowed"),
    404: ("not-found", "Introuvable", "Not found"),
    405: ("method-not-allowed", "Méthode non permise ici", "Method not allowed here"),
    406: ("not-acceptable", "Format non disponible", "Format not available"),
    408: ("too-slow", "Envoi trop lent", "Body too slow"),
    413: ("too-large", "Envoi trop volumineux", "Body too large"),
    415: ("unsupported-media-type", "Format d’envoi non accepté", "Unsupported media type"),
    500: ("internal-error", "Erreur interne", "Internal error"),
    503: ("unavailable", "Momentanément indisponible", "Unavailable for now"),
}

# By pydantic's error type; {…} are names in the error's context, which holds limits, never what was sent.
VALIDATION_TEXTS: dict[str, tuple[str, str]] = {
    "missing": ("Ce champ est nécessaire.", "This field is required."),
    "extra_forbidden": (
        "Ce champ n’existe pas, ou ne se change pas ici.",
        "This field does not exist, or is not changed here.",
    ),
    "json_invalid": ("Le corps n’est pas du JSON valide.", "The body is not valid JSON."),
    "string_type": ("Un texte est attendu.", "A text is expected."),
    "string_too_short": ("{min_length} caractère(s) au moins.", "At least {min_length} character(s)."),
    "string_too_long": ("{max_length} caractères au plus.", "At most {max_length} characters."),
    "string_pattern_mismatch": ("La forme n’est pas celle attendue.", "Not in the expected form."),
    "too_short": ("{min_length} élément(s) au moins.", "At least {min_length} item(s)."),
    "too_long": ("{max_length} éléments au plus.", "At most {max_length} items."),
    "int_type": ("Un nombre entier est attendu.", "A whole number is expected."),
    "int_parsing": ("Un nombre entier est attendu.", "A whole number is expected."),
    "int_from_float": ("Un nombre entier est attendu.", "A whole number is expected."),
    "float_type": ("Un nombre est attendu.", "A number is expected."),
    "float_parsing": ("Un nombre est attendu.", "A number is expected."),
    "bool_type": ("Vrai ou faux est attendu.", "True or false is expected."),
    "bool_parsing": ("Vrai ou faux est attendu.", "True or false is expected."),
    "greater_than": ("Doit être supérieur à {gt}.", "Must be greater than {gt}."),
    "greater_than_equal": ("Doit être au moins {ge}.", "Must be at least {ge}."),
    "less_than": ("Doit être inférieur à {lt}.", "Must be less than {lt}."),
    "less_than_equal": ("Doit être au plus {le}.", "Must be at most {le}."),
    "uuid_parsing": ("Un identifiant UUID est attendu.", "A UUID is expected."),
    "uuid_type": ("Un identifiant UUID est attendu.", "A UUID is expected."),
    "date_parsing": ("Une date AAAA-MM-JJ est attendue.", "A date YYYY-MM-DD is expected."),
    "date_type": ("Une date AAAA-MM-JJ est attendue.", "A date YYYY-MM-DD is expected."),
    "date_from_datetime_parsing": ("Une date AAAA-MM-JJ est attendue.", "A date YYYY-MM-DD is expected."),
    "datetime_parsing": ("Une date et une heure RFC 3339 sont attendues.", "An RFC 3339 time is expected."),
    "datetime_from_date_parsing": (
        "Une date et une heure RFC 3339 sont attendues.",
        "An RFC 3339 time is expected.",
    ),
    "timezone_aware": ("L’heure doit porter son fuseau.", "The time must carry its zone."),
    "unfit": ("Cette valeur ne peut pas être enregistrée.", "This value cannot be kept."),
    "enum": ("Valeurs possibles : {expected}.", "Possible values: {expected}."),
    "literal_error": ("Valeurs possibles : {expected}.", "Possible values: {expected}."),
    "list_type": ("Une liste est attendue.", "A list is expected."),
    "dict_type": ("Un objet est attendu.", "An object is expected."),
    "model_attributes_type": ("Un objet est attendu.", "An object is expected."),
    "model_type": ("Un objet est attendu.", "An object is expected."),
}
UNKNOWN_PARAMETER = ("Ce paramètre n’existe pas.", "This parameter does not exist.")
DEFAULT_TEXT = ("Cette valeur n’est pas acceptée.", "This value is not accepted.")


def validation_text(entry: dict[str, Any], language: str) -> str:
    """A sentence for one pydantic error. Of its context only limits are used: the rest may hold the input."""
    french, english = VALIDATION_TEXTS.get(entry["type"], DEFAULT_TEXT)
    limits = {
        key: value
        for key, value in (entry.get("ctx") or {}).items()
        if key in ("min_length", "max_length", "gt", "ge", "lt", "le", "expected")
    }
    text = english if language == "en" else french
    try:
        return text.format(**limits)
    except KeyError:
        return DEFAULT_TEXT[1] if language == "en" else DEFAULT_TEXT[0]
