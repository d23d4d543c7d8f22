"""What we build on and ship: bills of materials, reasons for exceptions, and no secret nobody looked at."""

from __future__ import annotations

import json
import re
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tools.audit import not_answered
from tools.sbom import FRONTEND_LOCK, IMAGES, bom, bundled, text_of

ROOT = Path(__file__).parents[2]
PRODUCT = (
    "services/*/maillage_*",
    "shared/maillage",
    "deploy/*/maillage_*",
    "conformance/maillage_conform",
    "tools",
)
HELD = {"python": {"fastapi": "0.120.0", "maillage": "0.1.0"}, "debian": [["libc6", "2.41-12", "amd64"]]}


def test_a_bill_of_materials_names_every_package_and_is_what_the_schema_allows() -> None:
    document = json.loads(text_of(bom("portal", HELD, bundled())))
    purls = {each["purl"] for each in document["components"]}
    assert {"pkg:pypi/fastapi@0.120.0", "pkg:deb/debian/libc6@2.41-12?arch=amd64"} <= purls
    assert any(purl.startswith("pkg:npm/leaflet@") for purl in purls)
    assert any(purl.startswith("pkg:npm/%40fontsource-variable/") for purl in purls)
    assert not any("esbuild" in purl or "axe-core" in purl for purl in purls), "tools are not shipped"
    everything = {each.metadata["Name"]: each.version for each in distributions()}
    whole = json.loads(text_of(bom("operator", {"python": everything, "debian": []})))
    assert len(whole["components"]) == len({name.lower() for name in everything})


def test_a_bill_that_the_schema_does_not_allow_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.sbom.JsonV1Dot6.output_as_string", lambda *_, **__: '{"bomFormat": "none"}')
    with pytest.raises(ValueError, match="not a CycloneDX document"):
        text_of(bom("portal", HELD))


def test_every_image_that_is_built_has_its_bill() -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(IMAGES) == set(re.findall(r"maillage-([a-z]+):\$", compose))
    assert FRONTEND_LOCK.exists()


@pytest.mark.parametrize(
    ("report", "skipped"),
    [
        ({"message": "request to https://x/ failed, reason: getaddrinfo ENOTFOUND x", "error": {}}, True),
        ({"message": "503 Service Unavailable", "uri": "https://x/", "statusCode": 503, "error": {}}, True),
        ({"error": {"code": "ENOLOCK", "summary": "This command requires an existing lockfile."}}, False),
        ({"auditReportVersion": 2, "vulnerabilities": {}}, False),
    ],
)
def test_a_registry_that_does_not_answer_is_no_finding(report: dict[str, object], skipped: bool) -> None:
    """As npm 11 tells it; what is wrong with the lock is one."""
    assert not_answered(report) is skipped


def test_each_exception_from_the_security_rules_says_why() -> None:
    silent = []
    for pattern in PRODUCT:
        for file in sorted(path for folder in ROOT.glob(pattern) for path in folder.rglob("*.py")):
            lines = file.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, 1):
                allowed = re.search(r"# noqa: [A-Z0-9, ]*\bS\d{3}[A-Z0-9, ]*(?P<why>.*)$", line)
                if allowed and not re.search(r"\w{3}", allowed["why"]):
                    silent.append(f"{file.relative_to(ROOT)}:{number}")
    assert not silent, silent


def test_what_the_secrets_scan_lets_pass_is_in_files_that_may_have_it() -> None:
    """Names of secrets, the demo's own (refused in production), and made-up ones of tests and examples."""
    known = json.loads((ROOT / ".secrets.baseline").read_text(encoding="utf-8"))["results"]
    product = [file for file in known if re.match(r"(services|shared|deploy)/.*\.(py|html)$", file)]
    assert [file for file in product if "/tests/" not in file] == ["shared/maillage/nats/folder.py"]
    assert not [file for file in known if not (ROOT / file).exists()]
