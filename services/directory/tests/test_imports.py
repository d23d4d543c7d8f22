"""A list brought from a spreadsheet: checked line by line, confirmed as checked, and forgotten in time."""

import asyncio
import csv
import io
from typing import Any

import pytest
from maillage.ids import new_id
from maillage_directory.app import service
from maillage_directory.model import ImportFile, ImportLine
from sqlalchemy import select

from .conftest import World

TITLES = "Prénom;Nom;Adresse électronique;Téléphone;CPTS;Communes (INSEE);Fonction;Depuis"
NADIA = (
    "Nadia;Benali;nadia.benali@exemple.fr;04 92 00 00 01;CPTS du Verdon d’essai;04112 | 04070*;;01/09/2025"
)
MARC = "Marc;Oddo;marc.oddo@exemple.fr;;CPTS du Verdon d’essai;;adjoint;15/01/2026"


def sheet(*lines: str) -> bytes:
    return "\r\n".join((TITLES, *lines, "")).encode("cp1252")


async def send(
    world: World, content: bytes, headers: dict[str, str] | None = None, name: str = "liste.csv"
) -> Any:
    files = {"file": (name, content, "text/csv")}
    return await world.client.post("/imports", files=files, headers=headers or world.animator)


async def check(world: World, *lines: str) -> dict[str, Any]:
    answer = await send(world, sheet(*lines))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def confirm(world: World, made: dict[str, Any]) -> Any:
    headers = {**world.animator, "If-Match": f'"{made["version"]}"'}
    return await world.client.post(f"/imports/{made['id']}/confirm", headers=headers)


async def lines(world: World, made: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    page = await world.get(f"/imports/{made['id']}/lines", world.animator, limit=200, **params)
    return list(page["items"])


async def codes(world: World, *sent: str) -> list[list[tuple[str | None, str]]]:
    """Of each line the columns and codes of its reasons."""
    found = await lines(world, await check(world, *sent))
    return [[(one["column"], one["code"]) for one in line["reasons"]] for line in found]


def count(made: dict[str, Any]) -> tuple[int, int, int, int]:
    counts = made["counts"]
    return counts["create"], counts["update"], counts["unchanged"], counts["refused"]


async def kinds(world: World) -> list[str]:
    return [one.type.removeprefix("fr.maillage.directory.") for one in await world.harness.recorded()]


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
    one, other = await check(world, NADIA, MARC), await check(world, MARC.replace("adjoint", ""), NADIA)
    answers = await asyncio.gather(*(confirm(world, made) for made in (one, one, other)))
    assert sorted(answer.status_code for answer in answers) in ([200, 200, 409], [200, 409, 409])
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


async def test_each_refusal_names_its_column_and_what_to_do(world: World) -> None:
    await confirm(world, await check(world, NADIA))
    await world.client.post(f"/positions/{await _post(world)}/end", json={}, headers=world.animator)
    found = await codes(
        world,
        "Zoé;Autre;nadia.benali@exemple.fr;;;;;",
        "Nadia;Benali;autre@exemple.fr;;;;;",
        "Luc;Petit;pas une adresse;;;;;",
        "Luc;Petit;luc@exemple.fr;abc;;;;",
        "Luc;Petit;luc@exemple.fr;;CPTS inconnue;;;",
        "Luc;Petit;luc@exemple.fr;;CPTS neuve;04300;;",
        "Luc;Petit;luc@exemple.fr;;CPTS neuve;99999;;",
        "Luc;Petit;luc@exemple.fr;;Verdon d'essai;;chef;45000",
        "Nadia;Benali;nadia.benali@exemple.fr;;CPTS du Verdon d’essai;;;",
        ";;;;CPTS du Verdon d’essai;;adjoint;",
        "Luc;Petit;luc@exemple.fr;;;;;31/02/2026",
        "Lu\x81c;Petit;luc@exemple.fr;;;;;".replace("\x81", "\x07"),
        ";;luc@exemple.fr;;;;;",
    )
    assert found == [
        [("email", "other-name")],
        [("email", "namesake")],
        [("email", "invalid")],
        [("phone", "invalid")],
        [("cpts_name", "cpts-unknown")],
        [("communes", "commune-postal")],
        [("communes", "commune")],
        [("title", "title"), ("started_on", "date-number")],
        [("started_on", "post-over")],
        [("email", "post-without-person")],
        [("started_on", "date")],
        [("first_name", "control")],
        [("first_name", "name-missing")],
    ]


async def _post(world: World) -> str:
    (cpts,) = (await world.get("/cpts"))["items"]
    return str(cpts["holders"][0]["position_id"])


async def test_two_lines_that_contradict_each_other_do_not_take_turns(world: World) -> None:
    made = await check(
        world, NADIA, NADIA.replace("04 92 00 00 01", "04 92 99 99 99").replace("04112 | 04070*", "")
    )
    second = (await lines(world, made))[1]
    assert [(one["column"], one["code"]) for one in second["reasons"]] == [("phone", "said-otherwise")]
    assert "ligne 2" in second["reasons"][0]["text"]
    held = await check(world, NADIA, "Luc;Petit;luc@exemple.fr;;verdon d essai;;coordinatrice;")
    assert [one["code"] for one in (await lines(world, held))[1]["reasons"]] == ["post-held"]


async def test_refused_lines_are_corrected_and_sent_again(world: World) -> None:
    await confirm(world, await check(world, NADIA))
    made = await check(world, NADIA, MARC.replace("adjoint", "chef"), "Luc;Petit;;;Verdon d’essai;;adjointe;")
    path = f"/imports/{made['id']}/refused.csv"
    file = await world.client.get(path, headers=world.animator)
    assert file.headers["content-type"].startswith("text/csv")
    assert "attachment" in file.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][-1] == "Motif du refus"
    assert [row[0] for row in rows[1:]] == ["Marc", "Luc"]
    assert "Fonction : Fonction inconnue" in rows[1][-1]
    mended = (
        file.content.decode("utf-8-sig")
        .replace(";chef;", ";adjoint;")
        .replace("Petit;;", "Petit;luc@exemple.fr;")
    )
    again = (await send(world, mended.encode())).json()
    assert (count(again), again["ignored"]) == ((2, 0, 0, 0), [])
    book = await world.client.get(path.replace(".csv", ".xlsx"), headers=world.animator)
    assert (await send(world, book.content, name="refus.xlsx")).json()["counts"]["refused"] == 2


