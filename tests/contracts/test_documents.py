"""The committed contract of each service is the one its code gives today, and it is well formed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from maillage.errors import DomainError
from maillage.service.contract import write_contract
from openapi_spec_validator import validate

from tests.contracts.installed import ROOT, SERVICES, contract
from tests.support.npm import install


def test_all_five_services_are_installed() -> None:
    assert set(SERVICES) == {"directory", "events", "mentoring", "notifications", "catalogue"}


@pytest.mark.parametrize("name", SERVICES)
def test_the_committed_contract_is_the_generated_one(name: str, tmp_path: Path) -> None:
    write_contract(SERVICES[name], tmp_path)
    for folder in (contract(name), tmp_path):
        files = {str(path.relative_to(folder)) for path in documents(folder)}
        assert files == {str(path.relative_to(tmp_path)) for path in documents(tmp_path)}, (
            "run `make contracts`"
        )
    for path in documents(tmp_path):
        committed = contract(name) / path.relative_to(tmp_path)
        assert json.loads(committed.read_text()) == json.loads(path.read_text()), "run `make contracts`"


def documents(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.json") if "released" not in path.parts]


@pytest.mark.parametrize("name", SERVICES)
def test_openapi_is_valid(name: str) -> None:
    document = json.loads((contract(name) / "openapi.json").read_text())
    assert document["openapi"].startswith("3.1")
    validate(document)


@pytest.mark.parametrize("name", SERVICES)
def test_every_refusal_of_a_status_of_its_own_stands_in_the_document(name: str) -> None:
    """The kit writes the usual statuses to every operation; another one is each route's to say."""
    document = json.loads((contract(name) / "openapi.json").read_text())
    operations = [each for path in document["paths"].values() for each in path.values()]
    said = {
        example
        for operation in operations
        for answer in operation["responses"].values()
        for example in answer.get("content", {}).get("application/problem+json", {}).get("examples", {})
    }
    usual = {400, 401, 403, 404, 408, 409, 412, 413, 422, 428, 429, 500, 503}
    own = [each for each in _refusals(f"maillage_{name}") if each.status not in usual]
    assert {each.code for each in own} <= said


def _refusals(package: str, of: type[DomainError] = DomainError) -> list[type[DomainError]]:
    found = [each for kind in of.__subclasses__() for each in (kind, *_refusals(package, kind))]
    return [each for each in found if each.__module__.startswith(f"{package}.")]


@pytest.mark.timeout(900)  # its packages may have to be installed first
def test_asyncapi_is_valid_for_the_official_parser() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on this machine: the AsyncAPI parser did not run")
    folder = ROOT / "tests" / "contracts" / "asyncapi"
    install(folder)
    files = [str(contract(name) / "asyncapi.json") for name in SERVICES]
    checked = subprocess.run(
        [node, str(folder / "check.mjs"), *files], capture_output=True, text=True, timeout=280, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_broken_asyncapi_document_is_refused(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on this machine: the AsyncAPI parser did not run")
    broken = json.loads((contract("events") / "asyncapi.json").read_text())
    del broken["info"]
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    script = ROOT / "tests" / "contracts" / "asyncapi" / "check.mjs"
    checked = subprocess.run(
        [node, str(script), str(tmp_path / "broken.json")],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert checked.returncode == 1
    assert "info" in checked.stdout
