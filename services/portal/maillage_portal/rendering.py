"""Jinja environments, one per language, with the functions that every template may use."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from maillage_portal import assets, words
from maillage_portal.formats import Formats
from maillage_portal.i18n import LOCALES, catalogue, typographic
from maillage_portal.settings import PortalSettings


class Renderer:
    """Renders templates. A name that a template uses and nobody gave is an error, not an empty text."""

    def __init__(self, settings: PortalSettings) -> None:
        self._environments = {locale: _environment(locale, settings) for locale in LOCALES}

    def render(self, locale: str, template: str, context: dict[str, Any]) -> str:
        """The text of `template` in `locale`."""
        return self._environments[locale].get_template(template).render(context)


def _environment(locale: str, settings: PortalSettings) -> Environment:
    env = Environment(
        loader=PackageLoader("maillage_portal"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.policies["ext.i18n.trimmed"] = True
    messages = catalogue(locale)
    env.install_gettext_callables(messages.gettext, messages.ngettext, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    env.globals.update(asset=assets.url, icon=icon, settings=settings, locale=locale, f=Formats(locale))
    env.globals.update(
        stances=words.CHALLENGE_STANCES,
        skill_stances=words.SKILL_STANCES,
        levels=words.LEVELS,
        titles=words.TITLES,
        reaches=words.REACHES,
        departments=words.DEPARTMENTS,
    )
    env.filters.update(
        initials=initials,
        tone=tone,
        initials_of_place=initials_of_place,
        lower_first=lower_first,
        capitalize_first=capitalize_first,
        typo=typographic,
        told=messages.gettext,
        person_option=person_option,
    )
    return env


def icon(name: str, extra: str = "") -> Markup:
    """An icon of the sprite; always beside a word, so hidden from screen readers."""
    return Markup(
        '<svg class="icon {}" width="20" height="20" aria-hidden="true"><use href="{}#{}"></use></svg>'
    ).format(extra, assets.url("icons.svg"), name)


def person_option(person: dict[str, Any]) -> tuple[str, str]:
    """A person as a choice of a list, family name first, as organisers look people up."""
    return person["id"], f"{person['last_name'] or '–'} {person['first_name'] or ''}".strip()


def initials(name: str) -> str:
    """`Nadia Benali` -> `NB`; `–` for nobody."""
    parts = [part for part in name.replace("-", " ").split() if part]
    return "".join(part[0].upper() for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)) or "–"


def initials_of_place(name: str) -> str:
    """`CPTS de la Vallée de l'Ubaye` -> `VU`: the capitals of its own name."""
    own = name.removeprefix("CPTS").replace("'", " ").replace("’", " ")
    return "".join(part[0] for part in own.split() if part[0].isupper())[:2] or "C"


def lower_first(text: str) -> str:
    """`Santé mentale` -> `santé mentale`, for a label inside a sentence; acronyms stay."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def capitalize_first(text: str) -> str:
    """`votre compte` -> `Votre compte`, for a label that begins a sentence."""
    return text[:1].upper() + text[1:]


def tone(name: str) -> int:
    """One of four tints, always the same for a name."""
    return sum(map(ord, name)) % 4
