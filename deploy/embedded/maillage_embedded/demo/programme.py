"""The two seminars of the demo region: the first, long past, and the next, open for registration."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
PAST_SLUG = "giens-2021"
NEXT_SLUG = "giens-hiver-tenir-la-distance"
PRESENT_IN_2021 = 23
REGISTERED_NEXT = 50


@dataclass(frozen=True)
class Workshop:
    """A workshop on day 0 or 1, from-to in Paris time. `wanted`: how often it is chosen in its slot."""

    title: str
    track: str
    slot: str
    capacity: int | None
    room: str
    skills: tuple[str, ...]
    summary: str
    wanted: int = 1


@dataclass(frozen=True)
class Seminar:
    """A seminar as the demo writes it: `slots` name the times at which workshops run side by side."""

    body: dict[str, Any]
    first_day: date
    slots: dict[str, tuple[int, time, time]]
    workshops: list[Workshop] = field(default_factory=list)

    def times(self, slot: str) -> tuple[str, str]:
        """Start and end of a slot, with their zone."""
        day, start, end = self.slots[slot]
        return at(self.first_day + timedelta(days=day), start), at(self.first_day + timedelta(days=day), end)


def at(day: date, hour: time) -> str:
    """That hour of that day in Paris, as RFC 3339 text."""
    return datetime.combine(day, hour, PARIS).isoformat()


def past() -> Seminar:
    """Giens, 1 and 2 July 2021: where it began."""
    day = date(2021, 7, 1)
    body = {
        "title": "Giens 2021 : le premier séminaire du collectif",
        "slug": PAST_SLUG,
        "summary": "Deux jours pour se rencontrer, se former et construire l'annuaire du réseau.",
        "description": "Trois axes : piloter et manager, connaître le réseau local des CPTS, faire monter en"
        " compétences les nouveaux coordonnateurs. Il en est sorti un annuaire et une carte des"
        " problématiques communes.",
        "starts_at": at(day, time(9, 30)),
        "ends_at": at(day + timedelta(days=1), time(16, 30)),
        "time_zone": "Europe/Paris",
        "format": "onsite",
        "venue": "Presqu'île de Giens",
        "city": "Hyères",
        "department": "83",
        "capacity": 40,
        "registration_opens_at": at(date(2021, 5, 3), time(9)),
        "registration_closes_at": at(date(2021, 6, 25), time(18)),
        "tracks": ["pilotage-management", "connaissance-reseau", "montee-en-competences"],
        "skills": ["gestion-stress-dirigeant", "comptabilite-budget", "ressources-humaines"],
    }
    slots = {
        "jeudi matin": (0, time(10, 30), time(12, 30)),
        "jeudi après-midi": (0, time(14), time(16, 30)),
        "vendredi matin": (1, time(9), time(12)),
    }
    return Seminar(body, day, slots, PAST_WORKSHOPS)


PAST_WORKSHOPS = [
    Workshop("Le stress du dirigeant : le voir venir", "pilotage-management", "jeudi matin", None, "Salle du Levant",
             ("gestion-stress-dirigeant",), "Repérer les signes, se donner des garde-fous."),
    Workshop("Lire un budget associatif", "pilotage-management", "jeudi matin", None, "Salle Porquerolles",
             ("comptabilite-budget",), "Du budget prévisionnel au bilan, avec les vrais mots de l'expert-comptable."),
    Workshop("Recruter et encadrer", "pilotage-management", "jeudi après-midi", None, "Salle du Levant",
             ("ressources-humaines", "leadership-management"), "Du premier contrat à l'entretien annuel."),
    Workshop("Un annuaire pour le réseau", "connaissance-reseau", "jeudi après-midi", None, "Salle Port-Cros",
             ("outils-collaboratifs",), "Qui fait quoi, où, et comment le tenir à jour."),
    Workshop("La carte des problématiques communes", "connaissance-reseau", "vendredi matin", None, "Salle Port-Cros",
             ("donnees-cartographie",), "Regrouper les CPTS par ce qu'elles affrontent."),
    Workshop("Accueillir un nouveau coordonnateur", "montee-en-competences", "vendredi matin", None,
             "Salle du Levant", ("formation-pairs",), "Ce que l'on aurait aimé savoir le premier mois."),
]  # fmt: skip


def upcoming(today: date) -> Seminar:
    """Giens again, about nine weeks ahead: a Thursday and a Friday."""
    day = today + timedelta(days=63)
    day += timedelta(days=(3 - day.weekday()) % 7)
    body = {
        "title": "Giens, hiver : tenir la distance",
        "slug": NEXT_SLUG,
        "summary": "Deux jours au bord de l'eau pour durer dans le métier : s'outiller, s'entraider, souffler.",
        "description": "Le jeudi, trois temps d'ateliers en parallèle ; le vendredi matin, le dernier temps puis"
        " la restitution. On s'inscrit à un atelier par temps. Les repas et la nuit du jeudi sont pris en"
        " charge par le collectif. N'écrivez aucune donnée de patient dans vos réponses.",
        "starts_at": at(day, time(9, 30)),
        "ends_at": at(day + timedelta(days=1), time(16)),
        "time_zone": "Europe/Paris",
        "format": "onsite",
        "venue": "Presqu'île de Giens",
        "city": "Hyères",
        "department": "83",
        "capacity": 60,
        "registration_closes_at": at(day - timedelta(days=6), time(18)),
        "change_until": at(day - timedelta(days=3), time(18)),
        "offer_minutes": 48 * 60,
        "tracks": ["pilotage-management", "missions-aci", "bien-etre-cohesion", "montee-en-competences"],
        "skills": ["gestion-stress-dirigeant", "aci-conventionnement", "mediation-conflits"],
    }
    slots = {
        "A": (0, time(10, 30), time(12, 30)),
        "B": (0, time(14), time(15, 45)),
        "C": (0, time(16, 15), time(18)),
        "D": (1, time(9), time(11, 30)),
    }
    return Seminar(body, day, slots, NEXT_WORKSHOPS)


NEXT_WORKSHOPS = [
    Workshop("Préparer son dialogue de gestion ACI", "missions-aci", "A", 16, "Salle Porquerolles",
             ("aci-conventionnement", "evaluation-indicateurs"),
             "Indicateurs, pièces, calendrier : arriver prêt et repartir avec un accord.", 4),
    Workshop("Le budget en une heure", "pilotage-management", "A", 20, "Salle Port-Cros", ("comptabilite-budget",),
             "Construire, suivre, expliquer son budget sans y passer ses soirées.", 2),
    Workshop("Premiers cent jours : s'orienter", "montee-en-competences", "A", 20, "Salle du Levant",
             ("systeme-de-sante", "projet-de-sante"), "Qui est qui, que faire d'abord, à qui demander.", 2),
    Workshop("Soins non programmés : ce qui marche", "missions-aci", "B", 18, "Salle Porquerolles", ("partenariats",),
             "Trois organisations comparées, en ville, à la montagne et sur le littoral.", 3),
    Workshop("Désamorcer un conflit entre membres", "pilotage-management", "B", 12, "Salle Port-Cros",
             ("mediation-conflits",), "Jeux de rôle à partir de situations vécues.", 4),
    Workshop("Dire non, et tenir", "bien-etre-cohesion", "B", None, "Salle du Levant",
             ("gestion-stress-dirigeant", "gestion-temps-priorites"), "Ses priorités, ses limites, son agenda.", 2),
    Workshop("Faire adhérer les médecins", "pilotage-management", "C", 18, "Salle Porquerolles",
             ("conduite-changement", "communication-interne"), "Ce qui a marché, ce qui a échoué.", 3),
    Workshop("Cartographier son territoire", "montee-en-competences", "C", 14, "Salle Port-Cros",
             ("donnees-cartographie",), "Trouver les données publiques et en faire une carte lisible.", 2),
    Workshop("Marche et parole", "bien-etre-cohesion", "C", 15, "Sentier du littoral", ("gestion-stress-dirigeant",),
             "Deux heures dehors, par deux, sans écran.", 4),
    Workshop("Plan de crise : l'écrire et le jouer", "missions-aci", "D", 24, "Salle Porquerolles",
             ("gestion-projet",), "Canicule, incendie, épidémie : un exercice sur table.", 2),
    Workshop("Devenir mentor", "montee-en-competences", "D", 20, "Salle Port-Cros", ("formation-pairs",),
             "Écouter, questionner, laisser l'autre trouver.", 2),
]  # fmt: skip
