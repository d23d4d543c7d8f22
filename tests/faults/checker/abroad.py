"""What one region shows of another: cards, seminars, nothing of the erased, each event met once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.faults.checker.both import Both
from tests.faults.checker.evidence import Evidence, Row, kind_of

WIDE = ("national", "public")
SHOWN = "shown"


def cards_agree(found: Both) -> Iterator[str]:
    """The other region shows of each person what she shares now, and nothing she does not."""
    for home, away in found.ways():
        cards, names = away.by_id("directory.neighbour"), away.by_id("events.person")
        people = home.by_id("directory.coordinator")
        for key, person in people.items():
            for what, shown in (("card", cards.get(key)), ("guest's name", names.get(key))):
                wanted = _shared(home, person, what)
                if (there := _as_shown(shown, what)) != wanted:
                    yield f"{away.region} has as {what} of {key} {there}, she shares {wanted}"
        for key, card in cards.items():
            if key not in people and card["region"] == home.region:
                yield f"{away.region} has a card of {key}, of whom {home.region} knows nothing"
        yield from _last_reach(home, people)


def _shared(home: Evidence, person: Row, what: str) -> dict[str, Any]:
    """What of a person leaves her region, by what she has said last."""
    if person["status"] != "active":
        return {}
    reach = {field: person[f"reach_{field}"] for field in ("name", "challenges", "skills")}
    card: dict[str, Any] = {}
    if reach["name"] in WIDE:
        card["name"] = (person["first_name"], person["last_name"], reach["name"])
    if what != "card":
        return card
    for field, named in (("challenges", "challenge"), ("skills", "skill")):
        rows = home.rows(f"directory.coordinator_{field[:-1]}", coordinator_id=person["id"])
        if reach[field] in WIDE and rows:
            card[field] = (sorted(str(row[named]) for row in rows), reach[field])
    return card


def _as_shown(row: Row | None, what: str) -> dict[str, Any]:
    """What is there to be shown, whatever its status says."""
    card: dict[str, Any] = {}
    if row is None:
        return card
    if row["first_name"] is not None or row["last_name"] is not None:
        card["name"] = (
            row["first_name"],
            row["last_name"],
            row["reach_name" if what == "card" else "name_reach"],
        )
    if what == "card":
        for field, named in (("challenges", "challenge"), ("skills", "skill")):
            if row[field]:
                card[field] = (sorted(str(one[named]) for one in row[field]), row[f"reach_{field}"])
    return card


def _last_reach(home: Evidence, people: dict[str, Row]) -> Iterator[str]:
    """What somebody was last acknowledged to share is what her region goes by."""
    last: dict[str, dict[str, str]] = {}
    for operation in home.history.named("share"):
        if operation.acknowledged:
            last[operation.facts["person"]] = operation.facts["reach"]
        elif operation.unknown:
            last.pop(operation.facts["person"], None)
    for key, reach in last.items():
        person = people.get(key)
        if person is None or person["status"] == "erased":
            continue
        for field, asked in reach.items():
            if person[f"reach_{field}"] != asked:
                yield f"{key} shares her {field} with {person[f'reach_{field}']}, not {asked}"


def seminars_agree(found: Both) -> Iterator[str]:
    """What is open to others is open there with the facts and seats it has, and nothing else is."""
    for home, away in found.ways():
        copies = away.by_id("events.neighbour_seminar")
        pools = {str(row["seminar_id"]): row for row in home.rows("events.seat_pool", workshop_id=None)}
        for key, seminar in home.by_id("events.seminar").items():
            copy = copies.get(key)
            opened = seminar["status"] == "published" and seminar["audience"] == "national"
            if (copy is not None and copy["status"] == "open") != opened:
                status = copy["status"] if copy is not None else "unknown"
                at_home = f"{seminar['status']} for {seminar['audience']}"
                yield f"{away.region}: seminar {key} is {status}, at home {at_home}"
            elif copy is not None and opened:
                yield from _facts(away, seminar, pools[key], copy)


def _facts(away: Evidence, seminar: Row, pool: Row, copy: Row) -> Iterator[str]:
    wanted = {name: seminar[name] for name in ("title", "starts_at", "ends_at", "venue", "city")}
    wanted["capacity"] = pool["capacity"]
    wanted["seats_left"] = pool["capacity"] - pool["confirmed"] - pool["offered"]
    for name, value in wanted.items():
        if copy[name] != value:
            yield f"{away.region}: {name} of seminar {seminar['id']} is {copy[name]}, at home {value}"


def erased_in_both(found: Both) -> Iterator[str]:
    """No name of an erased person is left anywhere in either region; all confirm once."""
    for home, away in found.ways():
        for person, name in _erased_names(home).items():
            word = re.compile(rf"{re.escape(name)}(?!\d)")
            for place in (*_where(home, word), *_where(away, word)):
                yield f"{person} is erased and her name is in {place}"
        for person in sorted(home.erased):
            told = Counter(kind_of(row) for row in away.journal() if str(row["entity_id"]) == person)
            for service in ("directory", "events"):
                if (count := told[f"{service}.erasure.confirmed.v1"]) != 1:
                    yield f"{away.region}: {service} has confirmed the erasure of {person} {count} times"
            yield from _receipt(home, away, person)


def _receipt(home: Evidence, away: Evidence, person: str) -> Iterator[str]:
    for receipt in home.rows("directory.erasure", coordinator_id=person):
        by = {row["service"] for row in home.rows("directory.erasure_abroad", erasure_id=receipt["id"])}
        if receipt["status"] != "complete" or by != {"directory", "events"}:
            word = f"with the word of {sorted(by)} of {away.region}"
            yield f"the receipt of {person} is {receipt['status']}, {word}"


def _erased_names(home: Evidence) -> dict[str, str]:
    return {
        str(each.answer["coordinator_id"]): str(each.facts["last_name"])
        for each in home.history.named("arrive")
        if each.acknowledged and str(each.answer["coordinator_id"]) in home.erased
    }


def _where(found: Evidence, word: re.Pattern[str]) -> Iterator[str]:
    streams = {"the stream": found.stream, "what is public": found.public, "the feed": found.feed}
    for name, messages in streams.items():
        for each in messages:
            if word.search(each.body.decode("utf-8", "replace")):
                yield f"{name} of {found.region} at {each.place}"
    for letter in found.letters:
        if word.search(letter.data.decode("utf-8", "replace")):
            yield f"dead letter {letter.number} of {found.region}"
    for table, rows in found.tables.items():
        if any(word.search(str(row)) for row in rows):
            yield f"{table} of {found.region}"


def heard_once(found: Both) -> Iterator[str]:
    """Each public event has left the region, is in the other's copy, and met there by all who read it."""
    for home, away in found.ways():
        public, fed = (Counter(each.event_id for each in it) for it in (home.public, away.feed))
        lost = _dead(away)
        kinds = set().union(*away.abroad.values())
        genuine = {str(row["event_id"]): kind_of(row) for row in home.journal() if row["data"] is not None}
        for event_id, kind in genuine.items():
            if kind not in kinds:
                continue
            if not public[event_id] or not fed[event_id]:
                where = f"public {public[event_id]} times, in the copy {fed[event_id]} times"
                yield f"{kind} {event_id} of {home.region} is {where}"
            for service, read in away.abroad.items():
                met = away.rows(f"{service}.inbox", consumer=f"{service}@{home.region}", event_id=event_id)
                if kind in read and len(met) != 1 and (service, event_id) not in lost:
                    yield f"{service} of {away.region} has met {kind} {event_id} {len(met)} times"
        known = {str(row["event_id"]) for row in home.journal()}
        for each in away.feed:
            if each.nemesis is None and each.event_id not in known:
                yield f"{away.region} holds {each.kind} {each.event_id}, which {home.region} never said"


