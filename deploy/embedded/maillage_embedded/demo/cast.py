"""The people of the demo region: all invented, the same at each run, placed on real CPTS.

Telephone numbers are from the range reserved for fiction (06 39 98), addresses from a domain that is no one's.
"""

import random
import unicodedata
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from maillage_directory.reference.cpts import cpts_payloads
from maillage_directory.reference.vocabulary import vocabulary

SEED = 20210701
VACANT = {
    "vallee-ubaye",
    "guil-durance",
    "ferion",
    "pays-de-lerins",
    "poudrerie",
    "marseille-7",
    "haute-ouveze",
    "var-est-pays-de-fayence",
}
NEWCOMER_CPTS = "coeur-du-var"
NEWCOMER_DAYS = 12
VETERANS_UNTIL = date(2021, 6, 1)
"""Who came before this day could be at the first seminar of Giens."""

FIRST_NAMES = ["Agathe", "Amandine", "Anaïs", "Anne-Laure", "Aurélie", "Audrey", "Bérengère", "Brigitte", "Capucine", "Carole", "Cécile", "Céline", "Charlotte", "Chloé", "Christelle", "Clémence", "Coralie", "Delphine", "Éléonore", "Élodie", "Émilie", "Estelle", "Fabienne", "Fanny", "Farida", "Florence", "Gaëlle", "Géraldine", "Hélène", "Inès", "Isabelle", "Jeanne", "Johanna", "Justine", "Karima", "Laëtitia", "Laurence", "Leïla", "Léa", "Lucie", "Magali", "Manon", "Marjorie", "Maud", "Mélanie", "Mireille", "Myriam", "Nathalie", "Noémie", "Ophélie", "Pauline", "Priscilla", "Rachel", "Samira", "Sandrine", "Sonia", "Sylvie", "Valérie", "Alexandre", "Bastien", "Cédric", "Damien", "Fabrice", "Guillaume", "Karim", "Mathieu", "Nicolas", "Olivier", "Romain", "Thierry"]
LAST_NAMES = ["Abadie", "Alarcon", "Aubert", "Barthélemy", "Baudouin", "Bellanger", "Benhaddou", "Bessière", "Blanchard", "Bonnefoy", "Bouchard", "Bouzid", "Brémond", "Cabanel", "Caillat", "Carbonnel", "Castellan", "Cazalis", "Chabert", "Chastang", "Clavel", "Combaluzier", "Cordier", "Coulomb", "Darmon", "Delestrac", "Desmoulins", "Didelot", "Dumazert", "Escoffier", "Espinasse", "Fabrègue", "Falgayrac", "Ferrandi", "Gaillardin", "Garnero", "Gasquet", "Giordanengo", "Gourdon", "Guérini", "Hadjaj", "Imbert", "Jacquemin", "Jourdan", "Khelifi", "Lacombe", "Lambertin", "Laugier", "Lefranc", "Lombardo", "Mallet", "Marcellin", "Massoni", "Meynadier", "Mistral", "Moutet", "Nicolaï", "Orsini", "Pascalet", "Pellegrin", "Peyrache", "Ravel", "Reboulet", "Riccardi", "Roumieux", "Sabatier", "Santini", "Segondy", "Tardieu", "Teissèdre", "Vaillant", "Verdier", "Viguier", "Zerbib"]
BACKGROUNDS = (
    "Infirmière pendant quinze ans, dont huit en libéral",
    "Venue de la gestion de projets associatifs",
    "Kinésithérapeute de formation, à mi-temps en cabinet",
    "Ancienne cadre de santé d'un centre hospitalier",
    "Diplômée en santé publique",
    "Passée par une maison de santé pluriprofessionnelle",
    "Issue des ressources humaines",
    "Sage-femme de formation",
    "Ancienne chargée de mission d'une collectivité",
    "Pharmacienne de formation",
)
SHARED_BY_ALL = ("mobilisation-adhesion", "isolement-professionnels", "financement-perennite")


