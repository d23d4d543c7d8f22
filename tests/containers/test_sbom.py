"""Each image says what it is made of, in CycloneDX, and that is what it holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.containers.composition import VERSION
from tools.sbom import IMAGES, write


@pytest.mark.usefixtures("built")
def test_each_image_has_a_valid_bill_of_materials(tmp_path: Path) -> None:
    files = write(tmp_path, VERSION)  # raises when the schema does not allow it
    assert [file.name for file in files] == [f"maillage-{name}.cdx.json" for name in IMAGES]
    for name, file in zip(IMAGES, files, strict=True):
        purls = [each["purl"] for each in json.loads(file.read_text(encoding="utf-8"))["components"]]
        assert [purl for purl in purls if purl.startswith(f"pkg:pypi/maillage-{name}@")], name
        assert [purl for purl in purls if purl.startswith("pkg:deb/debian/libc6@")], name
        assert bool([purl for purl in purls if purl.startswith("pkg:npm/")]) == (name == "portal")
