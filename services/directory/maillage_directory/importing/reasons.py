"""Why a line is refused and what to do, in both languages. Of a cell at most the wrong term is repeated."""

from __future__ import annotations

from typing import TypedDict

TEXTS: dict[str, tuple[str, str]] = {
    "formula": (
        "La case contient une formule : recopiez sa valeur (collage spécial, valeurs).",
        "The cell holds a formula: put its value there (paste special, values).",
    ),
    "error": (
        "La case contient une erreur de calcul : corrigez-la ou videz-la.",
        "The cell holds a calculation error: correct or empty it.",
    ),
    "merged": (
        "La case est fusionnée avec une autre : défusionnez, et recopiez la valeur sur chaque ligne.",
        "The cell is merged with another: unmerge, and repeat the value on each line.",
    ),
    "too-long": ("Le texte dépasse {limit} caractères.", "The text is longer than {limit} characters."),
    "control": (
        "La case contient un caractère invisible interdit : retapez-la.",
        "The cell holds a forbidden invisible character: type it again.",
    ),
    "date": (
        "Ce n’est pas une date : écrivez jj/mm/aaaa.",
        "This is no date: write dd/mm/yyyy or yyyy-mm-dd.",
    ),
    "date-number": (
        "C’est un nombre et non une date ; un tableur y lit le {guess}. Écrivez la date jj/mm/aaaa.",
        "This is a number and no date; a spreadsheet reads {guess} in it. Write the date dd/mm/yyyy.",
    ),
    "number": ("Un nombre entier est attendu.", "A whole number is expected."),
    "language": ("Écrivez « français » ou « anglais ».", "Write “French” or “English”."),
    "title": (
        "Fonction inconnue : Coordination, Coordination adjointe, Mission ou Direction.",
        "Unknown post: Coordination, Deputy coordination, Project officer or Direction.",
    ),
    "term": (
        "« {term} » n’est pas dans le vocabulaire.{guess_fr}",
        "“{term}” is not in the vocabulary.{guess_en}",
    ),
    "commune": (
        "« {term} » n’est pas une commune connue : donnez son code INSEE ; hors de la région, code puis nom.",
        "“{term}” is not a known commune: give its INSEE code; outside the region, code then name.",
    ),
    "commune-postal": (
        "« {term} » est un code postal. Code INSEE : {codes}.",
        "“{term}” is a postal code. INSEE code: {codes}.",
    ),
    "commune-homonym": (
        "Plusieurs communes s’appellent « {term} » : donnez le code INSEE ({codes}).",
        "Several communes are called “{term}”: give the INSEE code ({codes}).",
    ),
    "nothing": (
        "La ligne ne dit ni de quelle personne (adresse électronique) ni de quelle CPTS il s’agit.",
        "The line says neither which person (e-mail) nor which CPTS it is about.",
    ),
    "email-missing": (
        "Il manque l’adresse électronique : sans elle, la personne n’est pas reconnue.",
        "The e-mail address is missing: without it the person is not recognised.",
    ),
    "name-missing": (
        "Cette personne est nouvelle : il faut son prénom et son nom.",
        "This person is new: her first and last name are needed.",
    ),
    "other-name": (
        "Cette adresse est celle d’une autre personne de l’annuaire : donnez à chacune la sienne.",
        "This address is another person’s in the directory: give each her own.",
    ),
    "namesake": (
        "Une personne de ce nom est déjà dans l’annuaire avec une autre adresse. Même personne : changez son "
        "adresse sur sa fiche. Homonyme : ajoutez-la par « Arrivée ».",
        "A person of that name is in the directory with another address. The same person: change the address "
        "on her page. A namesake: add her under “Arrival”.",
    ),
    "cpts-missing": (
        "La ligne parle d’une CPTS ou d’un poste sans dire laquelle.",
        "The line speaks of a CPTS or a post without saying which CPTS.",
    ),
    "cpts-unknown": (
        "CPTS inconnue.{guess_fr} Pour la créer, donnez ses communes (codes INSEE).",
        "Unknown CPTS.{guess_en} To create it, give its communes (INSEE codes).",
    ),
    "cpts-ambiguous": (
        "Plusieurs CPTS portent ce nom : donnez l’identifiant ({slugs}).",
        "Several CPTS have that name: give the identifier ({slugs}).",
    ),
    "cpts-nameless": ("Cette CPTS est nouvelle : il faut son nom.", "This CPTS is new: its name is needed."),
    "post-without-person": (
        "Une fonction ou une date de prise de poste, mais personne : donnez l’adresse électronique.",
        "A post or its date, but nobody: give the e-mail address.",
    ),
    "post-since": (
        "Ce poste est tenu depuis le {since} : un import ne change pas cette date.",
        "This post has been held since {since}: an import does not change that date.",
    ),
    "post-over": (
        "Cette personne a quitté ce poste le {ended}. Si elle le reprend, donnez la nouvelle date.",
        "This person left this post on {ended}. If she takes it up again, give the new date.",
    ),
    "said-otherwise": (
        "La ligne {line} dit autre chose de la même {what_fr}.",
        "Line {line} says otherwise of the same {what_en}.",
    ),
}


class Reason(TypedDict):
    """`column` is the name of a column, or empty when the whole line is meant."""

    column: str | None
    code: str
    fr: str
    en: str


class LineRefused(Exception):
    """This line cannot be imported as it stands; the others can."""

    def __init__(self, *reasons: Reason) -> None:
        super().__init__(*(one["code"] for one in reasons))
        self.reasons = list(reasons)


def reason(code: str, column: str | None = None, **args: object) -> Reason:
    """A reason from TEXTS, with its arguments put in."""
    french, english = TEXTS[code]
    return {"column": column, "code": code, "fr": french.format(**args), "en": english.format(**args)}


def refused(code: str, column: str | None = None, **args: object) -> LineRefused:
    """The exception for one reason."""
    return LineRefused(reason(code, column, **args))
