"""A mail is written as described, and no value can become another header."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest
from maillage.mail import Attachment, Mail, PermanentMailError
from maillage.mail.message import build_message
from maillage.testing.clock import TestClock

SENDER = "Maillage <bonjour@maillage.example>"


def mail(**changes: Any) -> Mail:
    values: dict[str, Any] = {"to": "lea@exemple.fr", "subject": "Bienvenue à Giens", "text": "Bonjour Léa"}
    return Mail(**(values | changes))


def written(mail: Mail) -> EmailMessage:
    """The message as a reader gets it."""
    return message_from_bytes(build_message(mail, SENDER).as_bytes(), policy=policy.SMTP)


def test_plain(clock: TestClock) -> None:
    message = written(mail())
    assert message["To"] == "lea@exemple.fr"
    assert message["From"] == SENDER
    assert message["Subject"] == "Bienvenue à Giens"
    assert message["Date"].datetime == clock.now().replace(microsecond=0)
    assert message["Message-ID"].endswith("@maillage.example>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Maillage-About"] is None
    assert message.get_content_type() == "text/plain"
    assert message.get_content().strip() == "Bonjour Léa"


def test_text_html_and_attachment() -> None:
    calendar = Attachment("seminaire.ics", "BEGIN:VCALENDAR\r\né".encode(), "text/calendar; method=REQUEST")
    message = written(mail(html="<p>Bonjour Léa</p>", attachments=(calendar,)))
    assert message.get_body(("plain",)).get_content().strip() == "Bonjour Léa"  # type: ignore[union-attr]
    assert message.get_body(("html",)).get_content().strip() == "<p>Bonjour Léa</p>"  # type: ignore[union-attr]
    (part,) = message.iter_attachments()
    assert part.get_filename() == "seminaire.ics"
    assert part.get_content_type() == "text/calendar"
    assert part.get_param("method") == "REQUEST"
    assert part.get_payload(decode=True) == calendar.content


def test_one_delivery_keeps_its_id_and_says_whom_it_is_about() -> None:
    people = (uuid4(), uuid4())
    message = written(mail(message_id="<d-1@maillage.example>", about=people, headers={"List-Id": "x"}))
    assert message["Message-ID"] == "<d-1@maillage.example>"
    assert message["Maillage-About"].split() == [str(each) for each in people]
    assert message["List-Id"] == "x"


@pytest.mark.parametrize("mark", ["\r\n", "\n", "\r", "\0"])
@pytest.mark.parametrize("place", ["to", "subject", "message_id", "headers"])
def test_no_line_gets_into_a_header(place: str, mark: str) -> None:
    value = f"a{mark}Bcc: thief@exemple.fr"
    with pytest.raises(PermanentMailError):
        build_message(mail(**{place: {"X-A": value} if place == "headers" else value}), SENDER)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "lea",
        "@exemple.fr",
        "lea@",
        "lea@a@b",
        "lea@exemple.fr, thief@exemple.fr",
        "Léa <lea@exemple.fr>",
        "a b@c.fr",
    ],
)
def test_what_is_no_address_is_never_sent(address: str) -> None:
    with pytest.raises(PermanentMailError) as caught:
        build_message(mail(to=address), SENDER)
    assert "exemple" not in str(caught.value)


def test_filenames_cannot_carry_headers_either() -> None:
    odd = Attachment("a\r\nBcc: thief@exemple.fr", b"x", "application/pdf")
    with pytest.raises(PermanentMailError):
        build_message(mail(attachments=(odd,)), SENDER)


@pytest.mark.parametrize("kind", ["", "pdf", "text/", "a/b/c"])
def test_nonsense_media_types(kind: str) -> None:
    with pytest.raises(PermanentMailError):
        build_message(mail(attachments=(Attachment("a", b"x", kind),)), SENDER)


@pytest.mark.parametrize(
    "subject",
    [
        "Vous n’êtes plus sur la liste d’attente\u00a0: Séminaire d’Avignon, à La Badine, été comme hiver",
        "Plain words only",
        "été " * 120 + "fin",
    ],
)
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    raw = build_message(mail(subject=subject), SENDER).as_bytes()
    assert max(map(len, raw.splitlines())) <= 998
    assert message_from_bytes(raw, policy=policy.SMTP)["Subject"] == subject
