"""Small readings of the directory's resources that several pages need."""

from typing import Any

Json = dict[str, Any]


def name_of(person: Json | None) -> str | None:
    """`Nadia Benali`; None when the visitor may not see the name."""
    if not person or not person.get("last_name"):
        return None
    return f"{person.get('first_name') or ''} {person['last_name']}".strip()


def present_positions(profile: Json) -> list[Json]:
    """The posts she holds today."""
    return [position for position in profile.get("positions") or [] if not position.get("ended_on")]


def main_position(profile: Json) -> Json | None:
    """Her present post, the longest held first; None between two posts."""
    held = sorted(present_positions(profile), key=lambda position: str(position["started_on"]))
    return held[0] if held else None


def stance_on(profile: Json, challenge: str | None) -> Json | None:
    """What she says about one challenge."""
    return next((item for item in profile.get("challenges") or [] if item["challenge"] == challenge), None)