def _dead(found: Evidence) -> set[tuple[str, str]]:
    return {(each.consumer, str(each.headers.get("ce-id"))) for each in found.letters}


def nothing_silent_abroad(found: Both) -> Iterator[str]:
    """What was bad stands in the dead letters of who read it, with a reason, and nothing else does."""
    for home, away in found.ways():
        genuine = {str(row["event_id"]) for row in home.journal()}
        letters = [each for each in away.letters if each.stream.startswith("FEED_")]
        harmful = {each.place for each in away.feed if each.nemesis is not None}
        for letter in letters:
            if not letter.reason:
                yield f"dead letter {letter.number} of {away.region} has no reason"
            if letter.headers.get("ce-id") in genuine and letter.stream_sequence not in harmful:
                what = f"{letter.event_type} {letter.headers['ce-id']}"
                yield f"{away.region}: {letter.consumer} gave up {what}: {letter.reason}"
        yield from _unburied(away, letters)


def _unburied(away: Evidence, letters: list[Any]) -> Iterator[str]:
    buried = {(each.consumer, each.stream_sequence, each.data) for each in letters}
    large = {(each.consumer, each.stream_sequence) for each in letters if each.without_body}
    for each in away.feed:
        if each.nemesis not in ("malformed", "oversized"):
            continue
        for service, kinds in away.abroad.items():
            known = (service, each.place, each.body) in buried or (service, each.place) in large
            if each.kind in kinds and not known:
                whose = f"{service} in {away.region}"
                yield f"{each.nemesis} {each.subject} at {each.place} is no dead letter of {whose}"
