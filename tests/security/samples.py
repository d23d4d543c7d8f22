"""What is sent to a route when the table calls it: path, body, version, and the stage of the story it needs.

Only what differs from the plain case stands here. Plain: the path's parts are those of `house.ids`, there is
no body, and a change names the version that its caller (else an administrator) can read at the same path.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from maillage.mail import Mailbox
from maillage.testing.oidc import Provider

from tests.security.house import House

Json = dict[str, Any]
Body = Json | Callable[[House], Awaitable[Json]]


@dataclass(frozen=True)
class Sample:
    """`path`: other values for its parts, names of `house.ids` or plain text. `stage`: see story.py."""

    body: Body | None = None
    path: dict[str, str] = field(default_factory=dict)
    stage: str = "calm"
    files: dict[str, tuple[str, bytes, str]] | None = None
    suffix: str = ""
    """What follows, in the path, on the place where the version stands that is named."""

    async def sent(self, house: House) -> Json | None:
        """The body, made now."""
        return await self.body(house) if callable(self.body) else self.body


PERSON = {"first_name": "Inès", "last_name": "Martin", "email": "ines@exemple.fr"}
LIST = "CPTS;Code postal;Prénom;Nom;Courriel\nCPTS des Baous;04100;Inès;Martin;ines@exemple.fr\n".encode()
PAIRED = Sample(stage="paired")


async def _register_other(house: House) -> Json:
    return {"coordinator_id": house.ids["other"]}


async def _seek_for_other(house: House) -> Json:
    return {"coordinator_id": house.ids["other"], "skills": [], "challenges": []}


async def _pick(house: House) -> Json:
    return {"mentor_id": house.ids["other"]}


async def _seminar(house: House) -> Json:
    start = house.clock.now() + timedelta(days=50)
    times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=3)).isoformat()}
    return {"title": "Journée d’Arles", "capacity": 20, **times}


async def _workshop(house: House) -> Json:
    start = house.clock.now() + timedelta(days=30)
    times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=1)).isoformat()}
    return {"title": "Un atelier", **times}


async def _check_in(house: House) -> Json:
    return {"ticket_code": house.ids["ticket_code"]}


async def _exchange(house: House) -> Json:
    grant = "urn:ietf:params:oauth:grant-type:token-exchange"
    return {"grant_type": grant, "subject": house.ids["owner"]}


async def _secret(house: House) -> Json:
    return {"grant_type": "client_credentials", "client_secret": house.ids["client_secret"]}


async def _position(house: House) -> Json:
    return {"coordinator_id": house.ids["other"]}


async def _meeting(house: House) -> Json:
    return {"held_on": house.clock.now().date().isoformat(), "duration_minutes": 30}


async def _unlink_owner(house: House) -> Json:
    return {"account_id": house.ids["owner"]}


async def _address_code(house: House) -> Json:
    """The code of the change that the owner has just asked for."""
    path = f"directory/v1/coordinators/{house.ids['owner']}"
    owner, new = house.tokens.coordinator(house.ids["owner"]), "camille@nouvelle.exemple.fr"
    headers = {**owner, "If-Match": await house.etag(f"/api/{path}", owner)}
    await house.done("PATCH", path, headers, json={"email": new})
    mailbox, code = Mailbox(house.services["directory"].mailbox), None
    async with asyncio.timeout(60):  # the mail leaves after the answer
        while code is None:
            await asyncio.sleep(0.01)
            texts = (mail.text for mail in mailbox.list() if mail.to == new)
            code = re.search(r"\d{3} \d{3}", next(texts, ""))
    mailbox.erase(addresses=[new])  # the next caller's is a new one
    return {"code": code[0]}


def _identity(provider: Provider) -> Callable[[House], Awaitable[Json]]:
    async def made(house: House) -> Json:
        """The answer of a flow that the owner began to link her account."""
        owner = house.tokens.coordinator(house.ids["owner"])
        path = "directory/v1/auth/authorizations"
        begun = await house.done("POST", path, owner, json={"link": True})
        query = parse_qs(urlsplit(begun["authorization_url"]).query)
        answer = provider.authorize({name: values[0] for name, values in query.items()})
        return {**answer, "flow": begun["flow"]}

    return made


def samples(provider: Provider) -> dict[str, dict[str, Sample]]:
    """By service and row."""
    return {
        "directory": directory(provider),
        "events": EVENTS,
        "mentoring": MENTORING,
        "notifications": NOTIFICATIONS,
        "catalogue": {},
    }


def directory(provider: Provider) -> dict[str, Sample]:
    """The directory's, whose sign-in needs an answer of the OIDC provider."""
    return {
        "POST /api-keys": Sample({"name": "site", "scopes": ["events:read"]}),
        "POST /api-keys/{key_id}/rotate": Sample({}),
        "POST /auth/authorizations": Sample({}),
        "POST /auth/authorizations @link": Sample({"link": True}),
        "POST /auth/codes": Sample({"email": "camille@exemple.fr"}),
        "POST /auth/identities": Sample(_identity(provider)),
        "POST /auth/logout": Sample({"refresh_token": "x"}),
        "POST /auth/tokens @code": Sample({"email": "camille@exemple.fr", "code": "000000"}),
        "POST /auth/tokens @refresh": Sample({"refresh_token": "x"}),
        "POST /auth/tokens @program": Sample(_secret),
        "POST /auth/tokens @exchange": Sample(_exchange),
        "POST /auth/unlink": Sample({}),
        "POST /auth/unlink @owner": Sample(_unlink_owner),
        "POST /coordinators": Sample(PERSON),
        "POST /coordinators @animator": Sample({**PERSON, "roles": ["animator"]}),
        "POST /coordinators @admin": Sample({**PERSON, "roles": ["admin"]}),
        "PATCH /coordinators/{coordinator_id}": Sample({"bio": "Bonjour."}),
        "PATCH /coordinators/{coordinator_id} @roles": Sample({"roles": ["animator"]}),
        "PATCH /coordinators/{coordinator_id} @admin": Sample({"roles": ["admin"]}),
        "PATCH /coordinators/{coordinator_id} @chief": Sample(
            {"email": "prise@exemple.fr"}, {"coordinator_id": "chief"}
        ),
        "DELETE /coordinators/{coordinator_id} @chief": Sample(path={"coordinator_id": "chief"}),
        "POST /me/email/confirm": Sample({"code": "000 000"}),
        "POST /me/email/confirm @right": Sample(_address_code),
        "POST /cpts": Sample({"name": "CPTS neuve", "communes": ["04112"]}),
        "PATCH /cpts/{cpts_id}": Sample({"aliases": ["Les Baous"]}),
        "DELETE /cpts/{cpts_id}": Sample(path={"cpts_id": "empty_cpts"}),
        "POST /cpts/{cpts_id}/positions": Sample(_position, {"cpts_id": "empty_cpts"}),
        "POST /positions/{position_id}/end": Sample({}),
        "POST /imports": Sample(files={"file": ("liste.csv", LIST, "text/csv")}),
        "POST /imports/{import_id}/confirm": Sample(suffix="/confirm"),
        "GET /erasures/{erasure_id}": Sample(path={"erasure_id": "erasure_id"}, stage="erased"),
    }


