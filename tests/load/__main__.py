"""`python -m tests.load [NAME …] [--quick] [--into FOLDER]`: measure, then write figures, plots and page."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from maillage.telemetry.logs import configure_logging

from tests.load.benches import every
from tests.load.figures import Benchmark, Figure, Plot, Report, Scale, Target
from tests.load.machine import facts
from tests.load.page import Measured, write

ROOT = Path(__file__).parents[2]
FIGURES = "figures.json"
PATIENCE = 600
"""Seconds for one benchmark: several times what the longest takes."""


def main(arguments: list[str] | None = None) -> int:
    """Measure what is asked for; benchmarks not named keep what the figures file says of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument(
        "names", nargs="*", help="which benchmarks; all that need no other program when none is named"
    )
    parser.add_argument("--quick", action="store_true", help="prove the harness in seconds; writes no page")
    parser.add_argument("--into", type=Path, help="where figures and plots go; default docs/performance")
    parser.add_argument("--dry", action="store_true", help="show the figures and write nothing")
    asked = parser.parse_args(arguments)
    machine = facts()
    measured = [each for each in every(asked.names) if asked.names or not each.aside]
    into = asked.into or (Path(tempfile.mkdtemp()) if asked.quick else ROOT / "docs" / "performance")
    page = None if asked.quick or asked.into else ROOT / "docs/performance.md"

    def keep(found: dict[str, Report]) -> None:
        if not asked.dry:
            _write(into, machine, found, page)

    with tempfile.TemporaryDirectory(prefix="maillage-bench-") as folder:
        found = asyncio.run(_measure(measured, Scale(asked.quick, Path(folder)), keep))
    if not asked.dry:
        _say(f"written to {into}")
    return 0 if len(found) == len(measured) else 1


async def _measure(
    benchmarks: list[Benchmark], scale: Scale, keep: Callable[[dict[str, Report]], None]
) -> dict[str, Report]:
    """Each in turn, in a folder of its own; `keep` is given what there is after each.

    One that fails or does not end is told and does not take the others with it.
    """
    found: dict[str, Report] = {}
    for benchmark in benchmarks:
        started = time.monotonic()
        own = Scale(scale.quick, scale.folder / benchmark.name)
        own.folder.mkdir()
        try:
            async with asyncio.timeout(PATIENCE):
                report = await benchmark.run(own)
        except Exception as error:  # noqa: BLE001  (the run is long: the rest is still worth having)
            _say(f"{benchmark.name}: failed: {type(error).__name__}: {str(error)[:500]}")
            continue
        found[benchmark.name] = report
        _say(f"{benchmark.name}: {time.monotonic() - started:.0f} s")
        _tell(report)
        keep(found)
    return found


def _tell(report: Report) -> None:
    for figure in report.figures:
        ratio = f"  ×{figure.ratio:.2f}" if figure.ratio is not None else ""
        peer = f"  beside {[round(each, 2) for each in figure.peer]}" if figure.peer else ""
        _say(f"  {figure.case}: {[round(each, 2) for each in figure.ours]} {figure.unit}{peer}{ratio}")


def _write(into: Path, machine: dict[str, Any], found: dict[str, Report], page: Path | None) -> None:
    into.mkdir(parents=True, exist_ok=True)
    kept = _read(into / FIGURES) | {
        name: {"machine": machine, **asdict(report)} for name, report in found.items()
    }
    known = {benchmark.name: benchmark for benchmark in every()}
    kept = {name: kept[name] for name in known if name in kept}
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    (into / FIGURES).write_text(text + "\n", encoding="utf-8")
    from tests.load.plots import draw  # late: a quick run without plots need not load matplotlib

    measured: Measured = [(known[name], _report(entry)) for name, entry in kept.items()]
    for _, report in measured:
        for plot in report.plots:
            draw(plot, into / f"{plot.name}.svg")
    if page is not None:
        write(page, machine, measured, into.name)


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _report(entry: dict[str, Any]) -> Report:
    figures = [
        Figure(**{**each, "target": Target(**each["target"]) if each["target"] else None})
        for each in entry["figures"]
    ]
    plots = [Plot(**each) for each in entry["plots"]]
    return Report(figures, plots, entry["limit"])


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    configure_logging(level="warning")  # else each request to a service of this process is a line
    sys.exit(main())
