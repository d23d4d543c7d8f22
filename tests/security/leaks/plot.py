"""What happens in the story: arrivals, seminars, a search for a mentor, and everything said on the way."""

from __future__ import annotations

import csv
import io
import random
from typing import Any

from tests.security.leaks.marks import ADDRESS
from tests.security.leaks.story import Story, at, random_reaches, wait_until_settled
from tests.support.inside import Inside

Json = dict[str, Any]
TITLES = ("coordinator", "deputy", "project_officer", "director")
WIDE = dict.fromkeys(("name", "email", "phone", "bio", "skills", "challenges"), "public")


def play(house: Inside, seed: int) -> Story:
    """The whole story, with every effect it has."""
    story = Story(house, seed)
    _found_cpts(story)
    _arrive(story)
    _bring_a_list(story)
    _hold_seminars(story)
    wait_until_settled(house)
    _find_a_mentor(story)
    _change_minds(story)
    wait_until_settled(house)
    return story


def _found_cpts(story: Story) -> None:
    for place, insee in (("here", "04112"), ("there", "04070"), ("elsewhere", "05061")):
        body = _cpts(story, place, insee) | {"status": "aci-signe", "territory_types": ["rural"]}
        story.keep("cpts", story.send("admin", "POST", "directory/v1/cpts", body))


def _cpts(story: Story, place: str, insee: str) -> Json:
    commune = {"insee": insee, "name": story.text(f"{place} commune", 100)}
    return {
        "name": story.text(f"{place} name", 200),
        "aliases": [story.text(f"{place} alias", 200)],
        "communes": [commune],
        "main_commune": {**commune, "name": story.text(f"{place} main commune", 100)},
    }


def _arrive(story: Story) -> None:
    here, there, elsewhere = story.ids["cpts"]
    story.join("animator", roles=["coordinator", "animator"])
    story.join("boss", roles=["coordinator", "admin"])
    for number, reach in enumerate(random_reaches(random.Random(story.seed))):
        story.join(f"p{number}", number, reach)
    for who in ("mate", "mentor", "refuser", "narrowed"):
        story.join(who, reach=WIDE if who == "narrowed" else None)
    for place, holders in ((here, ("p0", "p1", "p2", "mate")), (there, ("p3", "p4", "mentor", "narrowed"))):
        for who, title in zip(holders, TITLES, strict=True):
            _take_post(story, place, {"coordinator_id": story.people[who].id, "title": title})
    body = {"coordinator": story.profile("other", None, {})}
    post = _take_post(story, elsewhere, body)
    story.know("other", story.caller("admin").get(f"directory/v1/coordinators/{post['coordinator_id']}"))
    # Everything was public, was told to everyone, and is no longer.
    narrow = story.profile("narrowed", None, {**dict.fromkeys(WIDE, "self"), "name": "collective"})
    changed = story.send(
        "narrowed",
        "PATCH",
        "directory/v1/coordinators/{coordinator_id}",
        narrow,
        coordinator_id=story.people["narrowed"].id,
    )
    story.people["narrowed"].reach = changed["reach"]


def _take_post(story: Story, place: str, who: Json) -> Json:
    template = "directory/v1/cpts/{cpts_id}/positions"
    body = {**who, "started_on": at(-30)[:10]}
    return story.keep("position", story.send("admin", "POST", template, body, cpts_id=place))


def _bring_a_list(story: Story) -> None:
    """A list that is only checked: what stands in it is for those who bring lists."""
    titles = ("Prénom", "Nom", "Adresse électronique", "CPTS")
    hers = [
        story.marks.make(f"listed {title}", 100, shape, readers=frozenset()).value
        for title, shape in zip(titles, (None, None, ADDRESS, None), strict=True)
    ]
    table = io.StringIO()
    csv.writer(table, delimiter=";").writerows([titles, hers])
    name = story.text("listed file name", 100, readers=frozenset()).replace("/", "") + ".csv"
    upload = {"file": (name, table.getvalue().encode(), "text/csv")}
    answer = story.caller("boss").client.post("/api/directory/v1/imports", files=upload)
    assert answer.status_code == 201, answer.text
    story.keep("import", answer.json())
    field = ("POST", "/api/directory/v1/imports", "/file")
    story.wrote[field] |= {mark.token for mark in story.marks.found_in(f"{name}{table.getvalue()}")}


