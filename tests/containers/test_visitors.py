"""Signing in: the code comes by the demo's mail server, and who calls is known by its true address.

Last of all files: afterwards this machine has asked for all the codes it may.
"""

from __future__ import annotations

import httpx

from tests.containers.composition import Composition
from tests.journeys.house import eventually

CODES_PER_ADDRESS = 30


def ask_for_a_code(composition: Composition, email: str, **headers: str) -> int:
    path = f"{composition.url}/api/directory/v1/auth/codes"
    return httpx.post(path, json={"email": email}, headers=headers, timeout=60).status_code


def test_a_code_comes_by_mail_and_stays_in_the_local_mailbox(composition: Composition) -> None:
    person = composition.house.person("Solène", "Courrier")
    assert ask_for_a_code(composition, person["email"]) == 202

    def mailed() -> bool:
        found = composition.house.anonymous.get("notifications/v1/mailbox?limit=50")["items"]
        return any(mail["to"] == person["email"] and "code" in mail["subject"] for mail in found)

    assert eventually(mailed, "the code in the mailbox")


def test_what_a_caller_says_about_its_address_is_not_believed(composition: Composition) -> None:
    statuses = [
        ask_for_a_code(composition, f"inconnue{n}@exemple.fr", **{"X-Forwarded-For": f"198.51.100.{n}"})
        for n in range(CODES_PER_ADDRESS + 1)
    ]
    assert 429 in statuses, "one caller under many names is still one"
