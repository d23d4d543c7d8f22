"""The portal's forms and pages as the tables call them: parts of the path, fields, stage of the story."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.security.house import House


@dataclass(frozen=True)
class Form:
    """`fields` are names of `house.ids` or plain text, like the parts of the path."""

    path: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    stage: str = "calm"

    def address(self, house: House, route: str) -> str:
        """The route with its parts filled in."""
        for part in (piece.split("}")[0] for piece in route.split("{")[1:]):
            named = self.path.get(part, {"person_id": "owner"}.get(part, part))
            route = route.replace("{" + part + "}", house.ids.get(named, named))
        return route

    def sent(self, house: House) -> dict[str, str]:
        """What is typed and ticked."""
        return {name: house.ids.get(value, value) for name, value in self.fields.items()}


SURE = {"understood": "yes"}
DESK = "/animer/seminaires/{seminar_id}"
FORMS = {
    "/seminaires/ailleurs/{seminar_id}/{action}": Form(
        {"seminar_id": "neighbour_seminar", "action": "inscription"}
    ),
    "/administrer/cles/nouvelle": Form(fields={"name": "site", "scopes": "events:read", "days": "30"}),
    "/administrer/cles/{key_id}/renouveler": Form(fields={"version": "1", "overlap": "0"}),
    "/administrer/cles/{key_id}/revoquer": Form(fields={**SURE, "version": "1"}),
    "/animer/cpts/{cpts_id}/fermer": Form({"cpts_id": "empty_cpts"}, {**SURE, "version": '"1"'}),
    "/animer/importer/{import_id}/confirmer": Form(fields={"version": '"1"'}),
    "/animer/importer/{import_id}/oublier": Form(fields={"version": '"1"'}),
    f"{DESK}/inscriptions": Form({"seminar_id": "open_seminar"}, {"coordinator_id": "other"}),
    f"{DESK}/accueil": Form(fields={"ticket_code": "ticket_code"}, stage="doors-open"),
    f"{DESK}/accueil/{{attendance_id}}/retirer": Form(stage="door"),
    f"{DESK}/etat/{{action}}": Form({"seminar_id": "draft", "action": "publier"}),
    "/mentorat/demande/{request_id}/proposer": Form(fields={"mentor_id": "other"}, stage="withdrawn"),
    "/mentorat/mon-offre": Form(fields={"active": "1", "capacity": "2", "version": '"0"'}),
    "/mentorat/{mentorship_id}/rencontres": Form(
        fields={"held_on": "2026-03-01", "duration_minutes": "30"}, stage="paired"
    ),
    "/mentorat/{mentorship_id}/fin": Form(fields={"reason": "completed"}, stage="paired"),
    "/mon-profil/effacer": Form(fields=SURE),
    "/inscriptions/{registration_id}/{action}": Form({"action": "annuler"}),
    "/seminaires/{key}/inscription": Form({"key": "open_seminar"}),
    "/connexion": Form(fields={"email": "camille@exemple.fr"}),
}
GONE = Form({"person_id": "other"}, stage="erased")
PAGES = {
    "/annuaire/fond/{width}/{tag}.svg": Form({"width": "640", "tag": "no-tag"}),
    "/annuaire/{what}.{form}": Form({"what": "personnes", "form": "csv"}),
    "/annuaire/ailleurs/{person_id}": Form({"person_id": "neighbour_id"}),
    "/seminaires/ailleurs/{seminar_id}": Form({"seminar_id": "neighbour_seminar"}),
    "/seminaires/ailleurs/{seminar_id}.ics": Form({"seminar_id": "neighbour_seminar"}),
    "/mentorat/{mentorship_id}": Form(stage="paired"),
    "/seminaires/{key} @draft": Form({"key": "draft"}),
    "/seminaires/{key}.ics @draft": Form({"key": "draft"}),
    "/effacements/{erasure_id}": GONE,
    "/coordonnateurs/{person_id} @erased": GONE,
    "/mon-profil @erased": GONE,
    "/notifications @erased": GONE,
    "/mentorat @erased": GONE,
    "/mes-inscriptions @erased": GONE,
}
