"""The columns of a list: their titles in both languages, the other titles they go by, and what they hold.

A line is a CPTS, a person, or both and the post she holds there. Import and export have the same columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from maillage_directory.sheets import FileRefused, Row, Table
from maillage_directory.sheets.table import HEADER_WITHIN
from maillage_directory.text import normalised

PERSON, POST, CPTS = "coordinator", "position", "cpts"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `entity` is what it says something about, `others` further titles it is known by."""

    name: str
    entity: str
    fr: str
    en: str
    others: tuple[str, ...]
    help_fr: str
    help_en: str
    example: str

    def title(self, language: str) -> str:
        return self.en if language == "en" else self.fr

    def help(self, language: str) -> str:
        return self.help_en if language == "en" else self.help_fr


COLUMNS: tuple[Column, ...] = (
    Column(
        "first_name",
        PERSON,
        "Prénom",
        "First name",
        ("given name",),
        "Nécessaire pour une nouvelle personne.",
        "Needed for a new person.",
        "Camille",
    ),
    Column(
        "last_name",
        PERSON,
        "Nom",
        "Last name",
        ("nom de famille", "family name", "surname"),
        "Nécessaire pour une nouvelle personne.",
        "Needed for a new person.",
        "Exemple",
    ),
    Column(
        "email",
        PERSON,
        "Adresse électronique",
        "E-mail",
        ("courriel", "email", "mail", "adresse mail", "adresse e-mail", "adresse email", "adresse courriel"),
        "Reconnaît la personne : une adresse, une personne.",
        "Recognises the person: one address, one person.",
        "camille.exemple@cpts.example",
    ),
    Column(
        "phone",
        PERSON,
        "Téléphone",
        "Phone",
        ("tel", "tél.", "portable", "mobile", "numéro de téléphone", "téléphone professionnel"),
        "Visible d’elle seule au départ.",
        "Visible to her alone at first.",
        "04 00 00 00 00",
    ),
    Column(
        "language",
        PERSON,
        "Langue",
        "Language",
        (),
        "français ou anglais.",
        "French or English.",
        "français",
    ),
    Column(
        "person_challenges",
        PERSON,
        "Problématiques rencontrées",
        "Challenges met",
        (),
        "Termes du vocabulaire, séparés par « | ».",
        "Terms of the vocabulary, separated by “|”.",
        "Santé mentale | Addictions",
    ),
    Column(
        "skills",
        PERSON,
        "Compétences",
        "Skills",
        ("compétences proposées",),
        "Termes du vocabulaire, séparés par « | ».",
        "Terms of the vocabulary, separated by “|”.",
        "Gestion de projet",
    ),
    Column(
        "title",
        POST,
        "Fonction",
        "Post",
        ("poste", "position", "role"),
        "Coordination (si la case est vide), Coordination adjointe, Mission ou Direction.",
        "Coordination (when empty), Deputy coordination, Project officer or Direction.",
        "Coordination",
    ),
    Column(
        "started_on",
        POST,
        "Depuis",
        "Since",
        ("date de prise de poste", "prise de poste", "date de début", "en poste depuis", "date d'arrivée"),
        "jj/mm/aaaa ; vide : aujourd’hui.",
        "yyyy-mm-dd or dd/mm/yyyy; empty: today.",
        "01/09/2025",
    ),
    Column(
        "cpts_name",
        CPTS,
        "CPTS",
        "CPTS name",
        ("nom de la cpts", "nom cpts"),
        "Reconnaît la CPTS, avec ou sans « CPTS » devant.",
        "Recognises the CPTS, with or without “CPTS” before it.",
        "CPTS de l’Exemple",
    ),
    Column(
        "cpts_slug",
        CPTS,
        "Identifiant CPTS",
        "CPTS identifier",
        ("identifiant", "slug", "identifiant de la cpts"),
        "Nom court, s’il est connu : il l’emporte sur le nom.",
        "Short name, if known: it wins over the name.",
        "de-l-exemple",
    ),
    Column(
        "cpts_aliases",
        CPTS,
        "Autres noms",
        "Other names",
        ("alias", "aliases"),
        "Séparés par « | ».",
        "Separated by “|”.",
        "",
    ),
    Column(
        "cpts_status",
        CPTS,
        "Statut",
        "Status",
        ("statut de la cpts",),
        "Terme du vocabulaire ; vide : ACI signé.",
        "Term of the vocabulary; empty: ACI signed.",
        "ACI signé, en fonctionnement",
    ),
    Column(
        "communes",
        CPTS,
        "Communes (INSEE)",
        "Communes (INSEE codes)",
        ("communes", "communes insee", "codes insee", "code insee", "insee"),
        "Codes INSEE, non postaux ; une étoile après une commune partagée. Nécessaires à une nouvelle CPTS.",
        "INSEE codes, not postal ones; a star after a shared commune. Needed for a new CPTS.",
        "04112 | 04070*",
    ),
    Column(
        "main_commune",
        CPTS,
        "Commune principale",
        "Main commune",
        ("commune principale insee",),
        "Code INSEE ; vide : la plus peuplée.",
        "INSEE code; empty: the most populous one.",
        "04112",
    ),
    Column(
        "principal_department",
        CPTS,
        "Département",
        "Department",
        ("département principal", "dept principal", "dept", "dep"),
        "Vide : celui de la commune principale.",
        "Empty: that of the main commune.",
        "04",
    ),
    Column(
        "population",
        CPTS,
        "Population",
        "Population",
        ("population indicative",),
        "Vide : la somme des communes.",
        "Empty: the sum over the communes.",
        "48 376",
    ),
    Column(
        "size",
        CPTS,
        "Taille",
        "Size",
        ("taille aci", "taille aci indicative"),
        "De 1 à 4 ; vide : d’après la population.",
        "1 to 4; empty: from the population.",
        "2",
    ),
    Column(
        "cpts_challenges",
        CPTS,
        "Problématiques de la CPTS",
        "CPTS challenges",
        ("problématiques cpts",),
        "Cinq au plus, séparées par « | ».",
        "Five at most, separated by “|”.",
        "Santé mentale",
    ),
    Column(
        "territory_types",
        CPTS,
        "Types de territoire",
        "Territory types",
        ("type de territoire",),
        "Le principal d’abord, séparés par « | ».",
        "The principal one first, separated by “|”.",
        "Périurbain",
    ),
)
BY_NAME = {column.name: column for column in COLUMNS}
KEYS = frozenset({"email", "cpts_name", "cpts_slug"})
"""At least one of these is needed: what a line is about is told by nothing else."""
REASON = ("Motif du refus", "Reason for refusal")
"""The column that the file of refused lines has more; sent again, it is passed over."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table's columns are: name of the column by index. `ignored` are titles nobody knows."""

    header: int
    columns: dict[int, str]
    titles: dict[str, str]
    ignored: list[str]


