"""Why a whole file cannot be read, and what to do about it, in both languages."""

from __future__ import annotations

from maillage.errors import Invalid

REASONS: dict[str, tuple[str, str]] = {
    "empty": ("Le fichier est vide.", "The file is empty."),
    "old-excel": (
        "C’est un ancien classeur Excel (.xls), ou un classeur protégé par mot de passe : "
        "enregistrez-le au format .xlsx, sans mot de passe.",
        "This is an old Excel workbook (.xls), or one with a password: save it as .xlsx, without a password.",
    ),
    "not-a-workbook": (
        "Ce fichier n’est pas un classeur .xlsx : enregistrez-le au format .xlsx ou .csv.",
        "This file is not an .xlsx workbook: save it as .xlsx or .csv.",
    ),
    "damaged": (
        "Le classeur est abîmé : ouvrez-le, enregistrez-le de nouveau en .xlsx, ou en .csv.",
        "The workbook is damaged: open it and save it again as .xlsx, or as .csv.",
    ),
    "too-inflated": (
        "Une fois décompressé, le classeur dépasse ce qui est accepté : "
        "copiez la liste seule dans un nouveau classeur, ou enregistrez la feuille en .csv.",
        "Once unpacked, the workbook is larger than accepted: "
        "copy the list alone into a new workbook, or save the sheet as .csv.",
    ),
    "entities": (
        "Le classeur contient des définitions XML qu’aucun tableur n’écrit : il n’est pas lu.",
        "The workbook holds XML definitions that no spreadsheet program writes: it is not read.",
    ),
    "no-visible-sheet": (
        "Toutes les feuilles du classeur sont masquées : affichez celle de la liste.",
        "Every sheet of the workbook is hidden: show the one with the list.",
    ),
    "not-text": (
        "Ce fichier n’est ni un classeur .xlsx ni un texte .csv.",
        "This file is neither an .xlsx workbook nor .csv text.",
    ),
    "bad-encoding": (
        "Le texte n’est lisible ni en UTF-8 ni en Windows-1252 : enregistrez-le en « CSV UTF-8 ».",
        "The text is readable neither as UTF-8 nor as Windows-1252: save it as “CSV UTF-8”.",
    ),
    "quotes": (
        "Ligne {line} : un guillemet est ouvert et jamais fermé, ou suivi d’autre chose que le séparateur.",
        "Line {line}: a quotation mark is opened and never closed, or followed by something other than "
        "the separator.",
    ),
    "too-many-lines": (
        "Le fichier a plus de {limit} lignes : envoyez-le en plusieurs fois.",
        "The file has more than {limit} lines: send it in several parts.",
    ),
    "too-many-columns": (
        "Le tableau a plus de {limit} colonnes : supprimez celles qui ne servent pas.",
        "The table has more than {limit} columns: delete those that are not needed.",
    ),
    "no-header": (
        "Aucune ligne de titres reconnue dans les {limit} premières lignes : il faut au moins une colonne "
        "« Adresse électronique » ou « CPTS ». Le fichier modèle donne les titres.",
        "No header recognised in the first {limit} lines: at least a column “E-mail” or “CPTS” is needed. "
        "The model file has the headers.",
    ),
    "same-column": (
        "Deux colonnes disent la même chose : « {one} » et « {other} ». Gardez-en une.",
        "Two columns say the same thing: “{one}” and “{other}”. Keep one of them.",
    ),
    "no-lines": ("Le tableau n’a aucune ligne sous ses titres.", "The table has no line below its headers."),
}


class FileRefused(Invalid):
    """Nothing of the file was read. `reason`: a key of REASONS, told to programs in `errors[0].detail`."""

    code = "file-refused"
    title_fr = "Ce fichier ne peut pas être lu"
    title_en = "This file cannot be read"

    def __init__(self, reason: str, **args: object) -> None:
        super().__init__(errors=[{"pointer": "/file", "detail": reason}])
        self.reason = reason
        self._args = args

    def detail(self, language: str) -> str:
        """What is wrong and what to do."""
        return REASONS[self.reason][1 if language == "en" else 0].format(**self._args)
