"""Invented people on real CPTS, a rough outline, and the few terms that the tests name."""

from typing import Any
from uuid import UUID

OUTLINE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "13",
            "properties": {"code": "13", "name": "Bouches-du-Rhône"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[4.3, 43.4], [5.0, 43.3], [5.8, 43.15], [5.8, 43.75], [4.7, 43.9], [4.3, 43.4]]
                ],
            },
        },
        {
            "type": "Feature",
            "id": "05",
            "properties": {"code": "05", "name": "Alpes"},
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": [[[[5.8, 43.15], [7.5, 43.8], [7.0, 44.9], [5.6, 44.7], [5.8, 43.15]]]],
            },
        },
    ],
}
COUNTRY = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": "fr-occ",
            "properties": {"region": "fr-occ", "name": "Occitanie"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[0.0, 42.7], [3.0, 42.4], [4.8, 43.9], [2.0, 45.0], [-0.2, 43.5], [0.0, 42.7]]
                ],
            },
        },
    ],
}


def _term(slug: str, fr: str, en: str, definition: str = "") -> dict[str, str]:
    return {"slug": slug, "fr": fr, "en": en, "definition": definition}


VOCABULARY = {
    "regions": [
        _term("fr-pac", "Provence-Alpes-Côte d’Azur", "Provence-Alpes-Côte d’Azur"),
        _term("fr-occ", "Occitanie", "Occitanie"),
        _term("fr-20r", "Corse", "Corsica"),
    ],
    "challenges": [
        _term(
            "desertification-medicale",
            "Désertification médicale",
            "Medical desert",
            "Offre de médecins insuffisante.",
        ),
        _term("sante-mentale", "Santé mentale", "Mental health"),
        _term("soins-non-programmes", "Soins non programmés (SNP) et SAS", "Unscheduled care and SAS"),
    ],
    "skills": [
        {**_term("gestion-projet", "Gestion de projet", "Project management"), "group": "pilotage"},
        {
            **_term("comptabilite-budget", "Comptabilité et budget", "Accounting and budgeting"),
            "group": "gestion",
        },
    ],
    "tracks": [_term("pilotage", "Pilotage", "Steering")],
    "territory_types": [_term("montagne", "Montagne", "Mountain"), _term("littoral", "Littoral", "Coast")],
    "aci_missions": [_term("prevention", "Prévention", "Prevention")],
    "statuses": [_term("aci-signe", "ACI signé", "ACI signed")],
}


def uid(number: int) -> str:
    """A stable identifier for the fakes."""
    return str(UUID(int=(0x0198 << 112) + number))


def _cpts(
    number: int, slug: str, name: str, commune: tuple[str, str], at: tuple[float, float], **more: Any
) -> dict[str, Any]:
    department = commune[0][:2]
    return {
        "id": uid(number),
        "slug": slug,
        "name": name,
        "aliases": [],
        "status": "aci-signe",
        "communes": [
            {"insee": commune[0], "name": commune[1], "shared": False},
            {"insee": f"{department}999", "name": "Le Village", "shared": True},
        ],
        "main_commune": {"insee": commune[0], "name": commune[1]},
        "departments": [department],
        "principal_department": department,
        "population": 48376,
        "size": 2,
        "challenges": ["desertification-medicale"],
        "territory_types": ["montagne"],
        "lat": at[0],
        "lon": at[1],
        "vacant": False,
        "vacant_since": None,
        "holders": [],
        "closed_on": None,
        "merged_into": None,
        "version": 1,
        "updated_at": "2026-11-20T08:00:00Z",
        **more,
    }


CPTS = [
    _cpts(1, "ubaye", "CPTS La Vallée de l'Ubaye", ("04019", "Barcelonnette"), (44.38, 6.65)),
    _cpts(2, "brianconnais", "CPTS Briançonnais-Écrins", ("05023", "Briançon"), (44.83, 6.60)),
    _cpts(3, "haute-ouveze", "CPTS Haute Ouvèze", ("84137", "Vaison-la-Romaine"), (44.24, 5.07)),
    _cpts(
        4, "nice-centre", "CPTS Nice Centre", ("06088", "Nice"), (43.70, 7.26), challenges=["sante-mentale"]
    ),
    _cpts(5, "nice-nord", "CPTS Nice Nord", ("06088", "Nice"), (43.70, 7.26), challenges=["sante-mentale"]),
    _cpts(
        6,
        "guil-durance",
        "CPTS Guil Durance",
        ("05065", "Guillestre"),
        (44.66, 6.65),
        vacant=True,
        vacant_since="2026-09-14",
    ),
]
_NAMES = [
    ("Camille", "Roux", 1),
    ("Nadia", "Benali", 2),
    ("Julien", "Martin", 3),
    ("Claire", "Fontaine", 4),
    ("Sophie", "Peretti", 5),
]


def _person(number: int, first: str, last: str, cpts: int) -> dict[str, Any]:
    home = next(item for item in CPTS if item["id"] == uid(cpts))
    started = "2026-11-10" if number == 101 else "2019-03-01"
    stances = ["can_help", "working", "solved"]
    challenges = [
        {
            "challenge": slug,
            "stance": stances[(number + i) % 3],
            "since_year": 2024 if (number + i) % 3 == 2 else None,
        }
        for i, slug in enumerate(home["challenges"])
    ]
    post = {"id": uid(200 + number), "cpts_id": home["id"], "cpts_name": home["name"], "title": "coordinator"}
    return {
        "id": uid(number),
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}@exemple.fr".lower(),
        "phone": "04 00 00 00 00",
        "language": "fr",
        "bio": "J'ai monté une équipe de soins coordonnés. N'hésitez pas à m'appeler.",
        "status": "active",
        "joined_on": started,
        "confirmed_on": None,
        "challenges": challenges,
        "skills": [
            {"skill": "gestion-projet", "level": 3, "stance": "offers"},
            {"skill": "comptabilite-budget", "level": 1, "stance": "seeks"},
        ],
        "reach": {
            "name": "region",
            "email": "collective",
            "phone": "self",
            "bio": "collective",
            "skills": "region",
            "challenges": "national",
        },
        "roles": ["coordinator"],
        "hidden": [],
        "positions": [{**post, "started_on": started, "ended_on": None}],
        "version": 7,
        "updated_at": "2026-11-20T08:00:00Z",
    }


PEOPLE = [_person(101 + index, *name) for index, name in enumerate(_NAMES)]
for _one in PEOPLE:
    _home = next(item for item in CPTS if item["id"] == _one["positions"][0]["cpts_id"])
    _holder = {name: _one[name] for name in ("first_name", "last_name")}
    _since = _one["positions"][0]["started_on"]
    _home["holders"] = [
        {
            "coordinator_id": _one["id"],
            **_holder,
            "position_id": _one["positions"][0]["id"],
            "title": "coordinator",
            "since": _since,
        }
    ]
CAMILLE, NADIA, JULIEN, CLAIRE, SOPHIE = (person["id"] for person in PEOPLE)


def profile(person: dict[str, Any], own: bool = False) -> dict[str, Any]:
    """The profile as a colleague sees it, or as its owner does."""
    if own:
        return person
    return {**person, "phone": None, "reach": None, "roles": None, "hidden": ["phone"]}
