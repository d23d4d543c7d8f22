"""The declared side: the packaged documents, examples, mismatches, the joint document, fetched documents."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from catalogue_site import JOINED, STARTED, OpenShelf, Shelf, Site
from jsonschema import Draft202012Validator, FormatChecker
from maillage.events.event import TYPE_PREFIX
from maillage_catalogue import documents
from maillage_catalogue.declared import declared
from maillage_catalogue.examples import example
from maillage_catalogue.model import FetchedDocument
from maillage_catalogue.queries import packaged_types, reads

FOREIGN = {
    "asyncapi": "3.0.0",
    "info": {"title": "Occitanie: annuaire", "version": "1"},
    "channels": {
        "cards": {"address": "fr-occ.cards", "messages": {"card": {"$ref": "#/components/messages/card"}}}
    },
    "operations": {"tell": {"action": "send", "channel": {"$ref": "#/channels/cards"}}},
    "components": {
        "messages": {
            "card": {
                "name": "fr.maillage.annuaire.card.shown.v1",
                "summary": "A card.",
                "payload": {"type": "object", "properties": {"name": {"type": "string"}}},
            }
        }
    },
}


@pytest.mark.parametrize("name", [name for name, kind in packaged_types().items() if kind.schema])
def test_an_example_obeys_its_schema(name: str) -> None:
    schema = packaged_types()[name].schema
    assert schema is not None
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(example(schema))


async def test_anyone_reads_the_contract_and_no_numbers(site: Site, shelf: OpenShelf) -> None:
    await site.publish()
    await site.publish("stranger.thing.made.v1")
    async with shelf() as catalogue:
        await catalogue.sees(2)
        page = await catalogue.get("/event-types", {}, limit=200)
        types = {each["type"]: each for each in page["items"]}
        assert (types[STARTED]["owner"], types[STARTED]["seen"]) == ("directory", True)
        assert types[JOINED]["personal"]
        assert types["directory.contact.changed.v1"]["visibility"] == "private"
        assert "stranger.thing.made.v1" not in types
        found = await catalogue.get(f"/event-types/{STARTED}", {})
        assert found["observed"] is None
        assert found["json_schema"]["$id"] == found["dataschema"]
        assert found["subject"] == f"{site.region}.{STARTED}.*"
        assert (await catalogue.client.get("/event-types/stranger.thing.made.v1")).status_code == 404
        for path in (
            "/events",
            "/events/stream",
            f"/correlations/{'0' * 8}-0000-7000-8000-{'0' * 12}",
            "/flows",
        ):
            assert (await catalogue.client.get(path)).status_code == 401
            refused = await catalogue.client.get(path, headers=catalogue.tokens.animator())
            assert refused.status_code == 403


async def test_what_does_not_agree_is_marked(site: Site, shelf: OpenShelf) -> None:
    await site.publish(dataschema="urn:else", source=f"/{site.region}/intruder")
    await site.publish("stranger.thing.made.v1")
    async with shelf() as catalogue:
        await catalogue.sees(2)

        async def marks(name: str = STARTED) -> dict[str, Any]:
            found: dict[str, Any] = await catalogue.get(f"/event-types/{name}")
            return found

        async def readers_known() -> Any:
            return "reader-undeclared" in (await marks())["mismatches"]

        await catalogue.until(readers_known)
        started = await marks()
        assert set(started["mismatches"]) == {
            "unknown-schema",
            "unknown-source",
            "reader-undeclared",
            "reader-missing",
        }
        configured = {
            each["service"]: (each["declared"], each["configured"]) for each in started["consumed_by"]
        }
        assert configured["notifications"] == (True, True)
        assert configured["stranger"] == (False, True)
        assert configured["mentoring"] == (True, False)
        assert (await marks("stranger.thing.made.v1"))["mismatches"] == ["undeclared"]
        assert "never-seen" in (await marks(JOINED))["mismatches"]
        listed = await catalogue.get("/event-types", mismatch="undeclared", limit=200)
        assert "stranger.thing.made.v1" in {each["type"] for each in listed["items"]}


async def test_a_reader_of_other_regions_is_missed_only_where_there_are_some(
    site: Site, shelf: OpenShelf, peer: str, feed: str
) -> None:
    async def presented(catalogue: Shelf) -> Any:
        found = await catalogue.get("/event-types/directory.coordinator.presented.v1")
        states = {each["service"]: each["configured"] for each in found["consumed_by"]}
        known = (await catalogue.get(f"/event-types/{STARTED}"))["consumed_by"][0]["configured"] is not None
        return (states["directory"], "reader-missing" in found["mismatches"]) if known else None

    async def looked_at_the_feed(catalogue: Shelf) -> Any:
        answer = await presented(catalogue)  # a stream is looked at after the other
        return answer if answer and answer[0] is not None else None

    async with shelf() as catalogue:
        assert await catalogue.until(lambda: presented(catalogue)) == (None, False)
    async with shelf(peer_regions=[peer]) as catalogue:
        assert await catalogue.until(lambda: looked_at_the_feed(catalogue)) == (False, True)


async def test_the_list_can_be_searched_and_paged(shelf: OpenShelf) -> None:
    async with shelf(nats_url="") as catalogue:
        found = await catalogue.get("/event-types", q="position", owner="directory")
        assert {each["type"] for each in found["items"]} >= {STARTED, "directory.position.ended.v1"}
        assert all(each["owner"] == "directory" for each in found["items"])
        first = await catalogue.get("/event-types", limit=1, q="position")
        second = await catalogue.get("/event-types", limit=1, q="position", cursor=first["next"])
        assert first["items"][0]["type"] < second["items"][0]["type"]


async def test_a_document_fetched_by_setting_joins_in(shelf: OpenShelf) -> None:
    answers: list[httpx.Response] = [
        httpx.Response(200, json=FOREIGN),
        httpx.Response(503),
        httpx.Response(200, json={"asyncapi": "2.6.0"}),
    ]
    transport = httpx.MockTransport(lambda _: answers.pop(0))
    address = "https://occitanie.example/asyncapi.json"
    async with shelf(workers=False) as catalogue, httpx.AsyncClient(transport=transport) as client:
        for problem in (None, "HTTPStatusError", "not an AsyncAPI 3 document"):
            await documents.fetch(catalogue.running, client, address)
            async with catalogue.running.db.read() as session:
                row = await session.get(FetchedDocument, address)
            assert row.problem == problem
            found = await catalogue.get("/event-types/annuaire.card.shown.v1", {})
            assert (found["owner"], found["description"]) == ("Occitanie: annuaire", "A card.")
        merged = await catalogue.get("/merged-asyncapi.json", {})
        assert "Occitanie--annuaire.tell" in merged["operations"]


def test_a_name_that_leads_out_of_a_folder_is_no_type() -> None:
    wicked = json.loads(json.dumps(FOREIGN).replace("fr.maillage.annuaire.card.shown.v1", "../../card"))
    assert declared([wicked]) == {}
    assert list(declared([FOREIGN])) == ["fr.maillage.annuaire.card.shown.v1"]


async def test_the_joint_document_resolves(shelf: OpenShelf) -> None:
    async with shelf(nats_url="") as catalogue:
        merged = await catalogue.get("/merged-asyncapi.json", {})

    def lost(node: Any) -> list[str]:
        if isinstance(node, dict):
            wrong = [node["$ref"]] if isinstance(node.get("$ref"), str) and not leads(node["$ref"]) else []
            return wrong + [each for value in node.values() for each in lost(value)]
        return [each for value in node for each in lost(value)] if isinstance(node, list) else []

    def leads(reference: str) -> bool:
        target: Any = merged
        for step in reference.removeprefix("#/").split("/"):
            target = target.get(step) if isinstance(target, dict) else None
        return target is not None

    assert lost(merged) == []
    types = {message["name"] for message in merged["components"]["messages"].values()}
    assert types == {name for name in packaged_types() if name.startswith(TYPE_PREFIX)}
    assert json.dumps(merged).count('"action": "send"') == sum(
        len(kind.published_by) for kind in packaged_types().values()
    )


@pytest.mark.parametrize(
    ("subject", "reads_it"),
    [
        (f"fr-pac.{STARTED}.*", True),
        ("fr-pac.directory.>", True),
        ("fr-pac.>", True),
        (">", True),
        ("*.directory.*.started.v1.*", True),
        ("fr-pac.directory.position.ended.v1.*", False),
        ("fr-pac.directory.position.started.v1", False),
        ("fr-pac.events.>", False),
    ],
)
def test_filters_are_understood_as_the_server_does(subject: str, reads_it: bool) -> None:
    assert reads(subject, STARTED) is reads_it
