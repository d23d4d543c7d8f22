"""The catalogue in words: what does not agree, who may have an event, what an event was."""

import json
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


def _(message: str) -> str:
    return message


MISMATCHES = {
    "never-seen": (_("pas encore vu"), _("Un service le déclare ; il n'est encore jamais passé sur le bus.")),
    "undeclared": (_("vu, non déclaré"), _("Il est passé sur le bus et aucun service ne le déclare.")),
    "unknown-schema": (
        _("schéma inconnu"),
        _("Des événements annoncent un autre schéma que celui du contrat."),
    ),
    "unknown-source": (
        _("source inattendue"),
        _("Il a été publié par un service qui ne le déclare pas."),
    ),
    "not-public": (
        _("sorti de sa région"),
        _("Il est arrivé d'une autre région, alors qu'il n'est pas public."),
    ),
    "reader-missing": (
        _("lecteur absent du bus"),
        _("Un service déclare le lire et le bus ne le lui donne pas. Lancez « maillage provision »."),
    ),
    "reader-undeclared": (
        _("lecteur non déclaré"),
        _("Le bus le donne à un lecteur qui ne déclare pas le lire."),
    ),
    "malformed": (_("enveloppe illisible"), _("Des messages n'ont pas les en-têtes CloudEvents.")),
}
"""What each mismatch is called and what it means."""

VISIBILITIES = {
    "public": (_("public"), _("Il part vers les régions voisines.")),
    "internal": (_("interne"), _("Il ne quitte pas la région.")),
    "private": (_("privé"), _("Il ne doit jamais quitter la région.")),
}

UNHEARD = (_("autre"), _("Ce portail ne connaît pas encore ce mot : il vient d'un service plus récent."))
"""For a word that a service of tomorrow, or of another region, uses and none of the lists here has."""

PROBLEMS = {
    "not-a-cloudevent": _("Ce message n'a pas les en-têtes d'un événement."),
    "wrong-region": _("Son sujet ne commence pas par sa région."),
    "wrong-subject": _("Son sujet et son type ne disent pas la même chose."),
}

BODIES = {
    "whole": "",
    "masked": _("Les données personnelles et ce que le contrat ne déclare pas sont masqués."),
    "erased": _("Le contenu a été effacé du bus."),
    "away": _("Le bus ne répond pas : le contenu ne peut pas être lu."),
}

STREAM_PROBLEMS = {
    "missing": _("Le flux n'existe pas encore. Lancez « maillage provision »."),
    "denied": _("Le bus refuse la lecture : vérifiez les droits de l'utilisateur « catalogue »."),
}


@dataclass(frozen=True)
class Chosen:
    """The types asked for, among all: by words, by service, or those that ask to be looked at."""

    q: str = ""
    service: str = ""
    only: str = ""

    def takes(self, item: Json) -> bool:
        """Whether a type is among them."""
        text = f"{item['type']} {item['description']}".casefold()
        return (
            all(word in text for word in self.q.casefold().split())
            and self.service in ("", item["owner"])
            and (self.only != "ecarts" or bool(faults(item)))
            and (self.only != "publics" or item["visibility"] == "public")
        )


def faults(item: Json) -> list[str]:
    """The mismatches that ask to be looked at: a type not seen yet is only young."""
    return [code for code in item["mismatches"] if code != "never-seen"]


def counted(items: list[Json]) -> list[tuple[str, int]]:
    """The services with how many types each owns, by name."""
    owners = [item["owner"] for item in items]
    return [(owner, owners.count(owner)) for owner in sorted(set(owners))]


def pretty(value: Any) -> str:
    """JSON laid out to be read."""
    return json.dumps(value, indent=2, ensure_ascii=False)
