"""The sentences for the codes of a suggestion, in French and in English.

Reasons are stored as codes with facts, never as text: the same row reads in either language, and a test can
prove each sentence true.
"""

from collections.abc import Callable, Sequence

from maillage_mentoring.catalogue import Language, Vocabulary, label
from maillage_mentoring.scoring import Params, Reason

_NUMBERS = {
    "fr": ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"),
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
}


def say(reason: Reason, language: Language) -> str:
    """The sentence for a reason; a code from another version is shown as it is rather than lost."""
    sentence = _FRENCH if language == "fr" else _ENGLISH
    build = sentence.get(reason.code)
    try:
        return build(reason.params) if build else reason.code
    except KeyError:  # restored from an event, which carries no facts
        return reason.code


def say_unmatched(code: str | None, language: Language) -> str | None:
    """Why a search ended without a mentor, in a sentence for the mentee; None when it ended otherwise."""
    return _UNMATCHED[code][language] if code in _UNMATCHED else None


def _number(count: int, language: Language) -> str:
    words = _NUMBERS[language]
    return words[count] if count < len(words) else str(count)


def _several(count: int, one: str, many: str, language: Language) -> str:
    return f"{_number(count, language)} {one if count == 1 else many}"


def _terms(vocabulary: Vocabulary, slugs: Sequence[str], language: Language) -> str:
    labels = [label(vocabulary, slug, language) for slug in slugs]
    if any("," in each for each in labels):  # a comma within a term would look like two terms
        return (" ; " if language == "fr" else "; ").join(labels)
    return ", ".join(labels)


def _listed(vocabulary: Vocabulary, one: str, many: str, language: Language) -> Callable[[Params], str]:
    def build(params: Params) -> str:
        slugs = params[vocabulary]
        head = _several(len(slugs), one, many, language)
        colon = " : " if language == "fr" else ": "
        return f"{head}{colon}{_terms(vocabulary, slugs, language)}"

    return build


def _after(vocabulary: Vocabulary, opening: str, language: Language) -> Callable[[Params], str]:
    return lambda params: f"{opening}{_terms(vocabulary, params[vocabulary], language)}"


def _une(count: int, one: str, many: str) -> str:
    """As `_several` in French, for a feminine noun."""
    return f"une {one}" if count == 1 else _several(count, one, many, "fr")


def _duration_fr(hours: int) -> str:
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} jours"


def _duration_en(hours: int) -> str:
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} days"


_FRENCH: dict[str, Callable[[Params], str]] = {
    "shared-challenges": _listed("challenges", "défi commun", "défis communs", "fr"),
    "challenges-not-met": _after("challenges", "n'a pas travaillé sur : ", "fr"),
    "offered-skills": lambda p: (
        f"{_une(len(p['skills']), 'compétence recherchée', 'compétences recherchées')} : "
        f"{_terms('skills', p['skills'], 'fr')}"
    ),
    "skills-not-offered": _after("skills", "ne propose pas : ", "fr"),
    "same-territory": _after("territory_types", "même type de territoire : ", "fr"),
    "other-territory": _after("territory_types", "autre type de territoire : ", "fr"),
    "distance": lambda p: f"à {p['km']} km",
    "far": lambda p: f"à {p['km']} km",
    "same-department": lambda p: f"même département ({', '.join(p['departments'])})",
    "experience": lambda p: f"dans le métier depuis {p['years']} an{'s' if p['years'] > 1 else ''}",
    "new-in-post": lambda p: (
        "dans le métier depuis " + (f"{p['months']} mois" if p["months"] else "moins d'un mois")
    ),
    "reply-time": lambda p: f"répond d'habitude en {_duration_fr(p['hours'])}",
    "slow-replies": lambda p: f"répond d'habitude en {_duration_fr(p['hours'])}",
    "free-places": lambda p: f"{_une(p['places'], 'place libre', 'places libres')} sur {p['capacity']}",
    "already-mentoring": lambda p: f"accompagne déjà {_une(p['mentorships'], 'personne', 'personnes')}",
}

_ENGLISH: dict[str, Callable[[Params], str]] = {
    "shared-challenges": _listed("challenges", "shared challenge", "shared challenges", "en"),
    "challenges-not-met": _after("challenges", "has not worked on: ", "en"),
    "offered-skills": _listed("skills", "skill you seek", "skills you seek", "en"),
    "skills-not-offered": _after("skills", "does not offer: ", "en"),
    "same-territory": _after("territory_types", "same kind of territory: ", "en"),
    "other-territory": _after("territory_types", "another kind of territory: ", "en"),
    "distance": lambda p: f"{p['km']} km away",
    "far": lambda p: f"{p['km']} km away",
    "same-department": lambda p: f"same department ({', '.join(p['departments'])})",
    "experience": lambda p: f"in the job for {p['years']} year{'s' if p['years'] > 1 else ''}",
    "new-in-post": lambda p: (
        f"in the job for {_several(p['months'], 'month', 'months', 'en')}"
        if p["months"]
        else "in the job for less than a month"
    ),
    "reply-time": lambda p: f"usually answers within {_duration_en(p['hours'])}",
    "slow-replies": lambda p: f"usually answers within {_duration_en(p['hours'])}",
    "free-places": lambda p: f"{_several(p['places'], 'free place', 'free places', 'en')} of {p['capacity']}",
    "already-mentoring": lambda p: f"already mentors {_several(p['mentorships'], 'person', 'people', 'en')}",
}

_UNMATCHED: dict[str | None, dict[Language, str]] = {
    "no-mentor": {
        "fr": "Aucun mentor n'est disponible aujourd'hui. La recherche reprend dès que quelqu'un se libère.",
        "en": "No mentor is available today. The search resumes as soon as someone is free.",
    },
    "all-asked": {
        "fr": "Tous les mentors possibles ont été sollicités. La recherche reprend dès que possible.",
        "en": "Every possible mentor has been asked. The search resumes as soon as someone is free.",
    },
}
