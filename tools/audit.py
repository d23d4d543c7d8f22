"""`make audit`: known holes in the Python packages of uv.lock and in the npm packages of the portal's lock.

Advisories come from the OSV database and from npm's. Where one of them cannot be reached, a line says so and
that part is skipped: nothing is known then, which is no reason to stop a build.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
FRONTEND = ROOT / "services" / "portal" / "frontend"
OSV = "https://api.osv.dev/v1/query"
SKIPPED = "audit: {what} SKIPPED, {where} does not answer here; run `make audit` where it does"


def answers(address: str) -> bool:
    """Whether the advisory database behind the address answers a question about nothing."""
    try:
        return httpx.post(address, json={}, timeout=10).status_code in (200, 400)
    except httpx.HTTPError:
        return False


def audit_python(uv: str) -> int:
    """pip-audit over everything that uv.lock names beside our own packages; its exit status."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = str(Path(folder) / "requirements.txt")
        export = [uv, "export", "--frozen", "--quiet", "--all-packages", "--no-emit-workspace", "-o", wanted]
        subprocess.run(export, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own tools
        command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv", "--disable-pip"]
        return subprocess.run([*command, "--requirement", wanted], check=False).returncode  # noqa: S603  # as above


def audit_npm() -> int:
    """The number of packages with a hole in the portal's lock, as `npm audit` is told by its registry."""
    told = subprocess.run(
        ["npm", "audit", "--package-lock-only", "--json", "--fetch-timeout=60000"],  # noqa: S607  # the machine's npm
        cwd=FRONTEND,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(told.stdout)
    if not_answered(report):
        print(SKIPPED.format(what="npm", where="npm's registry"))  # noqa: T201
        return 0
    found = report.get("vulnerabilities", {})
    print(json.dumps(found, indent=1) if found else "audit: npm knows no hole")  # noqa: T201
    return len(found) if "error" not in report else 1


def not_answered(report: dict[str, Any]) -> bool:
    """Whether it was the question to the registry that failed: npm tells it in a message of its own.

    There is an address in it only where something answered. What is wrong with the audit is an `error` alone.
    """
    return "message" in report and "vulnerabilities" not in report


def main(uv: str) -> int:
    """Both audits; 0 when nothing was found by those that could be asked."""
    wrong = audit_npm()
    if answers(OSV):
        wrong += audit_python(uv)
    else:
        print(SKIPPED.format(what="Python", where=OSV.split("/")[2]))  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "uv"))
