"""What happened before the tests: a newcomer with a post, a seminar and a mentor, colleagues, a neighbour.

Told once over the API by who would do it; the services hear of each other's facts as the stream would tell.
Stages: `mails-wait`, before any mail has gone; `calm`; `paired`, when the mentor has accepted; `withdrawn`,
when the proposal was taken back; `erased`, when a colleague has gone; `doors-open`, when the seminar runs;
`door`, when she was checked in; `over`, when it has ended.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from maillage.ids import new_id
from maillage.mail import Mailbox
from maillage_directory.model import Account
from maillage_notifications import delivery
from maillage_notifications.unsubscribing import make_token, signing_key

from tests.security.house import ABROAD, House
from tests.security.samples import LIST

Json = dict[str, Any]


async def tell(house: House) -> None:
    """The whole story; `house.ids` names who and what is in it."""
    house.ids["program"] = str(new_id())
    await _operator(house)
    await _people(house)
    await _seminars(house)
    await _abroad(house)
    await house.spread()
    await _names(house)
    house.keep("calm")
    await _paired(house)
    house.keep("paired")
    house.back_to("calm")
    await _withdrawn(house)
    house.keep("withdrawn")
    house.back_to("calm")
    await _erased(house)
    house.keep("erased")
    house.back_to("calm")
    await _at_the_door(house)


async def _operator(house: House) -> None:
    """The region's administrator, who is no coordinator: an account alone, as `maillage token` makes it."""
    account = Account(id=new_id(), email="operation@maillage.example", language="fr", roles=["admin"])
    async with house.services["directory"].db.write() as session:
        session.add(account)
    house.ids["admin"] = str(account.id)


async def _people(house: House) -> None:
    admin, ids = house.tokens.admin(house.ids["admin"]), house.ids
    home = await _cpts(house, "CPTS des Baous", "04112")
    other_home = await _cpts(house, "CPTS du Verdon", "04143")
    empty = await _cpts(house, "CPTS des Calanques", "13055")
    old = (house.clock.now() - timedelta(days=6 * 366)).date().isoformat()
    ids["mentor"], _ = await _holder(house, other_home, "Jeanne", "Arnaud", old)
    mentor = house.tokens.coordinator(ids["mentor"])
    await house.spread()
    offer = {"active": True, "capacity": 2}
    await house.done("PUT", "mentoring/v1/me/mentor-profile", {**mentor, "If-Match": '"0"'}, json=offer)
    ids["owner"], ids["position_id"] = await _holder(house, home, "Camille", "Roux", None)
    for name, roles in (("other", []), ("animator", ["animator"]), ("chief", ["admin"])):
        body = {**_profile(name.title(), "Durand", f"{name}@exemple.fr"), "roles": roles}
        ids[name] = (await house.done("POST", "directory/v1/coordinators", admin, json=body))["id"]
    animator = house.tokens.animator(ids["animator"])
    key = {"name": "agenda", "scopes": ["directory:read"]}
    made = await house.done("POST", "directory/v1/api-keys", admin, json=key)
    ids |= {"key_id": made["id"], "client_secret": made["secret"]}
    files = {"file": ("liste.csv", LIST, "text/csv")}
    ids["import_id"] = (await house.done("POST", "directory/v1/imports", animator, files=files))["id"]
    ids |= {
        "form": "csv",
        "coordinator_id": ids["owner"],
        "cpts_id": home,
        "empty_cpts": empty,
        "challenge": "addictions",
    }
    await house.spread()


async def _cpts(house: House, name: str, insee: str) -> str:
    body = {"name": name, "communes": [{"insee": insee}], "challenges": ["addictions"]}
    made = await house.done("POST", "directory/v1/cpts", house.tokens.admin(house.ids["admin"]), json=body)
    return str(made["id"])


def _profile(first: str, last: str, email: str) -> Json:
    return {
        "first_name": first,
        "last_name": last,
        "email": email,
        "challenges": [{"challenge": "addictions", "stance": "can_help"}],
        "reach": {"name": "national"},
    }


