"""The life of a seminar, its rules after publication, lists and versions."""

from __future__ import annotations

from typing import Any

from maillage.ids import new_id

House = Any
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"tracks": ["missions-aci", "peinture"]}, "unknown-slugs", "/tracks/1"),
    ({"skills": ["jonglage"]}, "unknown-slugs", "/skills/0"),
    ({"time_zone": "Europe/Giens"}, "invalid", "/time_zone"),
    ({"title": "  "}, "invalid", "/title"),
    ({"title": "a\x00b"}, "invalid", "/title"),
    ({"capacity": 0}, "invalid", "/capacity"),
    ({"starts_at": "2026-01-01T09:00:00"}, "invalid", "/starts_at"),
    ({"change_until": "2099-01-01T09:00:00Z"}, "times-invalid", "/change_until"),
    ({"wifi": True}, "invalid", "/wifi"),
]


async def test_a_draft_is_the_animators_until_it_is_published(house: House) -> None:
    draft = await house.seminar(publish=False)
    assert (draft["status"], draft["open"]) == ("draft", False)
    path = f"/seminars/{draft['id']}"
    for hidden in (path, f"{path}.ics", f"{path}/workshops", f"/seminars/{draft['slug']}"):
        assert (await house.client.get(hidden)).status_code == 404
    assert (await house.get("/seminars"))["items"] == []
    assert len((await house.get("/seminars", house.animator))["items"]) == 1
    await house.register(draft, expect=404)
    await house.post(f"{path}/publish", house.as_(new_id()), expect=403)
    await house.post(f"{path}/publish", house.animator)
    assert (await house.get(path))["open"] is True
    (told,) = await house.told("seminar.published")
    assert (told["seminar_id"], told["capacity"], told["title"]) == (draft["id"], 2, draft["title"])
    problem = await house.post(f"{path}/publish", house.animator, expect=409)
    assert problem["code"] == "wrong-seminar-status"


async def test_slugs_are_made_from_titles_and_stay_apart(house: House) -> None:
    first, second = [await house.seminar(title="Été à Giens : l'après !") for _ in range(2)]
    assert (first["slug"], second["slug"]) == ("ete-a-giens-l-apres", "ete-a-giens-l-apres-2")
    assert (await house.get("/seminars/ete-a-giens-l-apres-2"))["id"] == second["id"]
    body = {"title": "Autre", "slug": first["slug"], "capacity": 1}
    body |= {"starts_at": first["starts_at"], "ends_at": first["ends_at"]}
    assert (await house.post("/seminars", house.animator, json=body, expect=409))["code"] == "slug-taken"


async def test_what_may_change_when(house: House) -> None:
    seminar = await house.seminar()
    path = f"/seminars/{seminar['id']}"
    changed = await house.patch(path, {"title": "Séminaire d’hiver", "department": "83"}, {})
    assert (changed["title"], changed["department"], changed["sequence"]) == ("Séminaire d’hiver", "83", 1)
    silent = await house.patch(path, {"department": None}, {})
    assert (silent["department"], silent["sequence"]) == (None, 1)
    problem = await house.patch(path, {"slug": "autre"}, {}, expect=409)
    assert (problem["code"], problem["detail"]) == (
        "field-frozen",
        "Le champ « slug » ne peut plus changer à l’état « published ».",
    )
    house.harness.clock.advance(days=31)
    await house.post(f"{path}/complete", house.animator)
    assert (await house.patch(path, {"summary": "Compte rendu"}, {}))["summary"] == "Compte rendu"
    await house.patch(path, {"title": "Non"}, {}, expect=409)
    await house.patch(path, {"capacity": 9}, {}, expect=409)
    assert [one["title"] for one in await house.told("seminar.updated")] == ["Séminaire d’hiver"] * 2


async def test_capacity_never_below_the_seats_held_and_more_is_offered(house: House) -> None:
    seminar = await house.seminar(capacity=2)
    path = f"/seminars/{seminar['id']}"
    made = [await house.register(seminar) for _ in range(5)]
    await house.act(made[0], "cancel")  # one confirmed, one offered
    problem = await house.patch(path, {"capacity": 1}, {}, expect=409)
    assert problem["code"] == "capacity-below-held"
    assert problem["detail"] == "1 places demandées, mais 2 sont tenues (1 confirmées, 1 proposées)."
    larger = await house.patch(path, {"capacity": 4}, {})
    assert (larger["confirmed"], larger["offered"], larger["waitlisted"]) == (1, 3, 0)
    offered = [one["registration_id"] for one in await house.told("registration.offered")]
    assert offered == [one["id"] for one in made[2:]]


async def test_versions_guard_changes_and_registrations_do_not_make_them_stale(house: House) -> None:
    seminar = await house.seminar()
    path = f"/seminars/{seminar['id']}"
    seen = (await house.client.get(path)).headers["etag"]
    await house.register(seminar)
    again = await house.client.get(path, headers={"If-None-Match": seen})
    assert (again.status_code, again.json()["version"]) == (200, seminar["version"]), "a seat less is news"
    headers = house.animator
    assert (await house.client.patch(path, json={"city": "Gap"}, headers=headers)).status_code == 428
    first = await house.client.patch(path, json={"city": "Gap"}, headers=headers | {"If-Match": seen})
    assert (first.status_code, first.json()["version"]) == (200, seminar["version"] + 1)
    stale = await house.client.patch(path, json={"capacity": 9}, headers=headers | {"If-Match": seen})
    assert stale.status_code == 412
    larger = await house.patch(path, {"capacity": 9}, {})
    assert larger["version"] == seminar["version"] + 2


