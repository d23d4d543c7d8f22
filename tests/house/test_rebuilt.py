"""A service whose database is deleted rebuilds its projections from the stream, and nobody is told twice."""

from __future__ import annotations

from tests.journeys.house import House, eventually
from tests.journeys.test_arrival import a_mentor, a_newcomer, pending_proposal
from tests.support.embedded import Embedded


def mails(embedded: Embedded) -> set[str]:
    return {path.name for path in (embedded.data / "mailbox").rglob("*.eml")}


def mails_to(embedded: Embedded, address: str) -> set[str]:
    """Only a whole mail has its name: nothing half-written is read."""
    sought = address.encode()
    return {each for each in mails(embedded) if sought in (embedded.data / "mailbox" / each).read_bytes()}


def lose_database(embedded: Embedded, service: str) -> None:
    assert embedded.stop() == 0
    lost = list(embedded.data.rglob(f"{service}.db*"))
    assert lost
    for path in lost:
        path.unlink()
    embedded.start()


def welcomed(house: House, mentor_name: str) -> dict[str, str]:
    a_mentor(house, mentor_name)
    newcomer, _, _ = a_newcomer(house, "Perle")
    eventually(lambda: pending_proposal(house, newcomer["id"]), "a proposal")
    eventually(lambda: house.inbox(house.as_person(newcomer["id"]), "welcome"), "a welcome")
    return newcomer


def test_lost_notifications_are_rebuilt_and_send_nothing_twice(embedded: Embedded) -> None:
    house = embedded.house()
    newcomer = welcomed(house, "Victoire")
    eventually(lambda: mails_to(embedded, newcomer["email"]), "she is welcomed by mail")
    assert embedded.stop() == 0  # mails leave in their own time: what was sent is known once nothing runs
    before, hers = mails(embedded), mails_to(embedded, newcomer["email"])
    lose_database(embedded, "notifications")
    house = embedded.house()
    another, _, _ = a_newcomer(house, "Reine")
    eventually(lambda: house.inbox(house.as_person(another["id"]), "welcome"), "she is welcomed by name")
    eventually(lambda: mails(embedded) - before, "news after the loss is mailed")
    eventually(lambda: mails_to(embedded, another["email"]), "the next one is welcomed by mail")
    assert mails_to(embedded, newcomer["email"]) == hers, "the old welcome is not sent again"


def test_lost_mentoring_knows_the_network_again(embedded: Embedded) -> None:
    house = embedded.house()
    newcomer = welcomed(house, "Wanda")
    lose_database(embedded, "mentoring")
    house = embedded.house()
    me = house.as_person(newcomer["id"])
    eventually(lambda: me.client.get("/api/mentoring/v1/mentors").status_code == 200, "mentoring answers")
    request = me.post("mentoring/v1/requests", {"skills": ["aci-conventionnement"], "challenges": []})
    assert request["mentee_id"] == newcomer["id"]
