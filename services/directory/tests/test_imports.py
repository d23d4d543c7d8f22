"""A list brought from a spreadsheet: checked line by line, confirmed as checked, and forgotten in time."""

import asyncio
from typing import Any

import pytest
from maillage.ids import new_id
from maillage_directory.model import ImportFile, ImportLine
from sqlalchemy import select

from .conftest import World
from .lists import MARC, NADIA, check, confirm, count, kinds, lines, send, sheet


async def test_a_check_changes_nothing_and_a_confirmation_does_what_it_said(world: World) -> None:
    made = await check(world, NADIA, MARC, "Inès;Faure;;;;;;")
    assert (made["status"], made["encoding"], made["separator"], count(made)) == (
        "checked",
        "cp1252",
        ";",
        (2, 0, 0, 1),
    )
    assert await kinds(world) == []
    assert (await world.get("/coordinators", world.animator))["items"] == []
    first, second, third = await lines(world, made)
    assert [one["entity"] for one in first["actions"]] == ["cpts", "coordinator", "position"]
    assert (second["number"], [one["entity"] for one in second["actions"]]) == (
        3,
        ["coordinator", "position"],
    )
    assert (third["outcome"], third["reasons"][0]["title"]) == ("refused", "Adresse électronique")
    done = await confirm(world, made)
    assert (done.status_code, done.json()["status"]) == (200, "done"), done.text
    told = await kinds(world)
    assert told.count("cpts.created.v1") == 1
    assert told.count("coordinator.joined.v1") == told.count("contact.changed.v1") == 2
    assert told.count("position.started.v1") == 2
    (cpts,) = (await world.get("/cpts", world.animator))["items"]
    assert [(one["first_name"], one["title"], one["since"]) for one in cpts["holders"]] == [
        ("Nadia", "coordinator", "2025-09-01"),
        ("Marc", "deputy", "2026-01-15"),
    ]
    assert {one["insee"]: one["shared"] for one in cpts["communes"]} == {"04070": True, "04112": False}
    kept = await lines(world, made)
    assert [one["cells"] != {} for one in kept] == [False, False, True]
    assert kept[0]["coordinator_id"] == cpts["holders"][0]["coordinator_id"]


async def test_the_same_file_twice_changes_nothing(world: World) -> None:
    made = await check(world, NADIA, MARC)
    assert (await confirm(world, made)).status_code == 200
    before = len(await kinds(world))
    again = await check(world, NADIA, MARC)
    assert count(again) == (0, 0, 2, 0)
    assert (await confirm(world, again)).json()["status"] == "done"
    twice = await confirm(world, made)
    assert (twice.status_code, twice.json()["status"]) == (200, "done")
    assert len(await kinds(world)) == before


async def test_only_what_a_cell_says_is_changed(world: World) -> None:
    await confirm(world, await check(world, NADIA))
    (person,) = (await world.get("/coordinators", world.animator))["items"]
    own = {**world.signed(person["id"]), "If-Match": f'"{person["version"]}"'}
    met = [{"challenge": "addictions", "stance": "can_help", "since_year": 2020}]
    await world.client.patch(f"/coordinators/{person['id']}", json={"challenges": met}, headers=own)
    titles = "courriel,nom de famille,tel,Problématiques rencontrées\n"
    line = 'NADIA.benali@exemple.fr,Benali-Roux,492000001,"Santé mentale | addictions"\n'
    made = (await send(world, (titles + line).encode())).json()
    (told,) = await lines(world, made)
    (action,) = told["actions"]
    assert (action["action"], action["fields"]) == ("update", ["last_name", "person_challenges"])
    await confirm(world, made)
    now = await world.get(f"/coordinators/{person['id']}", world.animator)
    assert (now["first_name"], now["last_name"], now["phone"]) == ("Nadia", "Benali-Roux", person["phone"])
    assert [(one["challenge"], one["stance"]) for one in now["challenges"]] == [
        ("sante-mentale", "working"),
        ("addictions", "can_help"),
    ]


async def test_a_report_that_is_no_longer_true_is_not_carried_out(world: World) -> None:
    made = await check(world, NADIA, MARC)
    await world.person(email="marc.oddo@exemple.fr", first_name="Marc", last_name="Oddo")
    before = len(await kinds(world))
    refused = await confirm(world, made)
    assert (refused.status_code, refused.json()["code"]) == (409, "report-outdated")
    assert len(await kinds(world)) == before
    stale = await confirm(world, made)
    assert stale.status_code == 412
    fresh = await world.get(f"/imports/{made['id']}", world.animator)
    assert [one["entity"] for one in (await lines(world, fresh))[1]["actions"]] == ["position"]
    assert (await confirm(world, fresh)).status_code == 200