def _seminar(story: Story, name: str, begins: float, **facts: Any) -> Json:
    """A seminar with one workshop; what a draft says is for animators only."""

    def text(of: str, longest: int) -> str:
        return story.text(f"{name} {of}", longest, readers=frozenset() if name == "draft" else None)

    def words(workshop: bool) -> Json:
        if not workshop:
            lines = {of: text(of, 300) for of in ("venue", "address", "city")}
            return {"title": text("title", 200), "summary": text("summary", 1000), **lines} | {
                "description": text("description", 20_000)
            }
        speakers = [text("speaker", 200), {"name": text("second speaker", 200)}]
        return {
            "title": text("workshop title", 200),
            "summary": text("workshop summary", 1000),
            "room": text("room", 300),
            "speakers": speakers,
        }

    times = {"starts_at": at(begins), "ends_at": at(begins + 1)}
    body = {
        **words(False),
        **times,
        "capacity": 20,
        "registration_opens_at": at(min(begins - 30, -1)),
        **facts,
    }
    seminar = story.keep("seminar", story.send("admin", "POST", "events/v1/seminars", body))
    path = "events/v1/seminars/{seminar_id}/workshops"
    session = {"starts_at": at(begins + 0.1), "ends_at": at(begins + 0.2)}
    workshop = story.send("admin", "POST", path, {**words(True), **session}, seminar_id=seminar["id"])
    story.keep("workshop", workshop)
    if name == "next":
        story.send(
            "admin", "PATCH", "events/v1/seminars/{seminar_id}", words(False), seminar_id=seminar["id"]
        )
        story.send(
            "admin", "PATCH", "events/v1/workshops/{workshop_id}", words(True), workshop_id=workshop["id"]
        )
    if name != "draft":
        story.send("admin", "POST", "events/v1/seminars/{seminar_id}/publish", seminar_id=seminar["id"])
    return {**seminar, "workshop": workshop["id"]}


def _register(story: Story, who: str, seminar: Json) -> Json:
    mine = frozenset({story.people[who].id})
    answers = {
        story.text(f"{who} question", 300, readers=mine): story.text(f"{who} answer", 1000, readers=mine),
    }
    body = {"workshop_ids": [seminar["workshop"]], "answers": answers}
    path = "events/v1/seminars/{seminar_id}/registrations"
    return story.keep("registration", story.send(who, "POST", path, body, seminar_id=seminar["id"]))


def _hold_seminars(story: Story) -> None:
    _seminar(story, "draft", 60)
    coming = _seminar(story, "next", 40, audience="national")
    past = _seminar(story, "past", -20)
    for who in ("p0", "p1", "p2", "narrowed", "mate"):
        _register(story, who, coming)
    leaving = story.ids["registration"][-1]
    reason = story.text("mate cancel reason", 1000, readers=frozenset({story.people["mate"].id}))
    cancel = "events/v1/registrations/{registration_id}/cancel"
    story.send("mate", "POST", cancel, {"reason": reason}, registration_id=leaving)
    path = "events/v1/seminars/{seminar_id}/registrations"
    operator = story.caller("admin")
    for who in ("p0", "p3"):
        body = {"coordinator_id": story.people[who].id, "workshop_ids": [], "answers": {}}
        made = story.send("admin", "POST", path, body, seminar_id=past["id"])
        code = operator.get(f"events/v1/registrations/{story.keep('registration', made)['id']}")[
            "ticket_code"
        ]
        seen = story.send(
            "admin",
            "POST",
            "events/v1/seminars/{seminar_id}/check-ins",
            {"ticket_code": code},
            seminar_id=past["id"],
        )
        story.keep("attendance", seen)
    story.send("admin", "POST", "events/v1/seminars/{seminar_id}/complete", seminar_id=past["id"])


