"""One module per benchmark; `every()` finds them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.load.figures import Benchmark


def every(names: list[str] | None = None) -> list[Benchmark]:
    """The benchmarks in the page's order, all or those named. Raises SystemExit for a name there is not."""
    found = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    benchmarks = sorted(
        (module.BENCHMARK for module in found if hasattr(module, "BENCHMARK")),
        key=lambda each: (each.order, each.name),
    )
    unknown = set(names or ()) - {each.name for each in benchmarks}
    if unknown:
        raise SystemExit(f"no such benchmark: {', '.join(sorted(unknown))}")
    return [each for each in benchmarks if not names or each.name in names]
