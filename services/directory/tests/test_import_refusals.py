"""What a list may hold: files, columns and cells that are read, refused and sent back to be corrected."""

import csv
import io
from typing import Any

from maillage_directory.app import service
from maillage_directory.model import ImportLine
from sqlalchemy import select

from .conftest import World
from .lists import MARC, NADIA, check, codes, confirm, count, lines, send, sheet


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