async def test_cancelling_a_seminar_cancels_every_registration(house: House) -> None:
    seminar = await house.seminar(capacity=1)
    workshop = await house.workshop(seminar, capacity=1)
    made = [await house.register(seminar, None, workshop) for _ in range(3)]
    await house.act(made[0], "cancel")
    await house.post(f"/seminars/{seminar['id']}/cancel", house.animator)
    reasons = [(one["was"], one["reason"]) for one in await house.told("registration.cancelled")][1:]
    assert reasons == [("offered", "seminar-cancelled"), ("waitlisted", "seminar-cancelled")]
    assert len(await house.told("seminar.cancelled")) == 1
    now = await house.get(f"/seminars/{seminar['id']}")
    assert (now["status"], now["confirmed"], now["offered"], now["waitlisted"]) == ("cancelled", 0, 0, 0)
    assert now["workshops"][0]["seats_left"] == 1
    await house.register(seminar, expect=409)
    await house.patch(f"/seminars/{seminar['id']}", {"summary": "Non"}, {}, expect=409)


async def test_a_seminar_is_completed_once_it_has_started(house: House) -> None:
    seminar = await house.seminar()
    path = f"/seminars/{seminar['id']}/complete"
    assert (await house.post(path, house.animator, expect=409))["code"] == "seminar-not-started"
    house.harness.clock.advance(days=30)
    assert (await house.post(path, house.animator))["status"] == "completed"
    assert len(await house.told("seminar.completed")) == 1


async def test_only_a_draft_is_deleted(house: House) -> None:
    draft, published = await house.seminar(publish=False), await house.seminar()
    await house.workshop(draft)
    for seminar, status in ((draft, 204), (published, 409)):
        path = f"/seminars/{seminar['id']}"
        current = (await house.client.get(path, headers=house.animator)).headers["etag"]
        gone = await house.client.delete(path, headers=house.animator | {"If-Match": current})
        assert gone.status_code == status
    await house.get(f"/seminars/{draft['id']}", house.animator, expect=404)


async def test_what_is_wrong_is_named(house: House) -> None:
    good = {"title": "Giens", "capacity": 2}
    good |= {"starts_at": house.days(30).isoformat(), "ends_at": house.days(31).isoformat()}
    for fields, code, pointer in WRONG:
        problem = await house.post("/seminars", house.animator, json=good | fields, expect=422)
        assert (problem["code"], [one["pointer"] for one in problem["errors"]]) == (code, [pointer])
    seminar = await house.seminar()
    await house.patch(f"/seminars/{seminar['id']}", {"title": None}, {}, expect=422)
    await house.patch(f"/seminars/{seminar['id']}", {"tracks": ["peinture"]}, {}, expect=422)


async def test_a_past_seminar_can_be_entered_with_those_who_came(house: House) -> None:
    past = {"starts_at": "2021-07-01T08:00:00Z", "ends_at": "2021-07-02T15:00:00Z", "capacity": 50}
    seminar = await house.seminar(**past)
    body = {"coordinator_id": str(new_id())}
    path = f"/seminars/{seminar['id']}"
    made = await house.post(f"{path}/registrations", house.animator, json=body, expect=201)
    await house.post(
        f"{path}/check-ins", house.animator, json={"ticket_code": made["ticket_code"]}, expect=201
    )
    await house.post(f"{path}/complete", house.animator)
    listed = await house.get("/seminars?upcoming=false")
    assert [one["id"] for one in listed["items"]] == [seminar["id"]]


async def test_lists_by_date_state_and_track(house: House) -> None:
    later = await house.seminar(starts_at=house.days(60).isoformat(), ends_at=house.days(61).isoformat())
    sooner = await house.seminar(tracks=["missions-aci"], skills=["rgpd"])
    await house.seminar(publish=False)
    items = (await house.get("/seminars?upcoming=true"))["items"]
    assert [one["id"] for one in items] == [sooner["id"], later["id"]]
    assert [one["id"] for one in (await house.get("/seminars?track=missions-aci"))["items"]] == [sooner["id"]]
    assert (await house.get("/seminars?status=cancelled"))["items"] == []
    first = await house.get("/seminars?limit=1")
    second = await house.get(f"/seminars?limit=1&cursor={first['next']}")
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [sooner["id"], later["id"]]
    assert second["next"] is None
    since = later["updated_at"].replace("+", "%2B")
    assert len((await house.get(f"/seminars?updated_since={since}"))["items"]) == 2
    assert (await house.get("/seminars?colour=blue", expect=400))["code"] == "unknown-parameter"


async def test_what_no_database_keeps_and_no_calendar_reckons_with_is_refused_where_it_stands(
    house: House,
) -> None:
    body = {
        "title": "Séminaire",
        "starts_at": house.days(30).isoformat(),
        "capacity": 2,
        "ends_at": house.days(31).isoformat(),
    }
    for field, value in (("ends_at", "9999-12-31T23:59:59-12:00"), ("summary", "a\0b")):
        refused = await house.post("/seminars", house.animator, json=body | {field: value}, expect=422)
        assert [each["pointer"] for each in refused["errors"]] == [f"/{field}"]


async def test_the_first_instant_of_all_may_be_asked_for_in_any_zone(house: House) -> None:
    """It lies before what UTC can say: a 500 once."""
    await house.seminar()
    asked = "/seminars?updated_since=0001-01-01T00:00:00%2B14:00"
    assert len((await house.get(asked, house.animator))["items"]) == 1
