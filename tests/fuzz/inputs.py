"""Everything else that is read from outside, a function each, given random input.

Each entry of `READERS` reads one made-up input and raises AssertionError (or whatever the product raised
unforeseen) when the answer is not one of those it promises.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from types import SimpleNamespace
from typing import Any

from icalendar import Calendar
from maillage.auth import Principal
from maillage.errors import BadRequest, PreconditionFailed, PreconditionRequired
from maillage.events.envelope import Malformed, parse
from maillage.fit import Fit, misfit
from maillage.http.etags import if_match
from maillage.http.idempotency import attempt
from maillage.http.live import parse_number
from maillage.http.paging import BadCursor, _decode, _encode
from maillage.http.problems import language_of
from maillage.ids import new_id
from maillage.mail import Mailbox
from maillage_catalogue.bus import Stored
from maillage_catalogue.masking import masked
from maillage_catalogue.observing import observe
from maillage_events.tickets import new_ticket_code, normalise, qr_svg
from maillage_portal import csrf
from maillage_portal.session import Session, SessionCookies
from maillage_portal.settings import PortalSettings
from pydantic import ValidationError

from tests.contracts.installed import SERVICES
from tests.fuzz.lists import read_list
from tests.fuzz.messages import Author, schemas
from tests.fuzz.outputs import read_exported_list, read_live_stream, read_written_calendar
from tests.fuzz.remote import (
    read_backup,
    read_bearer,
    read_jwks,
    read_mail_server,
    read_provider,
    read_settings,
)
from tests.fuzz.values import NASTY_TEXTS, NASTY_TIMES, Sampler, mutated, nasty

Chance = random.Random
KNOWN = {"coordinator_id": [str(new_id()) for _ in range(3)]}
KEY = ("order", 2)


def text(chance: Chance) -> str:
    """A text: nasty, random, or what somebody's keyboard gives."""
    kind = chance.randrange(4)
    if kind == 0:
        return str(nasty(chance))[:5000]
    if kind == 1:
        return chance.choice((*NASTY_TEXTS, *NASTY_TIMES))[:5000]
    if kind == 2:
        return "".join(
            chr(chance.choice((chance.randrange(128), chance.randrange(0xD800)))) for _ in range(30)
        )
    return "".join(chance.choices("abcXYZ012 -_.,;:=/\\\"'<>", k=chance.randrange(40)))


def altered(value: str, chance: Chance) -> str:
    """A value of ours with a few characters changed, cut or doubled; sometimes another altogether."""
    if chance.random() < 0.3:
        return text(chance)
    place = chance.randrange(len(value) + 1)
    return chance.choice((value[:place], value[:place] + text(chance)[:3] + value[place + 1 :], value * 2))


def read_cursor(chance: Chance) -> None:
    given = [datetime.now(UTC), new_id()]
    cursor = altered(_encode(KEY[0], given), chance)
    try:
        found = _decode(cursor, *KEY)
    except BadCursor:
        return
    assert found == given, "a cursor that was never given is taken"


def read_last_event_id(chance: Chance) -> None:
    given = altered(str(chance.randrange(10**6)), chance)
    number = parse_number(given)
    assert number is None or 0 <= number < 10**18


def read_ticket(chance: Chance) -> None:
    code = new_ticket_code()
    typed = " ".join(chance.choice((code, code.lower(), f"{code[:5]}-{code[5:]}")))
    assert normalise(typed) == code
    normalise(altered(code, chance))
    if chance.random() < 0.02:  # drawing is slow
        assert "svg" in qr_svg(code)


@cache
def _cookies() -> SessionCookies:
    return SessionCookies(PortalSettings(environment="demo", keys_dir=Path(mkdtemp(prefix="fuzz-portal-"))))


def read_session_cookie(chance: Chance) -> None:
    written = _cookies().write(Session(access="a", email="camille@exemple.fr")).split("=", 1)[1].split(";")[0]
    given = altered(written, chance)
    session = _cookies().read({_cookies().name: given})
    assert session is None or given == written, "a cookie that was never written is taken"


def read_form_token(chance: Chance) -> None:
    session = Session()
    given = altered(csrf.token(session), chance)
    csrf._genuine(given, session)
    assert not csrf._genuine(given, Session()), "a token is good in another browser"


def read_envelope(chance: Chance) -> None:
    sent = Author("fr-pac", chance, KNOWN, sorted(schemas())).any()
    headers = dict(sent.headers or ())
    try:
        event = parse(sent.subject, headers, sent.body)
        assert event.time.year >= 1900
    except Malformed:
        pass
    seen = observe(Stored(1, sent.subject, datetime.now(UTC), headers, sent.body), "fr-pac")
    assert "\0" not in f"{seen.type}{seen.source}{seen.schema}"
    assert len(seen.type) <= 200
    seen.type.encode()  # half characters would not be kept


def read_masked(chance: Chance) -> None:
    schema = schemas()[chance.choice(sorted(schemas()))]
    value = mutated(Sampler(chance, KNOWN).body(schema), chance)
    body = json.dumps(value).encode()[: chance.choice((None, None, 40))]
    shown = masked(body, chance.choice((schema, None)), discreet=True)
    assert "Camille Roux" not in json.dumps(shown.data)


@cache
def _models() -> list[tuple[str, type[Any]]]:
    found = {}
    for service in SERVICES.values():
        consumer = service.consumer
        for abroad in (False, True) if consumer else ():
            for kind in consumer.types_abroad if abroad else consumer.types:
                for handler in consumer.handlers(kind, abroad=abroad):
                    found[kind, handler.model] = None
    return sorted(found, key=str)


def read_event_body(chance: Chance) -> None:
    kind, model = chance.choice(_models())
    value = Sampler(chance, KNOWN).body(schemas()[kind])
    for _ in range(chance.randrange(4)):
        value = mutated(value, chance) if isinstance(value, dict | list) else value
    try:
        read = model.model_validate_json(json.dumps(value))
    except ValidationError:
        return
    assert isinstance(read, Fit), f"{model.__name__} keeps what no database takes"
    assert misfit(read.model_dump()) is None


def read_headers(chance: Chance) -> None:
    given = altered(chance.choice(('"12"', 'W/"3"', "fr-FR,en;q=0.5", "key-1")), chance)
    request: Any = SimpleNamespace(headers={"accept-language": given})
    assert language_of(request) in ("fr", "en")
    with suppress(BadRequest):
        attempt(Principal(new_id(), frozenset({"coordinator"}), "fr-pac"), given, "POST", "/x", b"")
    with suppress(StopIteration, BadRequest, PreconditionRequired, PreconditionFailed):
        if_match(given).send(None)


@cache
def _mailbox() -> Mailbox:
    return Mailbox(Path(mkdtemp(prefix="fuzz-mailbox-")))


def read_mail_name(chance: Chance) -> None:
    assert _mailbox().get(altered("../../../etc/passwd", chance)) is None


__all__ = [
    "READERS",
    "altered",
    "calendar_is_sound",
    "read_backup",
    "read_bearer",
    "read_exported_list",
    "read_jwks",
    "read_list",
    "read_live_stream",
    "read_mail_server",
    "read_provider",
    "read_settings",
    "read_written_calendar",
    "text",
]
READERS: dict[str, Callable[[Chance], None]] = {
    name.removeprefix("read_"): value for name, value in list(globals().items()) if name.startswith("read_")
}


def calendar_is_sound(content: bytes) -> None:
    """A calendar file that other programs can read: it parses, and no line is over 75 octets (RFC 5545)."""
    Calendar.from_ical(content)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
