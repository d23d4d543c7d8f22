"""What the house shows of a story in which everything written is unmistakable: to whom, and as what.

One house and one walk over it serve all of these; MAILLAGE_SECURITY_SEED draws other people for it.
"""

from __future__ import annotations

import os
from collections import defaultdict

import httpx
import pytest
from maillage.trust import trusted

from tests.journeys.house import eventually
from tests.security.leaks.crawl import Seen
from tests.security.leaks.headers import COOKIE, faults
from tests.security.leaks.reach import Viewer, leaks, may_see, viewers
from tests.security.leaks.routes import api_routes, page_routes
from tests.security.leaks.scripts import Findings, raw, read_mail, watching, worth_a_look
from tests.security.leaks.story import SERVICES, Story
from tests.support.browser import CHROMIUM, chromium

NOT_STORED = {
    "/quiet_hours/time_zone": "one of the zones there are, or refused",
    "/time_zone": "one of the zones there are, or refused",
    "/ticket_code": "compared with the codes there are",
    "/code": "compared with a code",
    "/flow": "sealed by the directory",
    "/state": "compared with the sign-in under way",
    "/refresh_token": "compared with the tokens there are",
    "/client_secret": "compared with a hash",  # pragma: allowlist secret
    "/scope": "one of the scopes there are",
}
"""Texts that a route takes and never shows."""
ON_NO_PAGE = {
    "directory cpts /communes/*/name": "a known commune is called what the list of communes calls it",
    "directory cpts /main_commune/name": "as above",
    "events seminars /address": "stands in calendars, whose lines are read below",
    "events cancel /reason": "told by the API only",
    "mentoring decline /reason": "as above",
    "mentoring feedback /comment": "as above",
}
"""Texts that no page and no mail shows, and where they are; `kept_texts` names them."""
pytestmark = pytest.mark.timeout(600)


def test_the_story_fills_every_field_that_takes_free_text(story: Story) -> None:
    wanted = free_texts(story)
    assert len(wanted) > 30
    assert not wanted - story.wrote.keys(), sorted(wanted - story.wrote.keys())


def free_texts(story: Story) -> set[tuple[str, str, str]]:
    """Method, path and pointer of each field that takes free text and keeps it, read from the documents."""
    return {
        (method, path, pointer)
        for service in (*SERVICES, "catalogue")
        for method, path, schema in story.document(service).bodies()
        for pointer, _ in story.document(service).texts(schema)
        if pointer not in NOT_STORED
    }


def test_nobody_is_shown_what_she_may_not_see(story: Story, seen: list[Seen]) -> None:
    wrong = sorted({f"{one.viewer.name}: {one.template}: {leak}" for one in seen for leak in one.leaks})
    assert not wrong, f"seed {story.seed}\n" + "\n".join(wrong)
    assert {one.template for one in seen} >= {*api_routes(story), *page_routes(story)}
    broken = [one for one in seen if one.status >= 500]
    # A busy machine makes a service say for a moment that it is not ready, which is no fault of it.
    lasting = [one for one in broken if not (one.template.endswith("/readyz") and ready(story, one.path))]
    assert not lasting, [f"{one.viewer.name}: {one.path}: {one.status}" for one in lasting]


def ready(story: Story, path: str) -> bool:
    """Wait until the service there says that it is ready; fails when it never does."""
    with httpx.Client(base_url=story.house.url, verify=trusted(), timeout=60) as client:
        return eventually(lambda: client.get(path).status_code == 200, f"{path} answers 200")


def test_what_may_be_seen_is_shown_somewhere(story: Story, seen: list[Seen]) -> None:
    """Else the test above would pass in a house that shows nothing."""
    shown = defaultdict(set)
    for one in seen:
        shown[one.viewer.circle] |= one.marks
    names = {mark for mark in story.marks.by_token.values() if mark.field == "name"}
    for viewer in viewers(story):
        now = {mark for mark in names if mark in shown["animator"] and may_see(viewer, mark, story)}
        missing = {mark.place for mark in now - shown[viewer.circle]}
        assert len(missing) <= len(now) / 2, (viewer.name, missing)
        assert now or viewer.circle == "anonymous"


def test_no_mail_tells_its_reader_what_she_may_not_see(story: Story) -> None:
    by_token = {mark.token: mark for mark in story.marks.by_token.values() if mark.field == "email"}
    mails = mails_of(story)
    assert len(mails) > 20
    known = {viewer.id: viewer for viewer in viewers(story)}
    for mail in mails:
        (to,) = (mark for token, mark in by_token.items() if token in mail["to"])
        person = story.owner_of(to)
        assert person is not None
        circle = "animator" if {"animator", "admin"} & set(person.roles) else "colleague"
        reader = known.get(person.id) or Viewer(str(to.owner), circle, person.id)
        wrong = leaks(f"{mail['subject']}\n{mail['text']}\n{mail['html']}", reader, story)
        assert not wrong, f"seed {story.seed}: to {reader.name}, “{mail['subject']}”: {wrong}"


def mails_of(story: Story) -> list[dict[str, str]]:
    return story.caller("admin").items("notifications/v1/mailbox?limit=200")