@dataclass(frozen=True)
class Member:
    """One invented coordinator and the post she holds. `mentors`: she offers to mentor, for so many."""

    profile: dict[str, Any]
    cpts: str
    started_on: date
    mentors: int = 0
    mentor_note: str = ""
    former: dict[str, Any] | None = field(default=None)

    @property
    def email(self) -> str:
        """The address she is found by."""
        return str(self.profile["email"])

    @property
    def offered(self) -> list[str]:
        """The skills she can pass on."""
        return [skill["skill"] for skill in self.profile["skills"] if skill["stance"] == "offers"]

    @property
    def challenges(self) -> list[str]:
        """What she is confronted with."""
        return [entry["challenge"] for entry in self.profile["challenges"]]

    @property
    def veteran(self) -> bool:
        """Whether she was there at the beginning."""
        return self.started_on < VETERANS_UNTIL


@cache
def members(today: date) -> list[Member]:
    """Everyone but the newcomer, in a fixed order; those known by name first."""
    chance = random.Random(SEED)  # noqa: S311  # variety, not secrecy
    territories = {body["slug"]: body for body in cpts_payloads(example_challenges=True)}
    known = [_nadia(), _claire()]
    taken = VACANT | {NEWCOMER_CPTS} | {member.cpts for member in known}
    slugs = [slug for slug in territories if slug not in taken]
    chance.shuffle(slugs)
    firsts, lasts = chance.sample(FIRST_NAMES, len(slugs)), chance.sample(LAST_NAMES, len(slugs))
    others = [
        _member(chance, first, last, territories[slug], _start(chance, rank, len(slugs), today))
        for rank, (slug, first, last) in enumerate(zip(slugs, firsts, lasts, strict=True))
    ]
    return [*known, *others]


def _start(chance: random.Random, rank: int, count: int, today: date) -> date:
    """Two in five came before the first seminar; nobody but the newcomer in the last five months."""
    if rank < count * 0.42:
        first, last = date(2019, 3, 1), VETERANS_UNTIL - timedelta(days=1)
    else:
        first, last = date(2021, 9, 1), today - timedelta(days=150)
    return first + timedelta(days=chance.randrange((last - first).days))


def _member(
    chance: random.Random, first: str, last: str, territory: dict[str, Any], started_on: date
) -> Member:
    veteran = started_on < VETERANS_UNTIL
    profile = {
        "first_name": first,
        "last_name": last,
        "email": f"{ascii_of(first)}.{ascii_of(last)}@exemple.fr",
        "phone": f"06 39 98 {chance.randrange(100):02d} {chance.randrange(100):02d}"
        if chance.random() < 0.6
        else None,
        "bio": f"{chance.choice(BACKGROUNDS)}, aujourd'hui à la {territory['name']}."
        if chance.random() < 0.7
        else None,
        "challenges": _challenges(chance, territory["challenges"], started_on, veteran=veteran),
        "skills": _skills(chance, veteran=veteran),
        "reach": _reach(chance),
        "joined_on": started_on.isoformat(),
    }
    mentors = chance.choice((1, 2, 2, 3)) if veteran and chance.random() < 0.6 else 0
    note = "Par téléphone ou en visio, plutôt le matin." if mentors and chance.random() < 0.5 else ""
    return Member(profile, territory["slug"], started_on, mentors, note)


def _challenges(
    chance: random.Random, local: list[str], started_on: date, *, veteran: bool
) -> list[dict[str, Any]]:
    chosen = [*chance.sample(local, min(len(local), chance.choice((2, 2, 3)))), chance.choice(SHARED_BY_ALL)]
    stances = ("working", "can_help", "solved") if veteran else ("working", "working", "can_help")
    return [
        {
            "challenge": slug,
            "stance": chance.choice(stances),
            "since_year": started_on.year if chance.random() < 0.5 else None,
        }
        for slug in dict.fromkeys(chosen)
    ]


def _skills(chance: random.Random, *, veteran: bool) -> list[dict[str, Any]]:
    slugs = chance.sample([term.slug for term in vocabulary().skills], chance.choice((4, 5, 6)))
    offered = len(slugs) - 1 if veteran else len(slugs) // 2
    levels = (3, 3, 4) if veteran else (2, 3)
    return [
        {"skill": slug, "level": chance.choice(levels), "stance": "offers"}
        if rank < offered
        else {"skill": slug, "level": 1, "stance": "seeks"}
        for rank, slug in enumerate(slugs)
    ]


