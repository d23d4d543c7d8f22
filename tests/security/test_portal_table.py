"""Every page and form of the portal does for everybody what its table says; a form without proof, nothing.

Both are those of the portal's routes: a new one without a row fails. Threats: a page that leaves a check
to the page before it; a form that another site sends in somebody's browser (CSRF).
"""

from __future__ import annotations

import httpx
import pytest
from maillage_portal import csrf

from tests.security import table
from tests.security.browsing import Browser, form_routes, page_routes
from tests.security.forms import FORMS, PAGES, Form
from tests.security.house import House

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROWS, PAGE_ROWS = table.read("portal"), table.read("pages")
FORGED = "Par sécurité, le formulaire n’a pas été envoyé."


async def test_the_table_and_the_portal_have_the_same_forms(house: House) -> None:
    assert {table.route_of(row) for row in ROWS} == set(form_routes(house))
    assert set(FORMS) <= set(ROWS)


async def test_the_table_and_the_portal_have_the_same_pages(house: House) -> None:
    assert {table.route_of(row) for row in PAGE_ROWS} == set(page_routes(house))
    assert set(PAGES) <= set(PAGE_ROWS)


@pytest.mark.parametrize("who", next(iter(PAGE_ROWS.values())))
async def test_everybody_is_shown_what_the_table_says(house: House, who: str) -> None:
    wrong = []
    for row, cells in sorted(PAGE_ROWS.items(), key=lambda each: PAGES.get(each[0], Form()).stage):
        page = PAGES.get(row, Form())
        house.back_to(page.stage)
        answer = await Browser.of(house, who).get(page.address(house, table.route_of(row)))
        to_sign_in = answer.headers.get("location", "").startswith("/connexion?next=")
        got = "door" if to_sign_in else str(answer.status_code)
        if got != cells[who]:
            wrong.append(f"{row}: {got} instead of {cells[who]}")
    assert not wrong, who + "\n" + "\n".join(wrong)


@pytest.mark.parametrize("row", ROWS)
async def test_everybody_gets_as_far_as_the_table_says(house: House, row: str) -> None:
    form, wrong = FORMS.get(row, Form()), []
    for who, expected in ROWS[row].items():
        house.back_to(form.stage)
        answer = await Browser.of(house, who).post(form.address(house, row), form.sent(house))
        got = str(answer.status_code) if answer.status_code in (403, 404) else "in"
        if answer.status_code >= 500 or FORGED in answer.text:
            got = f"{answer.status_code}, or forged"
        elif answer.headers.get("location", "").startswith("/connexion") and not row.startswith("/connexion"):
            got = "door"
        if got != expected:
            wrong.append(f"{who}: {got} instead of {expected} ({answer.status_code})")
    assert not wrong, row + "\n" + "\n".join(wrong)


@pytest.mark.parametrize("row", ROWS)
async def test_without_its_proof_no_form_does_anything(house: House, row: str) -> None:
    form, her = FORMS.get(row, Form()), _mighty(house)
    path, fields = form.address(house, row), form.sent(house)
    strangers = {csrf.FIELD: Browser.with_token(house, "").proof}
    for how, sent in {"no token": fields, "another browser's": {**fields, **strangers}}.items():
        _expect_forged(await her.send("POST", path, sent), f"{row}, {how}")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:8000.evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
    ],
    ids=str,
)
async def test_a_proof_that_comes_from_another_site_is_worth_nothing(
    house: House, headers: dict[str, str]
) -> None:
    _expect_forged(await _mighty(house).post("/notifications/toutes-lues", {}, **headers), str(headers))


@pytest.mark.parametrize("spoiled", ["", "é", "=", "A" * 40, "A" * 10_000], ids=lambda text: text[:5])
async def test_a_spoiled_proof_is_a_refusal_and_no_crash(house: House, spoiled: str) -> None:
    answer = await _mighty(house).send("POST", "/notifications/toutes-lues", {csrf.FIELD: spoiled})
    _expect_forged(answer, spoiled[:5])


def _mighty(house: House) -> Browser:
    """The browser of somebody who may do everything, so that nothing else can be the reason of a refusal."""
    roles = ("coordinator", "animator", "admin")
    return Browser.with_token(house, house.tokens.token(house.ids["owner"], roles))


def _expect_forged(answer: httpx.Response, how: str) -> None:
    assert answer.status_code == 403, f"{how}: {answer.status_code}"
    assert FORGED in answer.text, f"{how}: refused for another reason"
