"""Every French message has its English one, and French comes out with its typography."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import maillage_portal
import pytest
from babel.messages.extract import extract
from maillage_portal.formats import Formats
from maillage_portal.i18n import catalogue, choose, typographic

PACKAGE = Path(maillage_portal.__file__).parent
KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2), "n_": (1, 2)}


def _messages() -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("templates/**/*.html")]):
        method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
        options = (
            {}
            if path.suffix == ".py"
            else {"trimmed": "true", "extensions": "jinja2.ext.do", "silent": "false"}
        )
        with path.open("rb") as file:
            for _, message, _, _ in extract(method, file, keywords=KEYWORDS, options=options):
                if isinstance(message, str) or (message and message[0]):
                    yield path.name, message


def test_every_message_is_translated() -> None:
    english = catalogue("en")
    missing = sorted(
        {
            f"{where}: {message}"
            for where, message in _messages()
            if (message if isinstance(message, str) else message[0]) not in english.known
        }
    )
    assert not missing, "\n".join(missing)


def test_translations_keep_the_placeholders() -> None:
    for source, targets in catalogue("en").known.items():
        for target in targets:
            for piece in ("%(", "<strong>", "<mark"):
                assert (piece in source) >= (piece in target), (source, target)


@pytest.mark.parametrize(
    ("plain", "typeset"),
    [
        ("Qui a déjà vécu ça ?", "Qui a déjà vécu ça\u00a0?"),
        ("l'aide : « oui »", "l’aide\u00a0: «\u00a0oui\u00a0»"),
        ("https://exemple.fr/a?b=c", "https://exemple.fr/a?b=c"),
    ],
)
def test_french_typography(plain: str, typeset: str) -> None:
    assert typographic(plain) == typeset


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        (None, "", "fr"),
        (None, "de, en-GB;q=0.8, fr;q=0.5", "en"),
        ("fr", "en", "fr"),
        ("xx", "en", "en"),
        (None, "de", "fr"),
    ],
)
def test_language_of_a_visit(cookie: str | None, accepted: str, language: str) -> None:
    assert choose(cookie, accepted) == language


def test_numbers_decide_the_form_of_a_word() -> None:
    singular, plural = "%(num)s personne", "%(num)s personnes"
    assert catalogue("fr").ngettext(singular, plural, 0) == singular
    assert catalogue("en").ngettext(singular, plural, 0) == "%(num)s people"
    assert catalogue("en").ngettext(singular, plural, 1) == "%(num)s person"


@pytest.mark.usefixtures("clock")  # the year is told when it is not the present one
def test_dates_as_people_say_them() -> None:
    french, english = Formats("fr"), Formats("en")
    assert french.span("2027-01-23T08:00:00Z", "2027-01-24T16:00:00Z") == "23 et 24 janvier 2027"
    assert french.span("2027-01-30T08:00:00Z", "2027-02-01T16:00:00Z") == "du 30 janvier au 1er février 2027"
    assert english.span("2027-01-23T08:00:00Z", "2027-01-24T16:00:00Z") == "23 and 24 January 2027"
    assert french.time("2027-01-23T08:30:00Z") == "9\u00a0h\u00a030"
    assert french.time("2027-07-23T22:00:00Z") == "0\u00a0h"
    assert french.datetime("2027-07-23T22:00:00Z") == "samedi 24 juillet 2027, 0\u00a0h"
    assert french.number(48376) == "48\u202f376"


def test_an_operator_reads_the_second() -> None:
    assert Formats("fr").exact("2031-01-23T08:00:04Z") == "23 janvier 2031, 09:00:04"


def test_nobody_is_left_out_of_the_animation_team() -> None:
    """« L’équipe d’animation », which has women in it too, instead of a bare « animateur »."""
    bare = re.compile(r"\banimateurs?\b(?!·)", re.IGNORECASE)
    assert [words for _, words in _messages() if bare.search(str(words))] == []


@pytest.mark.usefixtures("clock")  # the year is told when it is not the present one
@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "Europe", "x" * 300])
def test_a_time_zone_nobody_has_heard_of_is_ours(zone: str) -> None:
    assert Formats("fr").datetime("2027-01-23T08:00:00Z", zone) == "samedi 23 janvier 2027, 9\u00a0h"
