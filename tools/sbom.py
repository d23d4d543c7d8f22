"""`make sbom`: what each image is made of, as a CycloneDX 1.6 document per image in build/sbom.

The image itself is asked: its interpreter for the Python distributions it finds, dpkg for Debian's packages.
The portal's pages add what is bundled into its static files, from their lock.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

ROOT = Path(__file__).parents[1]
IMAGES = ("directory", "events", "mentoring", "notifications", "catalogue", "portal", "operator")
FRONTEND_LOCK = ROOT / "services" / "portal" / "frontend" / "package-lock.json"
ASK = """
import importlib.metadata as m, json, subprocess
found = {d.metadata["Name"]: d.version for d in m.distributions()}
shown = ["dpkg-query", "-W", "-f", "${Package}\\t${Version}\\t${Architecture}\\n"]
debian = subprocess.run(shown, capture_output=True, text=True, check=True).stdout.splitlines()
print(json.dumps({"python": found, "debian": [line.split("\\t") for line in debian]}))
"""


def ask(image: str) -> dict[str, Any]:
    """What the image says it holds. Raises CalledProcessError when there is no such image."""
    command = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "python", image, "-c", ASK]
    said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own image
    return dict(json.loads(said.stdout))


def bundled(lock: Path = FRONTEND_LOCK) -> dict[str, str]:
    """The npm packages that the portal's built files contain: those that are no development tools."""
    packages: dict[str, dict[str, Any]] = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return {
        path.rpartition("node_modules/")[2]: facts["version"]
        for path, facts in packages.items()
        if path and not facts.get("dev")
    }


def bom(name: str, held: dict[str, Any], npm: dict[str, str] | None = None) -> Bom:
    """The bill of materials of the image `name`."""
    made = Bom()
    made.metadata.component = Component(name=f"maillage-{name}", type=ComponentType.CONTAINER, bom_ref=name)
    purls = [PackageURL("pypi", None, each.lower(), version) for each, version in held["python"].items()]
    purls += [
        PackageURL("deb", "debian", each, version, {"arch": machine})
        for each, version, machine in held["debian"]
    ]
    for each, version in (npm or {}).items():
        scope, _, bare = each.rpartition("/")
        purls.append(PackageURL("npm", scope or None, bare, version))
    for purl in purls:
        component = Component(
            name=purl.name, group=purl.namespace, version=purl.version, purl=purl, bom_ref=purl.to_string()
        )
        made.components.add(component)
    made.register_dependency(made.metadata.component, made.components)
    return made


def text_of(made: Bom) -> str:
    """The document. Raises ValueError when it is not what the CycloneDX schema allows."""
    text = JsonV1Dot6(made).output_as_string(indent=1)
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        raise ValueError(f"not a CycloneDX document: {wrong}")
    return text


def write(folder: Path, version: str, images: Iterable[str] = IMAGES) -> list[Path]:
    """One file per image of that version in `folder`, made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name in images:
        npm = bundled() if name == "portal" else None
        file = folder / f"maillage-{name}.cdx.json"
        file.write_text(text_of(bom(name, ask(f"maillage-{name}:{version}"), npm)), encoding="utf-8")
        files.append(file)
    return files


if __name__ == "__main__":
    for written in write(ROOT / "build" / "sbom", sys.argv[1] if len(sys.argv) > 1 else "dev"):
        print(written.relative_to(ROOT))  # noqa: T201