def _reach(chance: random.Random) -> dict[str, str]:
    kind = chance.random()
    if kind < 0.12:
        return {"name": "public", "email": "region", "skills": "national"}
    if kind < 0.2:
        return {"name": "collective", "challenges": "collective"}
    return {"phone": "collective"} if kind < 0.5 else {}


def ascii_of(name: str) -> str:
    """The name as it stands in an address."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace(" ", "-")


def _nadia() -> Member:
    """The mentor whom the newcomer's wishes fit best."""
    profile = {
        "first_name": "Nadia",
        "last_name": "Benali",
        "email": "nadia.benali@exemple.fr",
        "phone": "06 39 98 12 34",
        "bio": "Infirmière, puis coordinatrice depuis les débuts de la CPTS. Je réponds volontiers le midi.",
        "challenges": [
            {"challenge": "desertification-medicale", "stance": "can_help", "since_year": 2019},
            {"challenge": "mobilisation-adhesion", "stance": "solved", "since_year": 2020},
            {"challenge": "personnes-agees-fragilite", "stance": "can_help", "since_year": 2020},
        ],
        "skills": [
            {"skill": "aci-conventionnement", "level": 4, "stance": "offers"},
            {"skill": "comptabilite-budget", "level": 3, "stance": "offers"},
            {"skill": "animation-reunions", "level": 4, "stance": "offers"},
            {"skill": "vie-associative", "level": 3, "stance": "offers"},
        ],
        "reach": {"phone": "collective", "name": "public"},
        "joined_on": "2019-04-08",
    }
    return Member(
        profile,
        "provence-verte",
        date(2019, 4, 8),
        3,
        "Un point d'une heure tous les quinze jours, au début.",
    )


def _claire() -> Member:
    """The animator of the collective."""
    profile = {
        "first_name": "Claire",
        "last_name": "Fontaine",
        "email": "claire.fontaine@exemple.fr",
        "phone": "06 39 98 56 78",
        "bio": "J'anime le collectif : pour une question, une idée d'atelier ou une arrivée à annoncer, écrivez-moi.",
        "challenges": [
            {"challenge": "saisonnalite-touristique", "stance": "can_help", "since_year": 2019},
            {"challenge": "soins-non-programmes", "stance": "working", "since_year": 2022},
        ],
        "skills": [
            {"skill": "animation-reunions", "level": 4, "stance": "offers"},
            {"skill": "partenariats", "level": 4, "stance": "offers"},
            {"skill": "prise-de-parole", "level": 3, "stance": "offers"},
        ],
        "reach": {"name": "public", "email": "region", "phone": "collective"},
        "roles": ["animator"],
        "joined_on": "2019-02-04",
    }
    return Member(profile, "hyeres-iles-d-or", date(2019, 2, 4))


def newcomer(today: date) -> Member:
    """Camille Roux, in her first days: what happens to her is the story the demo tells."""
    started_on = today - timedelta(days=NEWCOMER_DAYS)
    profile = {
        "first_name": "Camille",
        "last_name": "Roux",
        "email": "camille.roux@exemple.fr",
        "bio": "J'arrive d'une collectivité, où je suivais le contrat local de santé. Tout est à découvrir.",
        "challenges": [
            {"challenge": "desertification-medicale", "stance": "working", "since_year": None},
            {"challenge": "mobilisation-adhesion", "stance": "working", "since_year": None},
        ],
        "skills": [
            {"skill": "aci-conventionnement", "level": 1, "stance": "seeks"},
            {"skill": "comptabilite-budget", "level": 1, "stance": "seeks"},
            {"skill": "animation-reunions", "level": 2, "stance": "seeks"},
            {"skill": "donnees-cartographie", "level": 3, "stance": "offers"},
        ],
        "reach": {},
        "joined_on": started_on.isoformat(),
    }
    return Member(profile, NEWCOMER_CPTS, started_on)
