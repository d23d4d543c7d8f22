"""Who may see the name of whom: the reach each person has chosen, as the directory tells it."""

from __future__ import annotations

from maillage.auth import Principal
from maillage.auth.principal import SERVICE

from maillage_events.model import Person


def narrowest_visible(viewer: Principal | None, region: str) -> str:
    """The narrowest reach that still includes this viewer in `region`; wider ones do as well."""
    if viewer is None:
        return "public"
    if viewer.region != region:
        return "national"
    if viewer.is_animator:
        return "self"
    return "region" if SERVICE in viewer.roles else "collective"


def may_see_name(viewer: Principal | None, region: str, person: Person | None) -> bool:
    """Whether the name of `person` may be shown; oneself always, the erased and the unknown never."""
    if person is None or person.last_name is None:
        return False
    own = viewer is not None and viewer.id == person.id
    return own or person.name_reaches(narrowest_visible(viewer, region))