async def _holder(house: House, cpts: str, first: str, last: str, since: str | None) -> tuple[str, str]:
    body: Json = {"coordinator": _profile(first, last, f"{first.lower()}@exemple.fr"), "started_on": since}
    admin = house.tokens.admin(house.ids["admin"])
    post = await house.done("POST", f"directory/v1/cpts/{cpts}/positions", admin, json=body)
    return post["coordinator_id"], post["id"]


async def _seminar(house: House, title: str, *, publish: bool = True, **more: Any) -> Json:
    animator = house.tokens.animator(house.ids["animator"])
    start = house.clock.now() + timedelta(days=30)
    body = {
        "title": title,
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(days=1)).isoformat(),
        "capacity": 10,
        **more,
    }
    made: Json = await house.done("POST", "events/v1/seminars", animator, json=body)
    if publish:
        await house.done("POST", f"events/v1/seminars/{made['id']}/publish", animator)
    return made


async def _seminars(house: House) -> None:
    ids, animator = house.ids, house.tokens.animator(house.ids["animator"])
    owner, other = (house.tokens.coordinator(ids[who]) for who in ("owner", "other"))
    main = await _seminar(house, "Séminaire de Giens")
    ids |= {"seminar_id": main["id"], "key": main["id"]}
    ids["workshop_id"] = (await _workshop(house, main, "Lire un bilan"))["id"]
    seat = await house.done("POST", f"events/v1/seminars/{main['id']}/registrations", owner, json={})
    ids |= {"registration_id": seat["id"], "ticket_code": seat["ticket_code"]}
    draft = await _seminar(house, "Un brouillon", publish=False)
    ids |= {"draft": draft["id"], "draft_workshop": (await _workshop(house, draft, "À voir"))["id"]}
    ids["open_seminar"] = (await _seminar(house, "Séminaire d’Avignon"))["id"]
    full = (await _seminar(house, "Atelier complet", capacity=1))["id"]
    first = await house.done("POST", f"events/v1/seminars/{full}/registrations", other, json={})
    waiting = await house.done("POST", f"events/v1/seminars/{full}/registrations", owner, json={})
    await house.done("POST", f"events/v1/registrations/{first['id']}/cancel", animator)
    ids["offered"] = waiting["id"]


async def _workshop(house: House, seminar: Json, title: str) -> Json:
    end = house.clock.now() + timedelta(days=30, hours=2)
    body = {"title": title, "starts_at": seminar["starts_at"], "ends_at": end.isoformat()}
    animator = house.tokens.animator(house.ids["animator"])
    path = f"events/v1/seminars/{seminar['id']}/workshops"
    return dict(await house.done("POST", path, animator, json=body))


async def _abroad(house: House) -> None:
    """A colleague and two seminars of another region; the owner has a seat offered at the first."""
    ids, now = house.ids, house.clock.now()
    seminars = [str(new_id()), str(new_id())]
    events, directory = house.services["events"], house.services["directory"]
    for seminar in seminars:
        facts = {
            "seminar_id": seminar,
            "title": "Journées d’Occitanie",
            "starts_at": now + timedelta(days=20),
            "ends_at": now + timedelta(days=21),
            "time_zone": "Europe/Paris",
            "city": "Albi",
            "capacity": 30,
            "seats_left": 12,
            "registration_opens_at": now - timedelta(days=1),
            "registration_closes_at": now + timedelta(days=15),
            "sequence": 0,
        }
        await events.deliver("events.seminar.opened.v1", facts, region=ABROAD, sequence=1)
    card = {
        "coordinator_id": str(new_id()),
        "first_name": "Garance",
        "last_name": "Delmas",
        "status": "active",
        "challenges": [],
        "skills": [],
        "posts": [],
        "shared_fields": ["name"],
        "reach": {"name": "national"},
    }
    await directory.deliver("directory.coordinator.presented.v1", card, region=ABROAD, sequence=1)
    owner = house.tokens.coordinator(ids["owner"])
    asked = await house.done("POST", f"events/v1/neighbour-seminars/{seminars[0]}/registrations", owner)
    told = {
        "guest_id": asked["id"],
        "seminar_id": seminars[0],
        "coordinator_id": ids["owner"],
        "guest_region": "fr-pac",
        "status": "offered",
        "expires_at": now + timedelta(days=2),
    }
    await events.deliver("events.guest.answered.v1", told, region=ABROAD, sequence=1)
    ids |= {"guest_id": asked["id"], "neighbour_seminar": seminars[1]}
    ids["neighbour_id"] = card["coordinator_id"]


