"""Pages in front of services that use words nobody here has heard: those of other regions, and newer ones."""

from __future__ import annotations

import pytest

from tests.security import table
from tests.security.browsing import Browser
from tests.security.forms import PAGES, Form
from tests.security.house import House
from tests.security.strange import NOT_WORDS, listed_fields

pytestmark = pytest.mark.asyncio(loop_scope="session")
MIGHTY = ("coordinator", "animator", "admin")


@pytest.mark.parametrize("roles", [("coordinator",), MIGHTY], ids=["newcomer", "with every role"])
async def test_a_word_unheard_of_breaks_no_page(house: House, roles: tuple[str, ...]) -> None:
    fields: set[str] = set()
    for service in house.services.values():
        fields |= listed_fields(service.app.openapi())
    assert {"status", "format", "stance", "visibility"} <= fields
    browser = Browser.with_token(house, house.tokens.token(house.ids["owner"], roles))
    broken, shown = [], 0
    house.strange.fields = frozenset(fields - NOT_WORDS)
    try:
        for row in sorted(table.read("pages"), key=lambda each: PAGES.get(each, Form()).stage):
            page = PAGES.get(row, Form())
            house.back_to(page.stage)
            answer = await browser.get(page.address(house, table.route_of(row)))
            shown += answer.status_code == 200
            if answer.status_code >= 500:
                broken.append(f"{row}: {answer.status_code}")
    finally:
        house.strange.fields = frozenset()
    assert not broken, "\n".join(broken)
    assert shown > 30, "next to nothing was shown, and so nothing tried"
