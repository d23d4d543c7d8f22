"""Clients of the services' APIs, generated from their contracts: `python -m tools.clients build/clients`.

Python by openapi-python-client, TypeScript by openapi-typescript over openapi-fetch. Both take the house's
address as their base: the paths of all services are in the contracts.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

ROOT = Path(__file__).parents[1]
NODE = ROOT / "tests" / "contracts" / "typescript"
"""Where the generator for TypeScript is locked."""
PYTHON_PROJECT = """\
[project]
name = "maillage-clients"
version = "1.0"
description = "Generated clients of Maillage's services"
requires-python = ">=3.11"
dependencies = ["attrs>=22.2", "httpx>=0.23.1", "python-dateutil>=2.8"]
"""
TYPESCRIPT_PROJECT = """\
{
  "name": "maillage-clients",
  "version": "1.0.0",
  "type": "module",
  "exports": "./dist/index.js",
  "types": "./dist/index.d.ts",
  "dependencies": { "openapi-fetch": "^0.17.0" }
}
"""
COMPILER = {
    "compilerOptions": {
        "target": "es2022",
        "module": "nodenext",
        "strict": True,
        "declaration": True,
        "skipLibCheck": True,
        "rootDir": "src",
        "outDir": "dist",
    },
    "include": ["src"],
}


def contracts() -> dict[str, Path]:
    """The OpenAPI document of each service."""
    found = sorted((ROOT / "services").glob("*/contract/openapi.json"))
    return {path.parts[-3]: path for path in found}


def python_clients(folder: Path) -> None:
    """A package `maillage_clients` with a subpackage for each service. Raises ValueError for any warning."""
    package = folder / "maillage_clients"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYTHON_PROJECT, encoding="utf-8")
    (package / "__init__.py").write_text(
        '"""Clients of the services, one package each."""\n', encoding="utf-8"
    )
    (package / "py.typed").touch()
    told = ConfigFile.load_from_path(ROOT / "tools" / "clients.yaml")
    for service, contract in contracts().items():
        config = Config.from_sources(
            told, MetaType.NONE, contract, "utf-8", overwrite=False, output_path=package / service
        )
        if amiss := generate(config=config):
            raise ValueError(f"{service}: {'; '.join(str(each) for each in amiss)}")


def typescript_clients(folder: Path) -> None:
    """A package `maillage-clients` with a typed client for each service. Raises CalledProcessError.

    What is in its folder `src` already is compiled with it.
    """
    if not (NODE / "node_modules").is_dir():
        _run("npm", "ci", "--silent", "--prefix", NODE)
    source = folder / "src"
    source.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(TYPESCRIPT_PROJECT, encoding="utf-8")
    (folder / "node_modules").symlink_to(NODE / "node_modules")
    told = folder / "redocly.yaml"  # all services in one go: most of its time it only starts
    told.write_text(json.dumps(_generated(source), indent=2), encoding="utf-8")
    _run(NODE / "node_modules/.bin/openapi-typescript", "--redocly", told)
    told.unlink()
    (source / "index.ts").write_text("".join(_index(contracts())), encoding="utf-8")
    (folder / "tsconfig.json").write_text(json.dumps(COMPILER, indent=2), encoding="utf-8")
    _run(NODE / "node_modules/.bin/tsc", "--project", folder)


def _generated(source: Path) -> dict[str, Any]:
    """What openapi-typescript is told, with the rule it has by default. It reads YAML, which JSON is."""
    files = {
        service: {"root": str(contract), "x-openapi-ts": {"output": str(source / f"{service}.ts")}}
        for service, contract in contracts().items()
    }
    return {"rules": {"operation-operationId-unique": "error"}, "apis": files}


def _index(services: dict[str, Path]) -> list[str]:
    lines = ['import createClient, { type ClientOptions } from "openapi-fetch";\n']
    for service in services:
        lines += [
            f'import type {{ paths as {service}Paths }} from "./{service}.js";\n',
            f'export type * as {service}Types from "./{service}.js";\n',
            f"export const {service} = (options: ClientOptions) => createClient<{service}Paths>(options);\n",
        ]
    return lines


def _run(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True)  # noqa: S603  (our own generators)


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve()
    shutil.rmtree(target, ignore_errors=True)
    python_clients(target / "python")
    typescript_clients(target / "typescript")
