"""Gives made-up calls the identifiers of things that are there: at random they would only ever meet a 404."""

from __future__ import annotations

import random
from collections.abc import Container
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from schemathesis import Case

from tests.fuzz.seed import CHALLENGES, COMMUNES, Seeded

# What a parameter or field is called, and what may stand there beside what was made up.
ALSO = {
    "key": "seminar_id",
    "mentor_id": "coordinator_id",
    "mentee_id": "coordinator_id",
    "person_id": "coordinator_id",
    "merged_into": "cpts_id",
    "subject": "coordinator_id",
    "entity_id": "coordinator_id",
}
FIXED = {
    "challenge": CHALLENGES,
    "insee": list(COMMUNES),
    "skill": ["rgpd"],
    "main_commune_insee": list(COMMUNES),
}
# Where an answer's `id` goes.
MADE_AT = {
    "/coordinators": "coordinator_id",
    "/cpts": "cpts_id",
    "/cpts/{cpts_id}/positions": "position_id",
    "/api-keys": "key_id",
    "/seminars": "seminar_id",
    "/seminars/{seminar_id}/workshops": "workshop_id",
    "/seminars/{seminar_id}/registrations": "registration_id",
    "/requests": "request_id",
    "/requests/{request_id}/proposals": "proposal_id",
}
MOST = 200


def enrich(case: Case, region: Seeded, chance: random.Random, keep: Container[str] = ()) -> None:
    """Put known identifiers and cursors in most places that want one; what a link has set is kept."""
    often = 0.15 if case.method == "DELETE" else 0.85  # or soon nothing would be left
    for name in case.path_parameters:
        known = [] if name in keep else _known(region, name, case.path)
        if known and chance.random() < often:
            case.path_parameters[name] = chance.choice(known)
    for name in list(case.query or {}):
        if (known := _known(region, name, case.path)) and chance.random() < 0.6:
            case.query[name] = chance.choice(known)
    cursors = region.known.get(f"next of {case.path}")
    if cursors and chance.random() < 0.3:
        case.query = {**(case.query or {}), "cursor": chance.choice(cursors)}
    if isinstance(case.body, dict):
        case.body = _filled(case.body, region, chance, case.path)


def wants_version(case: Case, chance: random.Random) -> bool:
    """Whether this call is to bring the version that stands there: a change does, mostly."""
    return case.method in ("PATCH", "PUT", "DELETE") and chance.random() < 0.85


def learn(case: Case, region: Seeded, answer: httpx.Response) -> None:
    """Keep the identifiers of what was made, and the cursors that were given."""
    if answer.status_code not in (200, 201) or "json" not in answer.headers.get("content-type", ""):
        return
    body = answer.json()
    if not isinstance(body, dict):
        return
    path = case.path.split("/v1", 1)[-1]
    kind = MADE_AT.get(path) if answer.status_code == 201 else None
    if kind and len(region.known.get(kind, ())) < MOST:
        region.add(kind, str(body.get("id")))
    if isinstance(body.get("next"), str):
        region.known[f"next of {case.path}"] = [body["next"]]


def plausible(name: str, chance: random.Random) -> str:
    """A time near now, so that what ends mostly ends after it began; a date where the name says `on`."""
    hours = chance.choice((0, 1, 24)) + (48 if name.startswith(("end", "change")) else 0)
    moment = datetime.now(UTC) + timedelta(hours=hours)
    return moment.date().isoformat() if name.endswith("_on") else moment.isoformat()


def _known(region: Seeded, name: str, path: str) -> list[str]:
    if name == "seminar_id" and "neighbour-seminars" in path:
        return region.known["neighbour_seminar"]
    return FIXED.get(name) or region.known.get(ALSO.get(name, name), [])


def _filled(value: Any, region: Seeded, chance: random.Random, path: str, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, region, chance, path, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, region, chance, path, name.removesuffix("s")) for each in value]
    if isinstance(value, str) and name.endswith(("_at", "_on", "_until")) and chance.random() < 0.7:
        return plausible(name, chance)
    known = _known(region, name, path)
    return chance.choice(known) if known and isinstance(value, str) and chance.random() < 0.7 else value