@cache
def _known() -> dict[str, str]:
    """Column names by normalised title."""
    found: dict[str, str] = {}
    for column in COLUMNS:
        for title in (column.name, column.fr, column.en, *column.others):
            found.setdefault(normalised(title.replace("_", " ")), column.name)
    return found


def layout(table: Table) -> Layout:
    """Finds the line of titles and what each column is. Raises FileRefused: no-header, same-column."""
    head = [row for row in table.rows[:HEADER_WITHIN] if row.number <= table.rows[0].number + HEADER_WITHIN]
    best = max(head, key=lambda row: len(_named(row)))
    named = _named(best)
    if "email" not in named.values() and "first_name" not in named.values():
        # A list of CPTS alone: "Nom" is theirs.
        named = {index: "cpts_name" if name == "last_name" else name for index, name in named.items()}
    if not KEYS & set(named.values()):
        raise FileRefused("no-header", limit=HEADER_WITHIN)
    named = _each_once(best, named)
    titles = {name: _title(best, index) for index, name in named.items()}
    reasons = {normalised(reason) for reason in REASON}
    ignored = [
        _title(best, index)
        for index, cell in enumerate(best.cells)
        if cell.strip() and index not in named and normalised(cell) not in reasons
    ]
    return Layout(best.number, named, titles, ignored)


def _named(row: Row) -> dict[int, str]:
    known = _known()
    found = {index: known.get(normalised(cell.replace("_", " "))) for index, cell in enumerate(row.cells)}
    return {index: name for index, name in found.items() if name is not None}


def _each_once(row: Row, named: dict[int, str]) -> dict[int, str]:
    """Of a name and an INSEE code in two columns the code, which is safe. Raises FileRefused: same-column."""
    found: dict[str, int] = {}
    for index, name in named.items():
        other = found.setdefault(name, index)
        if other == index:
            continue
        coded = [one for one in (other, index) if " insee" in normalised(row.cells[one].replace("_", " "))]
        if len(coded) != 1:
            raise FileRefused("same-column", one=_title(row, other), other=_title(row, index))
        found[name] = coded[0]
    return {index: name for name, index in found.items()}


def _title(row: Row, index: int) -> str:
    return " ".join(row.cells[index].split())[:80]