async def test_two_lists_at_once_make_each_person_once(world: World) -> None:
    with_territory = MARC.replace(";;adjoint", ";04112 | 04070*;adjoint")  # either list may be the first
    one, other = await check(world, NADIA, MARC), await check(world, with_territory, NADIA)
    assert count(one) == count(other) == (2, 0, 0, 0)
    answers = await asyncio.gather(*(confirm(world, made) for made in (one, one, other)))
    *twice, second = [answer.status_code for answer in answers]
    # Whichever comes first is carried out and the other outdated. Its report is then another version, and who
    # confirms once more what she has read confirms that no longer.
    assert (sorted(twice), second) in (([200, 200], 409), ([409, 412], 200))
    people = (await world.get("/coordinators", world.animator))["items"]
    assert sorted(one["first_name"] for one in people) == ["Marc", "Nadia"]
    assert len((await world.get("/cpts"))["items"]) == 1


async def test_a_process_that_dies_midway_leaves_nothing_and_the_next_confirmation_does_it_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await check(world, NADIA, MARC)

    async def die(*_: Any) -> None:
        raise ConnectionError("the machine is gone")

    with monkeypatch.context() as patched:
        patched.setattr("maillage_directory.usecases.imports._note_done", die)
        assert (await confirm(world, made)).status_code == 503
    assert await kinds(world) == []
    assert (await confirm(world, made)).json()["status"] == "done"
    assert len((await world.get("/coordinators", world.animator))["items"]) == 2


async def test_only_animators_and_never_programs(world: World) -> None:
    made = await check(world, NADIA)
    program = world.harness.tokens.service("directory:write", "directory:read")
    for headers in (world.signed(str(new_id())), program, {}):
        wanted = 403 if headers else 401
        for method, path in (
            ("GET", "/imports"),
            ("GET", f"/imports/{made['id']}"),
            ("GET", f"/imports/{made['id']}/lines"),
            ("GET", f"/imports/{made['id']}/refused.csv"),
            ("POST", f"/imports/{made['id']}/confirm"),
            ("DELETE", f"/imports/{made['id']}"),
        ):
            answer = await world.client.request(method, path, headers={**headers, "If-Match": '"1"'})
            assert answer.status_code == wanted, (method, path, answer.text)
        assert (await send(world, sheet(NADIA), headers={**headers, "X": "1"})).status_code == wanted
    assert (await world.client.get(f"/imports/{new_id()}", headers=world.animator)).status_code == 404


async def test_lines_are_deleted_when_their_time_is_over_or_she_asks(world: World) -> None:
    made = await check(world, NADIA, "Inès;Faure;;;;;;")
    other = await check(world, MARC)
    tag = {**world.animator, "If-Match": f'"{other["version"]}"'}
    assert (await world.client.delete(f"/imports/{other['id']}", headers=tag)).status_code == 204
    gone = await confirm(world, other)
    assert (gone.status_code, gone.json()["code"]) == (410, "import-forgotten")
    assert await lines(world, made)
    world.harness.clock.advance(days=7, seconds=1)
    assert await world.harness.fire_timers() == 1
    left = await world.get(f"/imports/{made['id']}", world.animator)
    assert (left["status"], left["file_name"], count(left)) == ("forgotten", None, (1, 0, 0, 1))
    async with world.harness.db.read() as session:
        assert (await session.scalars(select(ImportLine))).all() == []
        files = (await session.scalars(select(ImportFile))).all()
    assert "Benali" not in str([vars(file) for file in files])


async def test_an_erasure_reaches_the_lines_that_name_her(world: World) -> None:
    await confirm(world, await check(world, NADIA))
    (person,) = (await world.get("/coordinators", world.animator))["items"]
    made = await check(world, NADIA, "Nadia;Bénali;;;;;;", MARC)
    headers = {**world.animator, "If-Match": f'"{person["version"]}"'}
    receipt = await world.client.delete(f"/coordinators/{person['id']}", headers=headers)
    assert receipt.json()["confirmations"][0]["counts"]["import_lines"] == 3
    assert [one["cells"]["first_name"] for one in await lines(world, made)] == ["Marc"]
    left = await world.get(f"/imports/{made['id']}", world.animator)
    assert (left["counts"]["erased"], left["file_name"]) == (2, None)
    async with world.harness.db.read() as session:
        everything = str([vars(row) for row in (await session.scalars(select(ImportLine))).all()])
    assert "nali" not in everything
