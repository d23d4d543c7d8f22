"""Was each acknowledged request done exactly once, and none that was refused?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.faults.checker.evidence import Evidence, kind_of
from tests.faults.history import REFUSED, Operation


def acknowledged_once(found: Evidence) -> Iterator[str]:
    """What was made stands there once; what was refused does not; what is unknown at most once."""
    for operation in found.history.named("found", "arrive", "open_seminar"):
        yield from _made(found, operation)
    yield from _registered(found)
    for operation in found.history.operations:
        if operation.acknowledged:
            yield from _holds(found, operation)


def _made(found: Evidence, operation: Operation) -> Iterator[str]:
    table, mark = operation.facts["creates"], operation.facts["mark"]
    rows = found.rows(table, **mark)
    if operation.acknowledged:
        made = found.rows(table, id=operation.answer[operation.facts.get("id_at", "id")])
        others = [row for row in rows if row not in made]
        if len(made) != 1 or others:
            yield f"{operation.name} {mark} was acknowledged and is there {len(made) + len(others)} times"
    elif operation.outcome == REFUSED and rows:
        yield f"{operation.name} {mark} was refused ({operation.answer}) and is there"
    elif len(rows) > 1:
        yield f"{operation.name} {mark} is there {len(rows)} times"


def _registered(found: Evidence) -> Iterator[str]:
    """Registrations have no mark of their own: they are counted for each person and seminar."""
    asked: dict[tuple[str, str], Counter[str]] = {}
    acknowledged: set[str] = set()
    # A guest of another region asked there: her own region's history tells of it (see `guests`).
    rows = {
        key: row for key, row in found.by_id("events.registration").items() if not row.get("guest_region")
    }
    for operation in found.history.named("register"):
        pair = (operation.facts["seminar"], operation.facts["person"])
        asked.setdefault(pair, Counter())[operation.outcome] += 1
        if operation.acknowledged:
            acknowledged.add(str(operation.answer["id"]))
            row = rows.get(str(operation.answer["id"]))
            if row is None:
                yield f"registration {operation.answer['id']} was acknowledged and is not there"
            elif str(row["seminar_id"]) != pair[0] or str(row["coordinator_id"]) not in (pair[1], "None"):
                yield f"registration {operation.answer['id']} is not the one that was asked for"
    unasked: Counter[tuple[str, str]] = Counter()
    active: Counter[tuple[str, str]] = Counter()
    for key, row in rows.items():
        pair = (str(row["seminar_id"]), str(row["coordinator_id"]))
        active[pair] += row["status"] != "cancelled" and row["coordinator_id"] is not None
        unasked[pair] += key not in acknowledged and row["coordinator_id"] is not None
    for pair, count in unasked.items():
        if count > asked.get(pair, Counter())["unknown"]:
            yield f"person {pair[1]} has {count} registrations for {pair[0]} that nobody was told of"
    yield from (
        f"person {pair[1]} is registered {count} times" for pair, count in active.items() if count > 1
    )


def _holds(found: Evidence, operation: Operation) -> Iterator[str]:
    facts = operation.facts
    match operation.name:
        case "cancel" if (
            found.rows("events.registration", id=facts["registration"])[0]["status"] != "cancelled"
        ):
            yield f"registration {facts['registration']} was cancelled and is not"
        case "accept" if not facts.get("guest"):  # of a guest her region is answered: see `guests`
            yield from _told_once(found, operation, "events.registration.confirmed.v1", facts["registration"])
        case "mentor_accept":
            yield from _told_once(found, operation, "mentoring.proposal.accepted.v1", facts["proposal"])
        case "mentor_decline":
            yield from _told_once(found, operation, "mentoring.proposal.declined.v1", facts["proposal"])
        case "depart":
            yield from _told_once(found, operation, "directory.position.ended.v1", facts["post"])
        case "publish":
            yield from _told_once(found, operation, "events.seminar.published.v1", facts["seminar"])
        case "offer_help" if facts["person"] not in found.erased:
            if not found.rows("mentoring.mentor_profile", id=facts["person"]):
                yield f"the offer of {facts['person']} was acknowledged and is not there"
        case "erase":
            yield from _erased(found, facts["person"])


def _told_once(found: Evidence, operation: Operation, kind: str, entity: str) -> Iterator[str]:
    entries = [row for row in found.journal(kind.split(".")[0]) if kind_of(row) == kind]
    count = sum(str(row["entity_id"]) == str(entity) for row in entries)
    if count != 1:
        yield f"{operation.name} of {entity} was acknowledged; {kind} stands in the journal {count} times"


def _erased(found: Evidence, person: str) -> Iterator[str]:
    receipts = found.rows("directory.erasure", coordinator_id=person)
    if [row["status"] for row in receipts] != ["complete"]:
        yield f"the erasure of {person} was acknowledged; its receipts: {[row['status'] for row in receipts]}"


def last_names_stand(found: Evidence) -> Iterator[str]:
    """A profile says what it was last acknowledged to say, or what a later request of unknown end said."""
    wanted: dict[str, list[Operation]] = {}
    for operation in found.history.named("rename"):
        wanted.setdefault(operation.facts["person"], []).append(operation)
    people = found.by_id("directory.coordinator")
    for person, operations in wanted.items():
        if person in found.erased or person not in people:
            continue
        allowed: set[str] = set()
        for operation in operations:
            if operation.acknowledged:
                allowed = {operation.facts["first_name"]}
            elif operation.unknown:
                allowed.add(operation.facts["first_name"])
        if allowed and people[person]["first_name"] not in allowed:
            if not any(each.acknowledged for each in operations):
                continue
            yield f"{person} is called {people[person]['first_name']}, not one of {sorted(allowed)}"


def nothing_crashed(found: Evidence) -> Iterator[str]:
    """Whatever is broken around it, a service foresees it: 503, never 500."""
    for operation in found.history.operations:
        for crash in operation.crashes:
            yield f"{operation.name} {operation.number} was answered 500: {crash}"
    yield from (f"a request crashed: {each}" for each in found.crashes)


def traces_are_gone(found: Evidence) -> Iterator[str]:
    """No name and no address of an erased person is anywhere any more."""
    words: dict[str, bytes] = {}
    for operation in found.history.named("arrive"):
        if operation.acknowledged and str(operation.answer["coordinator_id"]) in found.erased:
            words[str(operation.answer["coordinator_id"])] = str(operation.facts["mark"]["email"]).encode()
    for person, word in words.items():
        places = [f"the stream at {each.place}" for each in found.stream if word in each.body]
        places += [f"mail {name}" for name, text in found.mails.items() if word in text]
        places += [f"dead letter {each.number}" for each in found.letters if word in each.data]
        places += [
            table for table, rows in found.tables.items() if any(word.decode() in str(row) for row in rows)
        ]
        yield from (f"{person} is erased and her address is in {place}" for place in places)
