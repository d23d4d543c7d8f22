"""What the catalogue has in its package is what the services declare; its joint document is well formed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from maillage.events.event import schemas
from maillage_catalogue.declared import documents, packaged
from maillage_catalogue.merged import merged
from maillage_catalogue.queries import packaged_types

from tests.contracts.installed import ROOT, SERVICES, contract
from tests.support.npm import install

CLOSED = ("additionalProperties", False)


def test_the_package_has_the_document_of_every_service() -> None:
    written = {name: json.loads((contract(name) / "asyncapi.json").read_text()) for name in SERVICES}
    assert packaged() == written, "run `make contracts`"


def test_it_knows_what_each_event_class_says_of_itself() -> None:
    kinds = packaged_types()
    for service in SERVICES.values():
        for event in service.published:
            known = kinds[event.type()]
            told = (event.kind.private, event.kind.personal, event.kind.public)
            assert (known.private, known.personal, known.public) == told
            assert known.rated
            assert known.published_by == [service.name]
            assert known.description == event.kind.description


def readable(schema: Any) -> Any:
    """A schema as its readers take it: what it does not name may be there."""
    if isinstance(schema, dict):
        return {key: readable(value) for key, value in schema.items() if (key, value) != CLOSED}
    return [readable(each) for each in schema] if isinstance(schema, list) else schema


def test_its_schemas_are_the_published_ones() -> None:
    kinds = packaged_types()
    for service in SERVICES.values():
        for name, schema in schemas(service.published).items():
            assert readable(kinds[name].schema) == readable(schema)


def test_it_knows_who_reads_what() -> None:
    told = {(name, each.service) for name, kind in packaged_types().items() for each in kind.consumed_by}
    wanted = {(t, name) for name, each in SERVICES.items() if each.consumer for t in each.consumer.types}
    assert told >= wanted


@pytest.mark.timeout(900)  # its packages may have to be installed first
def test_the_joint_document_is_valid_for_the_official_parser(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on this machine: the AsyncAPI parser did not run")
    (tmp_path / "region.json").write_text(json.dumps(merged(documents(), "fr-pac")))
    folder = ROOT / "tests" / "contracts" / "asyncapi"
    install(folder)
    command = [node, str(folder / "check.mjs"), str(tmp_path / "region.json")]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