def test_events_carry_personal_data_where_the_design_allows_it(story: Story) -> None:
    """Names in `coordinator.*`, address and phone in `contact.*`, no free text; on cards what is national."""
    rows = [
        row for name in SERVICES for row in story.house.rows(name, "SELECT type, entity_id, data FROM outbox")
    ]
    assert len(rows) > 60
    seen = set()
    for kind, entity, data in rows:
        for mark in story.marks.found_in(data or ""):
            person = story.owner_of(mark)
            if person is None:
                assert mark.readers is None, f"{kind} carries {mark.place}"
                continue
            seen.add((kind, mark.field))
            home = (
                "fr.maillage.directory.contact." if mark.field in ("email", "phone") else COORDINATOR_EVENTS
            )
            assert kind.startswith(home), f"{kind} carries {mark.place}"
            assert mark.field != "bio", f"{kind} carries free text: {mark.place}"
            assert entity == person.id
            if ".presented." in kind and mark.owner != "narrowed":
                assert person.reach[str(mark.field)] in ("national", "public"), f"{kind} carries {mark.place}"
    assert {field for _, field in seen} == {"name", "email", "phone"}


COORDINATOR_EVENTS = "fr.maillage.directory.coordinator."


def test_metrics_and_catalogue_hold_nothing_of_anybody(story: Story, seen: list[Seen]) -> None:
    quiet = [one for one in seen if "/metrics" in one.template or one.template.startswith("/api/catalogue/")]
    assert len(quiet) > 50
    for one in quiet:
        personal = [mark.place for mark in one.marks if mark.owner]
        assert not personal, f"{one.viewer.name}: {one.path}: {personal}"


def test_every_answer_carries_the_headers_of_its_kind(story: Story, seen: list[Seen]) -> None:
    wrong = {f"{one.template} ({one.status}): {fault}" for one in seen for fault in faults(one)}
    assert not wrong, "\n".join(sorted(wrong))
    cookies = [cookie for one in seen for cookie in one.headers.get_list("set-cookie")]
    assert cookies
    assert all(COOKIE.fullmatch(cookie) for cookie in cookies), cookies[:3]


def test_a_calendar_has_the_appointments_it_is_meant_to_have(seen: list[Seen]) -> None:
    calendars = [one for one in seen if one.calendar]
    assert calendars
    for one in calendars:
        assert set(one.calendar) == {"BEGIN:VEVENT", "END:VEVENT"}, one.path
        assert one.calendar[::2] == ["BEGIN:VEVENT"] * (len(one.calendar) // 2), one.path


def test_what_people_write_stays_text_in_a_real_browser(story: Story, seen: list[Seen]) -> None:
    if not CHROMIUM.exists():
        if os.environ.get("MAILLAGE_REQUIRE_CHROMIUM"):
            pytest.fail("Chromium is required here and is not on this machine")
        pytest.skip("Chromium is not on this machine: nothing was run")
    findings, chosen = Findings(), worth_a_look(seen)
    assert len(chosen) > 15
    with chromium() as browser:
        assert len(raw(browser, story.text("a page of our own"))) >= 3, "the detectors detect"
        pages = {}
        for one in chosen:
            if one.viewer not in pages:
                context = browser.new_context(locale="fr-FR", reduced_motion="reduce")
                if one.viewer.token:
                    cookies = story.house.cookie(one.viewer.token).items()
                    context.add_cookies([{"name": n, "value": v, "url": story.house.url} for n, v in cookies])
                pages[one.viewer] = watching(context, findings)
            pages[one.viewer].goto(story.house.url + one.path)
            findings.look(pages[one.viewer], f"{one.viewer.name}: {one.template}", story.marks)
        mails = {
            mail["subject"].partition("zq")[0] + str(len(mail["attachments"])): mail
            for mail in mails_of(story)
        }
        read_mail(browser, [mail for mail in mails.values() if mail["html"]], story.marks, findings)
    assert not findings.wrong, "\n".join(findings.wrong)
    on_pages = {mark.token for one in seen if one.page for mark in one.marks}
    for kept, tokens in kept_texts(story).items():
        if kept in ON_NO_PAGE:
            assert not tokens & (on_pages | findings.shown), f"{kept} is on a page now"
        else:
            assert tokens & findings.shown, f"{kept} was in no page or mail that the browser has seen"


def kept_texts(story: Story) -> dict[str, set[str]]:
    """The tokens of each text that is kept, by service, kind of thing (or what is done with it) and field.

    Making and changing a thing write the same field, and so does making a person with her post.
    """
    found = defaultdict(set)
    for method, path, pointer in free_texts(story):
        _, _, service, _, *parts = path.split("/")
        thing = [part for part in parts if not part.startswith("{")][-1]
        if pointer.startswith("/coordinator/"):
            thing, pointer = "coordinators", pointer.removeprefix("/coordinator")
        found[f"{service} {thing} {pointer}"] |= story.wrote[method, path, pointer]
    assert found.keys() >= ON_NO_PAGE.keys(), "no such field"
    return dict(found)
