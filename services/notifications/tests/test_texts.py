"""Every topic reads well in both languages, whatever its parameters; nothing people typed can shape it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import product
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from maillage.ids import new_id
from maillage.testing.clock import TestClock
from maillage_notifications.model import EMAIL, Cpts, Message, Person, Seminar
from maillage_notifications.rendering import catalogue, formats, markup
from maillage_notifications.rendering.facts import Facts
from maillage_notifications.rendering.inbox import show
from maillage_notifications.rendering.mail import Envelope, compose
from maillage_notifications.topics import TOPICS

ME, OTHER, CPTS, SEMINAR = new_id(), new_id(), new_id(), new_id()
WORKSHOP = str(new_id())
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)

# For each parameter the values it can have; every combination is rendered.
PEOPLE = {"mentor_id": [str(OTHER)], "mentee_id": [str(OTHER)]}
POST = {"cpts_id": [str(CPTS)]}
SEAT = {
    "seminar_id": [str(SEMINAR), str(new_id())],
    "registration_id": [str(new_id())],
    "workshop_ids": [[], [WORKSHOP]],
    "waitlisted_workshop_ids": [[], [WORKSHOP]],
}
GUEST = {
    "seminar_id": [str(SEMINAR), str(new_id())],
    "registration_id": [str(new_id())],
    "host_region": ["fr-occ", "de-by"],
    "position": [None],
    "reason": [""],
    "in_calendar": [True, False],
}
SAMPLES: dict[str, dict[str, list[Any]]] = {
    "welcome": {**POST, "started_on": ["2026-03-02"], "first_post": [True, False]},
    "arrival": {**POST, "started_on": ["2026-03-02"], "person_id": [str(OTHER)]},
    "departure": {**POST, "ended_on": ["2027-01-01"], "person_id": [str(OTHER)], "vacant": [True, False]},
    "position-ended": {**POST, "ended_on": ["2026-03-31"]},
    "proposal-made": {
        **PEOPLE,
        "reasons": [[], ["experience", "new"]],
        "against": [[], ["far"]],
        "rank": [1],
    },
    "proposal-sent": {**PEOPLE, "reasons": [[]], "against": [[]], "rank": [1]},
    "proposal-nudge": PEOPLE,
    "proposal-accepted": PEOPLE,
    "proposal-declined": {**PEOPLE, "outcome": ["declined", "expired"]},
    "proposal-lapsed": {**PEOPLE, "outcome": ["expired"]},
    "proposal-withdrawn": {**PEOPLE, "because": ["mentee-chose", "mentor-left", "of-next-year"]},
    "mentor-not-found": {"reason": ["no-mentor", "all-asked", ""]},
    "mentor-needed": {"mentee_id": [str(OTHER)], "reason": ["no-mentor", ""]},
    "mentorship-started": {**PEOPLE, "as": ["mentor", "mentee"]},
    "mentorship-ended": {
        **PEOPLE,
        "as": ["mentor", "mentee"],
        "reason": ["completed", "position-ended", "no-fault", "erased"],
        "handover": [True, False],
    },
    "pathway-step": {"step": ["mentor", "of-next-year"], "done": [1, 3], "total": [9]},
    "pathway-completed": {},
    "seminar-suggested": {"seminar_id": SEAT["seminar_id"], "reasons": [[], ["newcomer", "next-seminar"]]},
    "registration-confirmed": {**SEAT, "promoted": [True, False]},
    "registration-waitlisted": {**SEAT, "position": [1, 3]},
    "registration-offered": {**SEAT, "workshop_id": [None, WORKSHOP]},
    "registration-updated": SEAT,
    "registration-cancelled": {
        **SEAT,
        "was": ["confirmed", "waitlisted", "offered"],
        "reason": ["self", "animator", "offer-expired", "offer-declined", "position-ended", "of-next-year"],
    },
    "seminar-updated": {**SEAT, "changes": [["starts_at", "venue"], ["workshops"], ["of-next-year"]]},
    "seminar-cancelled": SEAT,
    "guest-confirmed": GUEST,
    "guest-waitlisted": {**GUEST, "position": [1, 3, None]},
    "guest-offered": GUEST,
    "guest-refused": {**GUEST, "reason": ["registration-closed", "unknown-seminar", "of-next-year"]},
    "guest-updated": GUEST,
    "guest-cancelled": {**GUEST, "reason": ["self", "seminar-cancelled", "offer-expired", ""]},
    "attendance-recorded": SEAT,
    "message-failed": {"failed_topic": ["welcome"], "reason": ["smtp-550"]},
}


def combinations(topic: str) -> list[dict[str, Any]]:
    names = SAMPLES[topic]
    return [dict(zip(names, values, strict=True)) for values in product(*names.values())]


def facts(*, name: str = "Nadia", title: str = "Séminaire d’Avignon", known: bool = True) -> Facts:
    """What the service would have read from its database."""
    found = Facts()
    if known:
        found._people = {
            each: Person(id=each, first_name=first, last_name="Benali", status="active")
            for each, first in ((OTHER, name), (ME, "Camille"))
        }
        found._cpts = {CPTS: "CPTS du Verdon"}
        found._seminars = {SEMINAR: seminar(title)}
    return found


def seminar(title: str) -> Any:
    from maillage_notifications.rendering.facts import _view

    hour = {"starts_at": "2026-04-01T08:00:00Z", "ends_at": "2026-04-01T09:30:00Z", "room": "Levant"}
    return _view(
        Seminar(
            id=SEMINAR, title=title, starts_at=NOW + timedelta(days=30), ends_at=NOW + timedelta(days=31),
            time_zone="Europe/Paris", format="onsite", venue="La Badine", city="Hyères",
            workshops={WORKSHOP: {"title": title, **hour}}, status="published",
        )
    )  # fmt: skip


def message(topic: str, params: dict[str, Any]) -> Message:
    return Message(
        id=new_id(),
        recipient_id=ME,
        topic=topic,
        channel=EMAIL,
        params=params,
        due_at=NOW + timedelta(days=2),
    )


def envelope(**changes: Any) -> Envelope:
    given = {
        "to": "camille@exemple.fr",
        "sender": "Maillage <bonjour@maillage.example>",
        "public_url": "https://maillage.example",
        "region": "fr-pac",
        "organizer": "seminaires@maillage.example",
    }
    return Envelope(**{**given, **changes})


def test_every_topic_has_samples_and_both_languages_the_same_words(clock: TestClock) -> None:
    assert set(SAMPLES) == set(TOPICS)
    folders = {lang: files("maillage_notifications") / "texts" / lang for lang in formats.LANGUAGES}
    names = {lang: {path.name for path in folder.iterdir()} for lang, folder in folders.items()}
    assert names["fr"] == names["en"]
    assert {f"{topic}.j2" for topic in TOPICS} == {name for name in names["fr"] if not name.startswith("_")}
    for name in names["fr"]:
        blocks = [
            set(catalogue.template(name.removesuffix(".j2"), lang).blocks) for lang in formats.LANGUAGES
        ]
        assert blocks[0] == blocks[1], name
    for topic in TOPICS.values():
        assert {"title", "body", "action", "label"} <= set(catalogue.template(topic.slug, "fr").blocks)
        mandatory = topic.in_app == "mandatory" or topic.email == "mandatory"
        assert catalogue.has(topic.slug, "fr", "locked") == mandatory, topic.slug


@pytest.mark.parametrize("lang", formats.LANGUAGES)
@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_topic_reads_well_with_any_parameters(topic: str, lang: Any, clock: TestClock) -> None:
    for params in combinations(topic):
        for known in (True, False):
            one, about = message(topic, params), facts(known=known)
            shown = show(one, about, lang)
            mail = compose(one, about, lang, envelope())
            assert shown.title
            assert shown.body, "an inbox entry that could not be rendered has none"
            assert shown.action
            assert mail.subject[0].isupper()
            assert "\n" not in mail.subject
            for text in (shown.title, shown.body, shown.action, mail.subject, mail.text, mail.html or ""):
                expect_good_typography(text, lang)


def expect_good_typography(text: str, lang: str) -> None:
    for stray in ("None", "Undefined", "{{", "{%", "la une ", "de une ", "..", " ,", "( "):
        assert stray not in text, (stray, text)
    words = re.sub(r"<style.*?</style>|<[^>]*>|https?://\S+", "", text, flags=re.DOTALL)
    assert "'" not in words, words
    if lang == "fr":
        assert not re.search(r"[^\s\d][?!;:»](?=\s|$)", words), words
        assert not re.search(r" [:;?!»]|« ", words), words


def test_what_people_typed_can_shape_neither_the_text_nor_the_html(clock: TestClock) -> None:
    params = {"mentor_id": str(OTHER), "mentee_id": str(OTHER), "reasons": [], "against": [], "rank": 1}
    name = "<img src=x>\n\n- Nadia\r\nBcc: x@exemple.fr {{ me }}"
    mail = compose(message("proposal-made", params), facts(name=name), "fr", envelope())
    assert mail.html is not None
    assert "<img" not in mail.html
    assert "&lt;img src=x&gt; - Nadia Bcc: x@exemple.fr {{ me }}" in mail.html
    assert "\n" not in mail.subject
    assert "\n- Nadia" not in mail.text


def test_the_mail_fetches_nothing_and_carries_its_text_twice(clock: TestClock) -> None:
    params = combinations("registration-confirmed")[-1] | {"seminar_id": str(SEMINAR)}
    mail = compose(message("registration-confirmed", params), facts(), "fr", envelope())
    assert mail.html is not None
    assert not re.search(r"<(img|script|link|iframe)|url\(|@import", mail.html)
    for fact in ("Hyères", "Camille", "https://maillage.example/inscriptions/"):
        assert fact in mail.text
        assert fact in mail.html
    assert mail.html.count("lang=") == 1


def test_only_what_may_be_refused_offers_to_refuse_it(clock: TestClock) -> None:
    mandatory = compose(message("pathway-completed", {}), facts(), "fr", envelope())
    assert "List-Unsubscribe" not in mandatory.headers
    link = "https://maillage.example/api/notifications/v1/unsubscribe/x"
    mail = compose(message("pathway-completed", {}), facts(), "fr", envelope(unsubscribe=link))
    assert mail.headers["List-Unsubscribe"] == f"<{link}>"
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.text


PARIS, REUNION = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion")


@pytest.mark.parametrize(
    ("instant", "lang", "zone", "read"),
    [
        ("2026-01-23T08:00:00Z", "fr", PARIS, "vendredi 23 janvier, 9 h"),
        ("2026-01-23T08:30:00Z", "fr", PARIS, "vendredi 23 janvier, 9 h 30"),
        ("2026-01-23T08:05:00Z", "fr", REUNION, "vendredi 23 janvier, 12 h 05"),
        ("2026-06-30T22:30:00Z", "fr", PARIS, "mercredi 1er juillet, 0 h 30"),
        ("2027-01-22T23:30:00Z", "fr", PARIS, "samedi 23 janvier 2027, 0 h 30"),
        ("2026-01-23T08:00:00Z", "en", PARIS, "Friday 23 January, 9:00"),
    ],
)
def test_moments_read_as_people_say_them(
    instant: str, lang: Any, zone: ZoneInfo, read: str, clock: TestClock
) -> None:
    said = formats.moment(datetime.fromisoformat(instant), lang, zone)
    assert said.replace(formats.NBSP, " ") == read


def test_spans_lists_and_ordinals(clock: TestClock) -> None:
    start = datetime(2026, 7, 1, 7, tzinfo=UTC)
    two_days = formats.span(start, start + timedelta(days=1, hours=7), "fr", PARIS)
    assert two_days.replace(formats.NBSP, " ") == "du mercredi 1er juillet, 9 h, au jeudi 2 juillet, 16 h"
    assert formats.listed(["a", "b", "c"], "fr") == "a, b et c"
    assert [formats.ordinal(n, "fr", feminine=True) for n in (1, 2)] == ["1re", "2e"]
    assert [formats.ordinal(n, "en") for n in (1, 2, 3, 11, 22)] == ["1st", "2nd", "3rd", "11th", "22nd"]
    assert [formats.de(name) for name in ("Élodie", "Nadia", "Yasmine")] == [
        "d’Élodie",
        "de Nadia",
        "de Yasmine",
    ]
    assert formats.day(date(2026, 3, 1), "fr") == "dimanche 1er\u00a0mars"


def test_blocks_of_a_text() -> None:
    blocks = markup.parse("One\nline.\n\n- a\n- b\n\nWhen | now\nWhere | here | there\n\n\n")
    assert [block.kind for block in blocks] == ["paragraph", "list", "facts"]
    assert blocks[0].lines == ("One line.",)
    assert blocks[2].facts == (("When", "now"), ("Where", "here | there"))


def test_an_unreadable_message_does_not_take_the_inbox_with_it(clock: TestClock) -> None:
    shown = show(message("pathway-step", {}), facts(), "fr")
    assert (shown.title, shown.body) == ("Étapes de mon parcours", "")


def test_cpts_and_people_not_known_yet_have_neutral_words() -> None:
    nobody, somewhere = facts(known=False), Cpts(id=CPTS, name="x")
    assert str(nobody.somebody(UUID(int=1), "fr")) == "une personne du réseau"
    assert nobody.cpts(somewhere.id, "fr") == "une CPTS de la région"
