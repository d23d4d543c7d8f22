"""API keys of invented programs, as the directory would tell them."""

from typing import Any

from fake_data import CLAIRE
from fake_directory import DIRECTORY
from fake_house import FakeHouse

KEY: dict[str, Any] = {
    "id": "0198c5a0-0000-7000-8000-00000000c1e5",
    "name": "Agenda du site régional",
    "scopes": ["directory:read", "kitchen:read"],
    "status": "active",
    "created_at": "2026-11-01T08:00:00Z",
    "created_by": CLAIRE,
    "expires_at": "2027-11-01T08:00:00Z",
    "revoked_at": None,
    "last_used_at": "2026-11-22T09:30:00Z",
    "secrets": [
        {"hint": "k3Qz", "created_at": "2026-11-20T08:00:00Z", "ends_at": None, "last_used_at": None},
        {
            "hint": "81xA",
            "created_at": "2026-11-01T08:00:00Z",
            "ends_at": "2026-11-23T08:00:00Z",
            "last_used_at": "2026-11-22T09:30:00Z",
        },
    ],
    "version": 3,
}
REVOKED = {
    **KEY,
    "id": "0198c5a0-0000-7000-8000-00000000c1e6",
    "name": "Ancienne badgeuse",
    "status": "revoked",
    "revoked_at": "2026-11-10T08:00:00Z",
}


def know_keys(house: FakeHouse) -> None:
    """Makes the house answer for a key in service and one that is over."""
    house.answers[f"{DIRECTORY}/api-keys"] = {"items": [KEY, REVOKED], "next": None}
    house.answers[f"{DIRECTORY}/api-keys/{KEY['id']}"] = KEY
    house.answers[f"{DIRECTORY}/api-scopes"] = {"items": ["directory:read", "events:write"]}
