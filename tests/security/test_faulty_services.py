"""Every page and form of the portal, with a fault in each of its calls: words for people, never a 500.

Made from the tables, so that a new page is in it by itself: who asks healthy services once, then for each of
the calls that were made meets some of the faults, in turn, so that each fault meets some hundred calls.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from maillage_portal import csrf
from maillage_portal.app import build
from maillage_portal.session import SessionCookies

from tests.security import table
from tests.security.browsing import Browser
from tests.security.faulty import FAULTS, Call, Faulty, forget, wrong_with
from tests.security.forms import FORMS, PAGES, Form
from tests.security.house import URL, House
from tests.support.crashes import crashes

pytestmark = pytest.mark.asyncio(loop_scope="session")
MIGHTY = ("coordinator", "animator", "admin")
STREAMS = ("/flux",)
KEPT_LONG = ("/vocabulary", "/outline.geojson", "/auth/methods", "/map.geojson")
"""What a portal asks only now and then: it must have forgotten them for the fault to be met."""
ASKED_FOR = {
    "/annuaire": ("", "?scope=national", "?q=a&challenge=rgpd&show=100"),
    "/seminaires": ("", "?q=a"),
}
FAULTS_A_CALL = 2


@dataclass(frozen=True)
class Visit:
    """One page or form, by somebody signed in or nobody."""

    method: str
    address: str
    signed: bool
    stage: str
    fields: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.address}{'' if self.signed else ' of nobody'}"


@dataclass
class Front:
    """A portal of its own in front of the house's services, whose answers may be faulty."""

    house: House
    portal: FastAPI
    faulty: Faulty
    client: httpx.AsyncClient

    async def visit(self, visit: Visit) -> httpx.Response:
        """The page, as its browser gets it."""
        token = self.house.tokens.token(self.house.ids["owner"], MIGHTY) if visit.signed else ""
        browser = Browser.with_token(self.house, token)
        assert browser.session is not None
        cookie = SessionCookies(self.house.portal_settings).write(browser.session).split(";")[0]
        form = {csrf.FIELD: browser.proof, **dict(visit.fields)} if visit.method == "POST" else None
        return await self.client.request(visit.method, visit.address, data=form, headers={"Cookie": cookie})

    async def calls_of(self, visit: Visit) -> list[Call]:
        """The calls behind a page while everything is well, each once."""
        self.house.back_to(visit.stage)
        forget(self.portal.state.house)
        self.faulty.at, self.faulty.asked = None, []
        await self.visit(visit)
        return list(dict.fromkeys(self.faulty.asked))

    async def wrong(self, visit: Visit, call: Call, fault: str, most: int) -> str | None:
        """What is wrong with the page when this call of it has this fault."""
        if call[1].split("?")[0].endswith(KEPT_LONG):
            forget(self.portal.state.house)
        self.faulty.at, self.faulty.fault, self.faulty.asked = call, FAULTS[fault], []
        found = wrong_with(await self.visit(visit))
        if crashed := crashes.taken():
            found = crashed[0]
        if len(self.faulty.asked) > most:
            found = found or f"{len(self.faulty.asked)} calls, where {most} would do"
        return f"{visit}, {' '.join(call[:2])} is {fault}: {found}" if found else None


@pytest_asyncio.fixture(loop_scope="session")
async def front(house: House) -> AsyncIterator[Front]:
    faulty = Faulty(house.strange)
    portal = build(house.portal_settings, faulty)
    crashes.listen()
    async with (
        portal.router.lifespan_context(portal),
        httpx.AsyncClient(transport=httpx.ASGITransport(portal), base_url=URL) as client,
    ):
        yield Front(house, portal, faulty, client)


def pages(house: House) -> Iterator[Visit]:
    """Every page that is read whole, as somebody who may see all; as nobody where nobody may."""
    for row, cells in table.read("pages").items():
        if not row.endswith(STREAMS):
            page = PAGES.get(row, Form())
            address = page.address(house, table.route_of(row))
            for query in ASKED_FOR.get(row, ("",)):
                yield Visit("GET", address + query, True, page.stage)
                if cells["anonymous"] == "200":
                    yield Visit("GET", address + query, False, page.stage)


def forms(house: House) -> Iterator[Visit]:
    """Every form, as somebody who may send all."""
    for row in table.read("portal"):
        form = FORMS.get(row, Form())
        fields = tuple(form.sent(house).items())
        yield Visit("POST", form.address(house, row), True, form.stage, fields)


@pytest.mark.parametrize("visits", [pages, forms], ids=["pages", "forms"])
async def test_a_fault_of_any_service_is_told_in_words(
    front: Front, visits: Callable[[House], Iterator[Visit]]
) -> None:
    turn, wrong, met = itertools.cycle(FAULTS), [], 0
    for visit in sorted(visits(front.house), key=lambda each: each.stage):
        calls = await front.calls_of(visit)
        for call in calls:
            for fault in itertools.islice(turn, FAULTS_A_CALL):
                met += 1
                if found := await front.wrong(visit, call, fault, 2 * len(calls) + 8):
                    wrong.append(found)
    assert met > 200, "hardly anything was tried"
    assert not wrong, f"{len(wrong)} of {met}:\n" + "\n".join(wrong[:20])


async def test_a_crash_is_kept_with_its_traceback(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the checks above and the fuzz could only say that there was one."""
    monkeypatch.setattr("maillage_portal.house.Vocabulary", lambda _: {}["no vocabulary"])
    forget(front.portal.state.house)
    page = await front.visit(Visit("GET", "/annuaire", False, "calm"))
    (told,) = crashes.taken()
    assert page.status_code == 500
    assert wrong_with(page) == "a bare 500"
    assert told.startswith("page-crashed route=/annuaire")
    assert told.rstrip().endswith("KeyError: 'no vocabulary'")