async def test_columns_that_are_not_read_are_named_and_not_kept(world: World) -> None:
    content = "Mail;Adresse postale\nnadia@exemple.fr;3 rue des Lilas\n".encode("utf-8-sig")
    made = (await send(world, content, name="C:\\Users\\moi\\..\\liste de Nadia.csv")).json()
    assert (made["ignored"], made["file_name"]) == (["Adresse postale"], "liste de Nadia.csv")
    async with world.harness.db.read() as session:
        rows = (await session.scalars(select(ImportLine))).all()
    assert "Lilas" not in str([row.cells for row in rows])


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


async def test_the_answer_to_a_retry_is_the_first_one(world: World) -> None:
    headers = {**world.animator, "Idempotency-Key": "ma-liste"}
    request = world.client.build_request(
        "POST", "/imports", files={"file": ("a.csv", sheet(NADIA))}, headers=headers
    )
    content, sent = request.read(), dict(request.headers)
    first = await world.client.post("/imports", content=content, headers=sent)
    second = await world.client.post("/imports", content=content, headers=sent)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.json()["id"] == second.json()["id"]


async def test_a_body_over_the_limit_is_refused_before_it_is_read(service_app: Any) -> None:
    async with service_app(service, max_body_bytes=1000) as harness:
        world, read = World(harness), 0

        async def endless() -> Any:
            nonlocal read
            for _ in range(100_000):
                read += 1000
                yield b"x" * 1000

        headers = {**world.animator, "Content-Type": "multipart/form-data; boundary=x"}
        chunked = await world.client.post("/imports", content=endless(), headers=headers)
        assert (chunked.status_code, chunked.json()["code"]) == (413, "too-large")
        announced = {**headers, "Content-Length": "104857600"}
        early = await world.client.post("/imports", content=endless(), headers=announced)
        assert early.status_code == 413


async def test_a_file_that_cannot_be_read_is_a_problem_that_says_why(world: World) -> None:
    answer = await send(world, b"\xd0\xcf\x11\xe0" + bytes(500), name="liste.xls")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "file-refused")
    assert problem["errors"] == [{"pointer": "/file", "detail": "old-excel"}]
    assert ".xlsx" in problem["detail"]
    missing = await world.client.post("/imports", data={"x": "1"}, headers=world.animator)
    assert missing.status_code == 422


async def test_the_model_has_every_column_and_no_line(world: World) -> None:
    titles = [one["title"] for one in (await world.get("/imports/columns"))["items"]]
    model = await world.client.get("/imports/model.csv")
    assert model.content.decode("utf-8-sig").strip().split(";") == titles
    empty = await send(world, (await world.client.get("/imports/model.xlsx")).content)
    assert empty.json()["errors"] == [{"pointer": "/file", "detail": "no-lines"}]
