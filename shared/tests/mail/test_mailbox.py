"""The local mailbox keeps whole mails, gives them back, and leaves nothing of an erased person."""

import os
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from maillage.mail import Attachment, Mail, Mailbox, Mailer, TemporaryMailError
from maillage.settings import ServiceSettings
from maillage.testing.clock import TestClock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mailbox"


@pytest.fixture
def mailer(folder: Path) -> Mailer:
    return Mailer(ServiceSettings(mail_transport="mailbox", mailbox_dir=folder))


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def send(mailer: Mailer, to: str = "lea@exemple.fr", about: tuple[UUID, ...] = (), **more: Any) -> None:
    await mailer.send(Mail(to=to, subject="Bienvenue à Giens", text="Bonjour Léa", about=about, **more))


async def test_read_back(mailer: Mailer, folder: Path, clock: TestClock) -> None:
    person = uuid4()
    file = Attachment("é.ics", b"BEGIN:VCALENDAR", "text/calendar; method=REQUEST")
    await send(mailer, about=(person,), html="<p>Bonjour</p>", attachments=(file,))
    (mail,) = Mailbox(folder).list()
    assert (mail.to, mail.subject, mail.text.strip()) == (
        "lea@exemple.fr",
        "Bienvenue à Giens",
        "Bonjour Léa",
    )
    assert (mail.html or "").strip() == "<p>Bonjour</p>"
    assert mail.about == {person}
    assert mail.sent_at == clock.now().replace(microsecond=0)
    (attachment,) = mail.attachments
    assert (attachment.filename, attachment.media_type) == ("é.ics", "text/calendar")
    assert attachment.content == b"BEGIN:VCALENDAR"
    assert Mailbox(folder).get(mail.name) == mail


async def test_newest_first(mailer: Mailer, folder: Path) -> None:
    for number in range(3):
        await mailer.send(Mail(to="a@exemple.fr", subject=str(number), text=""))
    assert [mail.subject for mail in Mailbox(folder).list()] == ["2", "1", "0"]


def test_an_empty_mailbox(folder: Path) -> None:
    mailbox = Mailbox(folder)
    assert mailbox.list() == []
    assert mailbox.get("x.eml") is None
    assert mailbox.erase([uuid4()], ["a@exemple.fr"]) == 0


@pytest.mark.parametrize(
    "name", ["../secret.eml", "/etc/passwd", "", ".", "a/b.eml", "..", "x.txt", "x\0.eml"]
)
async def test_no_name_leads_out_of_the_mailbox(mailer: Mailer, folder: Path, name: str) -> None:
    await send(mailer)
    (folder.parent / "secret.eml").write_text("To: a@exemple.fr\n\nsecret")
    (folder / "x.txt").write_text("To: a@exemple.fr\n\nsecret")
    assert Mailbox(folder).get(name) is None


async def test_erased_by_id_and_by_address(mailer: Mailer, folder: Path) -> None:
    person, other = uuid4(), uuid4()
    await send(mailer, "lea@exemple.fr")
    await send(mailer, "other@exemple.fr", about=(other, person))
    await send(mailer, "other@exemple.fr", about=(other,))
    assert Mailbox(folder).erase([person], ["LEA@exemple.fr"]) == 2
    assert [mail.about for mail in Mailbox(folder).list()] == [{other}]


async def test_many_are_erased_by_one_look_at_the_head_of_each_mail(
    mailer: Mailer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of each mail for each person: minutes on a machine that has other things to do."""
    persons, other = [uuid4() for _ in range(5)], uuid4()
    for person in (*persons, other):
        await send(mailer, about=(person,))
    looks, open_file = Counter[str](), Path.open

    def looked_at(path: Path, mode: str = "r", *more: Any) -> Any:
        looks[path.name] += mode == "rb"
        return open_file(path, mode, *more)

    with monkeypatch.context() as during:
        during.setattr(Path, "open", looked_at)
        during.setattr("maillage.mail.mailbox.message_from_bytes", None)  # which would read it all
        assert Mailbox(folder).erase(persons) == 5
    assert sorted(looks.values()) == [1] * 6
    assert [mail.about for mail in Mailbox(folder).list()] == [{other}]


async def test_a_mail_that_vanishes_meanwhile_is_no_error(
    mailer: Mailer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(mailer)
    mailbox = Mailbox(folder)
    paths = [*files(folder), folder / "gone.eml"]
    monkeypatch.setattr(mailbox, "_paths", lambda: paths)
    assert len(mailbox.list()) == 1
    assert mailbox.erase((), ["lea@exemple.fr"]) == 1


async def test_a_mail_whose_bytes_are_gone_and_whose_name_is_not_yet_is_no_mail(
    mailer: Mailer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Directory and notifications tidy the same folder, and people look into it meanwhile."""
    await send(mailer)
    await send(mailer, to="zoe@exemple.fr")
    mailbox, seen = Mailbox(folder), list[list[str]]()
    unlink = Path.unlink

    def looked_at(path: Path, missing_ok: bool = False) -> None:
        seen.append([mail.to for mail in mailbox.list()])
        assert mailbox.get(path.name) is None
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", looked_at)
    assert mailbox.erase((), ["lea@exemple.fr"]) == 1
    assert seen == [["zoe@exemple.fr"]]


async def test_what_a_crash_left_is_no_mail_and_is_erased_too(mailer: Mailer, folder: Path) -> None:
    person = uuid4()
    await send(mailer, about=(person,))
    left, being_written = folder / "left.part", folder / "now.part"
    for path in (left, being_written):
        path.write_text("To: lea@exemple.fr")
    os.utime(left, (0, 0))
    mailbox = Mailbox(folder)
    assert len(mailbox.list()) == 1
    assert mailbox.erase([person], ["lea@exemple.fr"]) == 1
    assert files(folder) == [being_written]


async def test_erased_bytes_are_overwritten(mailer: Mailer, folder: Path) -> None:
    person = uuid4()
    await send(mailer, about=(person,))
    (path,) = files(folder)
    with path.open("rb") as still_open:
        Mailbox(folder).erase([person])
        assert set(still_open.read()) == {0}


async def test_whole_or_not_at_all(mailer: Mailer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(TemporaryMailError):
        await send(mailer)
    assert files(folder) == []


async def test_a_mail_sent_twice_with_its_own_id_is_one_file(mailer: Mailer, folder: Path) -> None:
    delivery = uuid4()
    for _ in range(2):
        await send(mailer, message_id=f"<{delivery}@maillage.example>")
    assert [mail.name for mail in Mailbox(folder).list()] == [f"{delivery}.eml"]


async def test_what_a_crash_left_half_written_is_erased_too(mailer: Mailer, folder: Path) -> None:
    await send(mailer)
    writing, abandoned = folder / "now.part", folder / "old.part"
    for path in (writing, abandoned):
        path.write_bytes("À : Léa".encode())
    os.utime(abandoned, (0, 0))
    Mailbox(folder).erase([uuid4()])
    assert writing.exists()
    assert not abandoned.exists()
