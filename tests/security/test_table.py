"""Every route of the five services, called by everybody, answers as the table says.

A new route without a row fails, a row without a route fails, and each cell is a call of its own in a world
that is as it was. Threats: a role, a scope, an owner or a region that nobody asks for.
"""

from __future__ import annotations

import pytest
from maillage.testing.oidc import Provider

from tests.security import table
from tests.security.callers import CALLERS
from tests.security.house import ORDER, House
from tests.security.samples import Sample, samples

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROWS = {name: table.read(name) for name in ORDER}
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.mark.parametrize("name", ORDER)
async def test_the_table_and_the_openapi_document_name_the_same_routes(house: House, name: str) -> None:
    document = house.services[name].app.openapi()
    prefix = f"/api/{name}/v1"
    routes = {
        f"{method.upper()} {path.removeprefix(prefix)}"
        for path, operations in document["paths"].items()
        for method in METHODS
        if method in operations
    }
    assert {table.route_of(row) for row in ROWS[name]} == routes


@pytest.mark.parametrize("name", ORDER)
async def test_every_sample_is_of_a_row(provider: Provider, name: str) -> None:
    assert set(samples(provider)[name]) <= set(ROWS[name])


@pytest.mark.parametrize(("name", "row"), [(name, row) for name in ORDER for row in ROWS[name]])
async def test_everybody_gets_the_answer_that_the_table_says(
    house: House, provider: Provider, name: str, row: str
) -> None:
    sample = samples(provider)[name].get(row, Sample())
    wrong = []
    for who, expected in ROWS[name][row].items():
        house.back_to(sample.stage, name)
        answer = await table.ask(house, name, row, sample, CALLERS[who](house, name))
        if str(answer.status_code) != expected:
            told = answer.text[:160] if not answer.is_success else ""
            wrong.append(f"{who}: {answer.status_code} instead of {expected} ({told})")
    assert not wrong, row + "\n" + "\n".join(wrong)


@pytest.mark.parametrize("name", ORDER)
async def test_who_may_not_ask_is_told_so_before_what_her_request_lacks(house: House, name: str) -> None:
    """Without body, version or key: a stranger's question is not looked at any further (RFC 9110, 13.2.1)."""
    wrong = []
    for row, cells in ROWS[name].items():
        for who in ("anonymous", "elsewhere"):
            if cells[who] in ("401", "403") and "/auth/" not in row:
                answer = await table.ask_bare(house, name, row, CALLERS[who](house, name))
                if str(answer.status_code) != cells[who]:
                    wrong.append(f"{row}, {who}: {answer.status_code} instead of {cells[who]}")
    assert not wrong, "\n".join(wrong)
