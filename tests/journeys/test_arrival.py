"""Story 1: a coordinator takes up a post, and the rest of the network reacts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.journeys.house import House, eventually


def today(shift_days: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(days=shift_days)).date().isoformat()


def a_mentor(house: House, name: str) -> dict[str, Any]:
    """A seasoned coordinator in a rural CPTS who offers what a newcomer lacks."""
    cpts = house.found_cpts(f"CPTS {name} {uuid4().hex[:6]}", communes=[{"insee": "04070"}])
    mentor = house.person(
        name,
        "Journeau",
        challenges=[{"challenge": "desertification-medicale", "stance": "solved", "since_year": 2022}],
        skills=[{"skill": "aci-conventionnement", "level": 4, "stance": "offers"}],
    )
    house.takes_post(mentor, cpts, "2019-09-02")
    caller = house.as_person(mentor["id"])

    def offers_help() -> Any:
        return caller.change(
            "PUT",
            "mentoring/v1/me/mentor-profile",
            {
                "active": True,
                "capacity": 3,
                "skills": ["aci-conventionnement"],
                "challenges": ["desertification-medicale"],
            },
        )

    offers_help()
    return mentor


def a_newcomer(house: House, name: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    cpts = house.found_cpts(f"CPTS Arrivée {uuid4().hex[:6]}")
    newcomer = house.person(
        name,
        "Nouvel",
        challenges=[{"challenge": "desertification-medicale", "stance": "working"}],
        skills=[{"skill": "aci-conventionnement", "level": 1, "stance": "seeks"}],
    )
    position = house.takes_post(newcomer, cpts, today())
    return newcomer, cpts, position


def pending_proposal(house: House, mentee_id: str) -> dict[str, Any] | None:
    proposals = house.operator.items("mentoring/v1/proposals")
    mine = [p for p in proposals if p["mentee"]["id"] == mentee_id and p["status"] == "pending"]
    return mine[0] if mine else None


def test_a_new_coordinator_is_welcomed_and_finds_a_mentor(house: House) -> None:
    a_mentor(house, "Nadège")
    newcomer, cpts, position = a_newcomer(house, "Inès")
    me = house.as_person(newcomer["id"])

    assert me.get("directory/v1/me")["coordinator"]["id"] == newcomer["id"]
    pathway = eventually(lambda: pathway_of(me), "her pathway of the first hundred days")
    assert pathway["total_days"] == 100
    assert pathway["position_id"] == position["id"]
    assert len(pathway["steps"]) == pathway["total"] >= 5

    proposal = eventually(lambda: pending_proposal(house, newcomer["id"]), "a proposal to a mentor")
    assert proposal["reasons"], "a suggestion always carries its reasons"
    suggestions = me.get(f"mentoring/v1/requests/{proposal['request_id']}/suggestions")["items"]
    assert all(found["reasons"] for found in suggestions)

    assert eventually(lambda: house.inbox(me, "welcome"), "a welcome in her inbox")
    mentor = house.as_person(proposal["mentor"]["id"])
    assert eventually(lambda: house.inbox(mentor, "proposal-made"), "the proposal in the mentor's inbox")
    assert eventually(lambda: house.inbox(house.operator, "arrival"), "the arrival in the animator's inbox")

    held = eventually(lambda: holders(house, cpts["id"]), "the post held on the map")
    assert held[0]["coordinator_id"] == newcomer["id"]

    mentor.post(f"mentoring/v1/proposals/{proposal['id']}/accept")
    assert eventually(lambda: house.inbox(me, "proposal-accepted"), "the mentee is told")
    assert eventually(lambda: house.inbox(mentor, "mentorship-started"), "the mentor is told")
    eventually(lambda: step_done(me, "mentor"), "the step of the pathway is done")


def test_a_declined_proposal_goes_to_the_next_mentor(house: House) -> None:
    for name in ("Aude", "Benoît"):
        a_mentor(house, name)
    newcomer, _, _ = a_newcomer(house, "Mila")
    first = eventually(lambda: pending_proposal(house, newcomer["id"]), "a first proposal")
    house.as_person(first["mentor"]["id"]).post(f"mentoring/v1/proposals/{first['id']}/decline", {})
    second = eventually(lambda: pending_proposal(house, newcomer["id"]), "a proposal to the next choice")
    assert second["mentor"]["id"] != first["mentor"]["id"]
    assert second["rank"] > first["rank"]


def test_the_next_seminar_is_suggested(house: House) -> None:
    from tests.journeys.test_seminar import an_open_seminar

    an_open_seminar(house, capacity=30)
    newcomer, _, _ = a_newcomer(house, "Salomé")
    me = house.as_person(newcomer["id"])
    assert eventually(lambda: me.items("events/v1/me/suggestions"), "a seminar suggested to the newcomer")


def pathway_of(caller: Any) -> dict[str, Any] | None:
    answer = caller.client.get("/api/mentoring/v1/me/pathway")
    return dict(answer.json()) if answer.status_code == 200 else None


def step_done(caller: Any, slug: str) -> bool:
    pathway = pathway_of(caller)
    return bool(pathway and any(s["slug"] == slug and s["done_at"] for s in pathway["steps"]))


def holders(house: House, cpts_id: str) -> list[dict[str, Any]]:
    features = house.operator.get("directory/v1/map.geojson")["features"]
    mine = [f for f in features if f["id"] == cpts_id or f["properties"].get("id") == cpts_id]
    assert mine, "every CPTS stands on the map"
    return list(mine[0]["properties"]["holders"])