def _find_a_mentor(story: Story) -> None:
    mentee, mentor, refuser = (story.people[who].id for who in ("p1", "mentor", "refuser"))
    for who in ("mentor", "refuser"):
        _offer(story, who)
    asked = frozenset({mentee, mentor, refuser})
    note = {"skills": ["budget"], "challenges": [], "note": story.text("request note", 2000, readers=asked)}
    search = story.send("p1", "POST", "mentoring/v1/requests", note)
    story.keep("request", search)
    note["note"] = story.text("request note again", 2000, readers=asked)
    story.send("p1", "PATCH", "mentoring/v1/requests/{request_id}", note, request_id=search["id"])
    _ask(story, search["id"], refuser)
    reason = {"reason": story.text("decline reason", 2000, readers=frozenset({mentee, refuser}))}
    proposal = story.ids["proposal"][-1]
    story.send(
        "refuser", "POST", "mentoring/v1/proposals/{proposal_id}/decline", reason, proposal_id=proposal
    )
    _ask(story, search["id"], mentor)
    template = "mentoring/v1/proposals/{proposal_id}/accept"
    accepted = story.send("mentor", "POST", template, proposal_id=story.ids["proposal"][-1])
    _meet(story, accepted["mentorship_id"], frozenset({mentee, mentor}))
    _wait_for_an_answer(story)


def _offer(story: Story, who: str) -> None:
    offer = {"active": True, "capacity": 20, "skills": ["budget"], "challenges": [], "note": None}
    offer["note"] = story.text(f"{who} note", 2000, readers=ANY_COLLEAGUE)
    story.send(who, "PUT", "mentoring/v1/me/mentor-profile", offer)


def _wait_for_an_answer(story: Story) -> None:
    """Somebody has asked a mentor who is led through the pages: there she reads what she was asked."""
    _offer(story, "p1")
    asking = frozenset(story.people[who].id for who in ("p3", "p1", "mentor", "refuser"))
    wish = {"skills": ["budget"], "challenges": [], "note": story.text("asking note", 2000, readers=asking)}
    search = story.send("p3", "POST", "mentoring/v1/requests", wish)
    _ask(story, story.keep("request", search)["id"], story.people["p1"].id, by="p3")


ANY_COLLEAGUE = frozenset({"coordinator"})
"""Written for every coordinator of the region."""


def _ask(story: Story, request_id: str, mentor: str, by: str = "p1") -> None:
    pending = [
        each
        for each in story.caller("admin").items(f"mentoring/v1/proposals?request_id={request_id}")
        if each["status"] == "pending" and each["mentor_id"] == mentor
    ]
    template = "mentoring/v1/requests/{request_id}/proposals"
    made = (
        pending[0]
        if pending
        else story.send(by, "POST", template, {"mentor_id": mentor}, request_id=request_id)
    )
    story.keep("proposal", made)


def _meet(story: Story, mentorship: str, pair: frozenset[str]) -> None:
    story.ids["mentorship"] = [mentorship]

    def private(place: str) -> str:
        return story.text(place, 2000, readers=pair, animators=False)

    path = "mentoring/v1/mentorships/{mentorship_id}"
    story.send("p1", "PATCH", path, {"goals": private("goals")}, mentorship_id=mentorship)
    met = {"held_on": at(0)[:10], "duration_minutes": 45, "topics": private("topics")}
    story.send("mentor", "POST", f"{path}/meetings", met, mentorship_id=mentorship)
    story.send("mentor", "POST", f"{path}/end", {"reason": "completed"}, mentorship_id=mentorship)
    said = {"rating": 4, "comment": private("comment")}
    story.send("p1", "POST", f"{path}/feedback", said, mentorship_id=mentorship)


def _change_minds(story: Story) -> None:
    key = {
        "name": story.text("key name", 100, readers=frozenset()),
        "scopes": ["directory:read", "events:read"],
    }
    story.keep("key", story.send("admin", "POST", "directory/v1/api-keys", key))
    here = story.ids["cpts"][0]
    story.send(
        "admin", "PATCH", "directory/v1/cpts/{cpts_id}", _cpts(story, "here again", "04112"), cpts_id=here
    )
    end = "directory/v1/positions/{position_id}/end"
    leaver = story.ids["position"][3]
    story.send("admin", "POST", end, {"ended_on": at(0)[:10]}, position_id=leaver)


__all__ = ["ANY_COLLEAGUE", "play"]
