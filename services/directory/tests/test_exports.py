"""The lists as files: the filter of the list, the reach of each field, no formula, and the way back."""

import csv
import io
from typing import Any

import pytest
from maillage.ids import new_id
from maillage_directory.sheets.writing import guarded, unguarded, write_table
from openpyxl import load_workbook

from .books import cells_of
from .conftest import World
from .test_imports import count, send


async def export(world: World, path: str, headers: dict[str, str], **params: Any) -> bytes:
    answer = await world.client.get(f"/exports/{path}", headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    assert "no-store" in answer.headers["cache-control"]
    return answer.content


def rows(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


async def filled(world: World) -> dict[str, Any]:
    """Two CPTS, one of them reaching out of the region and shared; a coordinator with a deputy; one alone."""
    communes = [{"insee": "04112"}, {"insee": "04070", "shared": True}, {"insee": "26220", "name": "Nyons"}]
    made = await world.cpts(
        name="CPTS « Sud » ; à cheval",
        aliases=["Sud-04", "=Sud"],
        communes=communes,
        challenges=["addictions", "prevention-depistage"],
        territory_types=["urbain-intermediaire"],
    )
    await world.cpts(name="CPTS du Nord", communes=[{"insee": "05061"}])
    hers = world.profile(
        first_name="Nadia",
        last_name="Benali",
        phone="+33 6 01 02 03 04",
        challenges=[{"challenge": "prevention-depistage", "stance": "can_help", "since_year": 2019}],
        skills=[{"skill": "negociation", "level": 4}],
    )
    await world.start(made["id"], coordinator=hers, started_on="2025-09-01")
    await world.start(made["id"], title="deputy", coordinator=world.profile(first_name="=cmd|' /C calc'!A0"))
    await world.person(first_name="Seule", reach={"email": "self", "challenges": "self"})
    return made


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_an_animators_export_can_be_imported_again_and_changes_nothing(world: World, form: str) -> None:
    await filled(world)
    before = await world.harness.recorded()
    for name, lines in (("coordinators", 3), ("cpts", 3)):
        for language in ("fr", "en"):
            headers = {**world.animator, "Accept-Language": language}
            made = await send(world, await export(world, f"{name}.{form}", headers), name=f"liste.{form}")
            assert made.status_code == 201, made.text
            assert (count(made.json()), made.json()["ignored"]) == ((0, 0, lines, 0), []), (name, language)
    assert len(await world.harness.recorded()) == len(before)


async def test_a_list_brought_to_an_empty_directory_makes_the_same_directory(
    world: World, service_app: Any
) -> None:
    from maillage_directory.app import service

    await filled(world)
    content = await export(world, "cpts.csv", world.animator)
    async with service_app(service) as harness:
        other = World(harness)
        made = (await send(other, content)).json()
        assert count(made) == (3, 0, 0, 0)
        tag = {**other.animator, "If-Match": f'"{made["version"]}"'}
        assert (await other.client.post(f"/imports/{made['id']}/confirm", headers=tag)).status_code == 200
        assert await export(other, "cpts.csv", other.animator) == content


async def test_each_field_is_shown_as_far_as_it_is_open_to_who_asks(world: World) -> None:
    await filled(world)
    seen = {row["Prénom"]: row for row in rows(await export(world, "coordinators.csv", world.animator))}
    assert seen["Nadia"]["Téléphone"] == "'+33 6 01 02 03 04"
    assert seen["Seule"]["Adresse électronique"] != ""
    colleague = world.signed(str(new_id()))
    theirs = {row["Prénom"]: row for row in rows(await export(world, "coordinators.csv", colleague))}
    assert (theirs["Nadia"]["Téléphone"], theirs["Nadia"]["Langue"]) == ("", "")
    assert theirs["Nadia"]["Adresse électronique"] != ""
    assert theirs["Seule"]["Adresse électronique"] == ""
    by_cpts = rows(await export(world, "cpts.csv", colleague))
    assert [row["Téléphone"] for row in by_cpts] == ["", "", ""]
    abroad = world.harness.tokens.coordinator(str(new_id()), region="fr-occ")
    assert (await world.client.get("/exports/cpts.csv", headers=abroad)).status_code == 403
    assert (await world.client.get("/exports/cpts.csv")).status_code == 401


async def test_the_filter_of_the_list_is_the_filter_of_the_file(world: World) -> None:
    await filled(world)
    found = rows(await export(world, "cpts.csv", world.animator, department="05"))
    assert [row["CPTS"] for row in found] == ["CPTS du Nord"]
    assert rows(await export(world, "cpts.csv", world.animator, vacant="true"))[0]["Prénom"] == ""
    offering = rows(await export(world, "coordinators.csv", world.animator, skill="negociation"))
    assert [(row["Prénom"], row["Compétences"]) for row in offering] == [("Nadia", "Négociation")]
    refused = await world.client.get("/exports/cpts.csv?limit=3", headers=world.animator)
    assert refused.status_code == 400


async def test_no_cell_is_a_formula(world: World) -> None:
    await filled(world)
    text = (await export(world, "coordinators.csv", world.animator)).decode("utf-8-sig")
    assert "'=cmd" in text
    assert ";=" not in text
    assert "\n=" not in text
    book = cells_of(await export(world, "coordinators.xlsx", world.animator))
    assert [row[0] for row in book if str(row[0]).startswith("=")] == ["=cmd|' /C calc'!A0"]
    from openpyxl import load_workbook

    page: Any = load_workbook(io.BytesIO(await export(world, "coordinators.xlsx", world.animator))).active
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value} <= {"s", "inlineStr"}


@pytest.mark.parametrize(
    "text", ["=1", "+33", "-x", "@a", "'=1", "''x", "'x", "x", "", "\t=", "'\t", "''=1", "\n=", "\r="]
)
def test_the_apostrophe_before_a_formula_is_taken_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_a_workbook_opens_whatever_stands_in_a_cell() -> None:
    """Found by the fuzz: of one character in one profile nobody could open the list any more."""
    content = write_table("xlsx", ["Nom"], [["a\uffffb\ufffec\x0bd"], ["Roux"]], "Liste")
    assert [row[0].value for row in load_workbook(io.BytesIO(content)).active.rows] == ["Nom", "abcd", "Roux"]
