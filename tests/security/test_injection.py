"""Text of people is text wherever it ends: mail headers, calendars, spreadsheets, templates.

| threat | test |
|---|---|
| a line in a mail's header (names, titles) | test_no_name_or_title_..., shared/tests/mail/test_message.py |
| components and properties in a calendar | test_a_calendar_holds_one_entry_whatever_is_written_in_it |
| formulas in exports | test_no_cell_of_an_export_is_a_formula |
| expressions of a template | test_braces_stay_braces_in_pages_and_mails |
| a link in a mail, from a forged Host | test_links_lead_to_the_house_whatever_the_host_header_says |
| script in pages | services/portal/tests/test_pages.py; a browser runs the payloads in tests/security/leaks |
"""

from __future__ import annotations

import io
from email import message_from_bytes, policy
from typing import Any

import pytest
from icalendar import Calendar
from maillage_notifications import delivery
from openpyxl import load_workbook

from tests.security.browsing import Browser
from tests.security.house import House

pytestmark = pytest.mark.asyncio(loop_scope="session")
LINES = (
    "\r\nBcc: cible@evil.example",
    "\nX-Evil: 1",
    "\rX-Evil: 1",
    "\x0bX-Evil: 1",
    "\x85X-Evil: 1",
    "\u2028X-Evil: 1",
)
BRACES = "{{ 'z'*9 }}${'z'*9}{% raw %}<%= 'z'*9 %>"


async def _change(house: House, path: str, body: dict[str, Any]) -> int:
    animator = house.tokens.animator(house.ids["animator"])
    headers = {**animator, "If-Match": await house.etag(f"/api/{path}", animator)}
    return (await house.call("PATCH", f"/api/{path}", headers=headers, json=body)).status_code


async def _mails_after(house: House) -> list[bytes]:
    """What the house sends once its services have heard; raw, as a mail server would get it."""
    await house.spread()
    running = house.services["notifications"].app.state.service
    before = set(house.services["notifications"].mailbox.glob("*"))
    while await delivery.deliver_due(running.db, running.mailer, running.settings):
        pass
    return [path.read_bytes() for path in set(house.services["notifications"].mailbox.glob("*")) - before]


@pytest.mark.parametrize("line", LINES, ids=ascii)
async def test_no_name_or_title_writes_a_line_of_a_mails_header(house: House, line: str) -> None:
    ids, owner = house.ids, house.tokens.coordinator(house.ids["owner"])
    await _change(house, f"directory/v1/coordinators/{ids['owner']}", {"last_name": f"Roux{line}"})
    await _change(house, f"events/v1/seminars/{ids['open_seminar']}", {"title": f"Séminaire{line}"})
    await house.done("POST", f"events/v1/seminars/{ids['open_seminar']}/registrations", owner, json={})
    mails = await _mails_after(house)
    assert mails, "nothing was sent: this test looked at nothing"
    for raw in mails:
        mail = message_from_bytes(raw, policy=policy.default)
        names = {name.lower() for part in mail.walk() for name in part}
        assert not {"bcc", "x-evil"} & names
        assert len(mail.get_all("to", [])) == 1
        assert b"\nX-Evil" not in raw.replace(b"\r", b"\n").split(b"\n\n")[0]


HOSTILE_TEXT = (
    "Fin\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nATTENDEE:mailto:cible@evil.example\r\n"
    "Fin\nATTENDEE:mailto:b@evil.example\rATTENDEE:mailto:c@evil.example"
    "\u2028ATTENDEE:mailto:d@evil.example;,\\ " + "é" * 300
)


async def test_a_calendar_holds_one_entry_whatever_is_written_in_it(house: House) -> None:
    ids, animator = house.ids, house.tokens.animator(house.ids["animator"])
    path = f"events/v1/seminars/{ids['seminar_id']}"
    assert await _change(house, path, {"summary": HOSTILE_TEXT}) == 200
    assert await _change(house, path, {"venue": "Salle;ATTENDEE:mailto:x@evil.example,\\n"}) == 200
    owner = house.tokens.coordinator(ids["owner"])
    answers = [
        await house.call("GET", f"/api/{path}.ics", headers=animator),
        await house.call("GET", f"/api/events/v1/registrations/{ids['registration_id']}.ics", headers=owner),
    ]
    for raw in (answer.content for answer in answers):
        lines = raw.replace(b"\r\n ", b"").split(b"\r\n")
        assert lines.count(b"BEGIN:VEVENT") == 1
        assert not [line for line in lines if line.startswith(b"ATTENDEE:mailto") and b"evil" in line]
        assert b"\r" not in raw.replace(b"\r\n", b""), "a lone carriage return ends a line for some readers"
        assert b"\n" not in raw.replace(b"\r\n", b"")
        assert max(len(line) for line in raw.split(b"\r\n")) <= 75
        assert len(Calendar.from_ical(raw).walk("VEVENT")) == 1


@pytest.mark.parametrize(
    "cell", ["=HYPERLINK(A1)", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "＝1+1", "＠SUM(A1)"]
)
async def test_no_cell_of_an_export_is_a_formula(house: House, cell: str) -> None:
    animator, owner = house.tokens.animator(house.ids["animator"]), house.ids["owner"]
    assert await _change(house, f"directory/v1/coordinators/{owner}", {"last_name": cell}) == 200
    cell = cell.strip()
    text = (await house.call("GET", "/api/directory/v1/exports/coordinators.csv", headers=animator)).text
    assert cell in text, "her line is in the export"
    for start in ("", '"'):
        assert f";{start}{cell[0]}{cell[1:4]}" not in text, "a spreadsheet would compute this cell"
    book = await house.call("GET", "/api/directory/v1/exports/coordinators.xlsx", headers=animator)
    sheet = load_workbook(io.BytesIO(book.content)).active
    assert all(each.data_type != "f" for row in sheet.iter_rows() for each in row)


async def test_braces_stay_braces_in_pages_and_mails(house: House) -> None:
    ids = house.ids
    assert await _change(house, f"directory/v1/coordinators/{ids['owner']}", {"last_name": BRACES}) == 200
    assert await _change(house, f"events/v1/seminars/{ids['open_seminar']}", {"title": BRACES}) == 200
    owner = house.tokens.coordinator(ids["owner"])
    await house.done("POST", f"events/v1/seminars/{ids['open_seminar']}/registrations", owner, json={})
    mails = b"\n".join(await _mails_after(house))
    texts = [part.get_content() for part in _parts(mails)]
    page = await Browser.of(house, "owner").get(f"/coordonnateurs/{ids['owner']}")
    for text in (*texts, page.text):
        assert "z" * 9 not in text
    assert "{{ " in page.text


def _parts(raw: bytes) -> list[Any]:
    mail = message_from_bytes(raw, policy=policy.default)
    return [part for part in mail.walk() if part.get_content_maintype() == "text"]


async def test_links_lead_to_the_house_whatever_the_host_header_says(house: House) -> None:
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "javascript"}
    owner = {**house.tokens.coordinator(house.ids["owner"]), **evil}
    path = f"events/v1/seminars/{house.ids['open_seminar']}/registrations"
    answer = await house.call("POST", f"/api/{path}", headers=owner, json={})
    assert answer.status_code == 201
    assert "evil" not in str(answer.headers) + answer.text
    asked = await house.call(
        "POST", "/api/directory/v1/auth/codes", headers=evil, json={"email": "camille@exemple.fr"}
    )
    assert asked.status_code == 202
    assert b"evil.example" not in b"".join(await _mails_after(house))
    for page in ("/", "/connexion", "/annuaire"):
        assert "evil" not in (await house.call("GET", page, headers=evil)).text
