"""The service of the page docs/kit.md, written to files and given its first migration as the page says."""

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from maillage.db import revision
from maillage.service import Service

PAGE = Path(__file__).parents[3] / "docs" / "kit.md"
PACKAGE = "maillage_wall"


@pytest.fixture(scope="session")
def wall_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that holds the package; importable while the tests run."""
    folder = tmp_path_factory.mktemp("wall")
    blocks = re.findall(r"```python\n# file: (\S+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for name, code in blocks:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(code, encoding="utf-8")
    (folder / PACKAGE / "__init__.py").touch()
    sys.path.insert(0, str(folder))
    revision.main(PACKAGE, "first tables")
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(scope="session")
def wall(wall_folder: Path) -> Service:
    """The service itself."""
    service: Service = importlib.import_module(f"{PACKAGE}.app").service
    return service
