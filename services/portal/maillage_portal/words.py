"""Words for codes that come from the services. French messages; `_` marks them for the catalogue."""


def _(message: str) -> str:
    return message


CHALLENGE_STANCES = {"working": _("y travaille"), "solved": _("l'a résolu"), "can_help": _("peut aider")}
MY_CHALLENGE_STANCES = {
    "working": _("J'y travaille"),
    "solved": _("Je l'ai résolu"),
    "can_help": _("Je peux aider"),
}
SKILL_STANCES = {"offers": _("propose"), "seeks": _("cherche")}
MY_SKILL_STANCES = {"offers": _("Je la propose"), "seeks": _("Je la cherche")}
LEVELS = {1: _("débute"), 2: _("pratique"), 3: _("maîtrise"), 4: _("peut l'enseigner")}
TITLES = {
    "coordinator": _("Coordination"),
    "deputy": _("Coordination adjointe"),
    "project_officer": _("Mission, projets"),
    "director": _("Direction"),
}
REACHES = {
    "self": _("Moi seul·e"),
    "collective": _("Le collectif"),
    "region": _("La région"),
    "national": _("Le pays"),
    "public": _("Tout le monde"),
}
FIELDS = {
    "name": _("Votre nom"),
    "email": _("Votre adresse e-mail"),
    "phone": _("Votre téléphone"),
    "bio": _("Votre présentation"),
    "skills": _("Vos compétences"),
    "challenges": _("Vos défis"),
}
DEPARTMENTS = {
    "04": "Alpes-de-Haute-Provence",
    "05": "Hautes-Alpes",
    "06": "Alpes-Maritimes",
    "13": "Bouches-du-Rhône",
    "83": "Var",
    "84": "Vaucluse",
}
SKILL_GROUPS = {
    "animation": _("Animation"),
    "communication": _("Communication"),
    "gestion": _("Gestion"),
    "juridique": _("Juridique"),
    "management": _("Management"),
    "numerique": _("Numérique"),
    "pilotage": _("Pilotage"),
}
SCOPES = {
    "directory:read": _("Lire l'annuaire, dans la limite de ce que chaque personne partage"),
    "directory:write": _("Tenir l'annuaire : CPTS, arrivées, départs"),
    "events:read": _("Lire les séminaires et qui y vient"),
    "events:write": _("Tenir les séminaires : les préparer, les publier, noter les présences"),
    "mentoring:read": _("Lire qui propose d'être mentor"),
    "catalogue:read": _("Lire le catalogue des événements"),
}
"""What the scopes of an API key let a program do."""
KEY_DAYS = {"30": _("30 jours"), "90": _("90 jours"), "365": _("Un an")}
OVERLAPS = {
    "0": _("s'arrête tout de suite"),
    "3600": _("marche encore une heure"),
    "86400": _("marche encore un jour"),
    "604800": _("marche encore une semaine"),
    "2592000": _("marche encore 30 jours"),
}
"""What becomes of a secret that is replaced, by seconds."""