async def _names(house: House) -> None:
    """What followed by itself: her search, the proposal made, her inbox, her mails."""
    ids, owner = house.ids, house.tokens.coordinator(house.ids["owner"])
    (search,) = (await house.done("GET", "mentoring/v1/requests", owner))["items"]
    (proposal,) = search["proposals"]
    assert proposal["mentor_id"] == ids["mentor"]
    ids |= {"request_id": search["id"], "proposal_id": proposal["id"], "slug": "know-peers"}
    inbox = (await house.done("GET", "notifications/v1/me/notifications", owner))["items"]
    ids["notification_id"] = inbox[0]["id"]
    messages = await house.done(
        "GET", "notifications/v1/messages?channel=email&state=pending", house.tokens.animator(ids["animator"])
    )
    ids["message_id"] = messages["items"][0]["id"]
    notifications = house.services["notifications"]
    async with notifications.db.write() as session:
        ids["token"] = make_token(await signing_key(session), UUID(ids["owner"]), "seminar-suggested")
    house.keep("mails-wait")
    await _mails(house)
    ids |= {"event_type": "fr.maillage.directory.position.started.v1", "correlation_id": str(new_id())}


async def _mails(house: House) -> None:
    running = house.services["notifications"].app.state.service
    while await delivery.deliver_due(running.db, running.mailer, running.settings):
        pass
    gone = UUID(house.ids["other"])  # an erasure takes her mails off the disk, which no stage gives back
    mails = [
        mail for mail in Mailbox(house.services["notifications"].mailbox).list() if gone not in mail.about
    ]
    with_file = next((mail for mail in mails if mail.attachments), mails[0])
    house.ids["name"] = with_file.name
    house.ids["file"] = with_file.attachments[0].filename if with_file.attachments else "rien.ics"


async def _paired(house: House) -> None:
    mentor = house.tokens.coordinator(house.ids["mentor"])
    path = f"mentoring/v1/proposals/{house.ids['proposal_id']}/accept"
    house.ids["mentorship_id"] = (await house.done("POST", path, mentor))["mentorship_id"]
    await house.spread()


async def _withdrawn(house: House) -> None:
    """She took the proposal back and chooses herself; a colleague has come forward."""
    owner, other = (house.tokens.coordinator(house.ids[who]) for who in ("owner", "other"))
    offer = {"active": True, "capacity": 1}
    await house.done("PUT", "mentoring/v1/me/mentor-profile", {**other, "If-Match": '"0"'}, json=offer)
    await house.done("POST", f"mentoring/v1/proposals/{house.ids['proposal_id']}/withdraw", owner)


async def _erased(house: House) -> None:
    admin = house.tokens.admin(house.ids["admin"])
    path = f"directory/v1/coordinators/{house.ids['other']}"
    headers = {**admin, "If-Match": await house.etag(f"/api/{path}", admin)}
    house.ids["erasure_id"] = (await house.done("DELETE", path, headers))["erasure_id"]
    await house.spread()


async def _at_the_door(house: House) -> None:
    ids, animator = house.ids, house.tokens.animator(house.ids["animator"])
    house.clock.advance(days=30, hours=1)
    house.keep("doors-open")
    path = f"events/v1/seminars/{ids['seminar_id']}/check-ins"
    noted = await house.done("POST", path, animator, json={"ticket_code": ids["ticket_code"]})
    ids["attendance_id"] = noted["id"]
    house.keep("door")
    house.clock.advance(days=2)
    house.keep("over")
    house.back_to("calm")