DRAFT = {"key": "draft", "seminar_id": "draft"}
OPEN = {"seminar_id": "open_seminar"}
OFFERED = Sample(path={"registration_id": "offered"})
EVENTS = {
    "POST /seminars": Sample(_seminar),
    "PATCH /seminars/{seminar_id}": Sample({"city": "Hyères"}),
    "DELETE /seminars/{seminar_id}": Sample(path=DRAFT),
    "POST /seminars/{seminar_id}/publish": Sample(path=DRAFT),
    "POST /seminars/{seminar_id}/complete": Sample(stage="over"),
    "GET /seminars/{key} @draft": Sample(path=DRAFT),
    "GET /seminars/{key}.ics @draft": Sample(path=DRAFT),
    "GET /seminars/{key}/workshops @draft": Sample(path=DRAFT),
    "GET /workshops/{workshop_id} @draft": Sample(path={"workshop_id": "draft_workshop"}),
    "GET /seminars/{seminar_id}/registrations @draft": Sample(path=DRAFT),
    "POST /seminars/{seminar_id}/workshops": Sample(_workshop),
    "PATCH /workshops/{workshop_id}": Sample({"room": "Porquerolles"}),
    "POST /seminars/{seminar_id}/registrations": Sample({}, OPEN),
    "POST /seminars/{seminar_id}/registrations @other": Sample(_register_other, OPEN),
    "POST /seminars/{seminar_id}/registrations @draft": Sample({}, DRAFT),
    "PATCH /registrations/{registration_id}": Sample({"answers": {"repas": "sans gluten"}}),
    "POST /registrations/{registration_id}/accept": OFFERED,
    "POST /registrations/{registration_id}/decline": OFFERED,
    "POST /seminars/{seminar_id}/check-ins": Sample(_check_in, stage="doors-open"),
    "GET /attendances/{attendance_id}": Sample(stage="door"),
    "DELETE /attendances/{attendance_id}": Sample(stage="door"),
    "GET /neighbour-seminars/{seminar_id}": Sample(path={"seminar_id": "neighbour_seminar"}),
    "POST /neighbour-seminars/{seminar_id}/registrations": Sample(path={"seminar_id": "neighbour_seminar"}),
}
MENTORING = {
    "PUT /me/mentor-profile": Sample({"active": True, "capacity": 2}),
    "GET /mentorships/{mentorship_id}": PAIRED,
    "PATCH /mentorships/{mentorship_id}": Sample({"cadence_days": 30}, stage="paired"),
    "POST /mentorships/{mentorship_id}/end": PAIRED,
    "POST /mentorships/{mentorship_id}/feedback": Sample({"rating": 5}, stage="paired"),
    "GET /mentorships/{mentorship_id}/meetings": PAIRED,
    "POST /mentorships/{mentorship_id}/meetings": Sample(_meeting, stage="paired"),
    "GET /pathways/{coordinator_id} @paired": PAIRED,
    "POST /requests": Sample({}),
    "POST /requests @other": Sample(_seek_for_other),
    "PATCH /requests/{request_id}": Sample({"skills": [], "challenges": ["addictions"]}),
    "POST /requests/{request_id}/proposals": Sample(_pick, stage="withdrawn"),
}
NOTIFICATIONS = {
    "PUT /me/preferences": Sample({}),
    "POST /messages/{message_id}/retry": Sample(stage="mails-wait"),
}
