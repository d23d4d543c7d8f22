"""Writes what was measured into docs/performance.md, between two marks; the words around it are people's."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from tests.load.figures import Benchmark, Figure, Report

BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
Measured = list[tuple[Benchmark, Report]]


def write(page: Path, machine: dict[str, Any], measured: Measured, pictures: str) -> None:
    """Put the figures in their place. Raises ValueError when the page has none for them."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page}: no place for the figures ({BEGIN} … {END})")
    parts = [_machine(machine), _targets(measured)]
    parts += [_section(benchmark, report, pictures) for benchmark, report in measured]
    body = "\n\n".join(part for part in parts if part)
    page.write_text(f"{before}{BEGIN}\n{body}\n{END}{after}", encoding="utf-8")


def _machine(facts: dict[str, Any]) -> str:
    programs = ", ".join(
        f"{name.replace('_', '-')} {facts[name]}"
        for name in facts
        if name in ("python", "fastapi", "uvicorn", "sqlalchemy", "asyncpg", "nats-py", "faststream")
    )
    return (
        f"Measured {facts['measured_at'][:10]} on {facts['cores']} cores ({facts['processor']}), "
        f"{facts['memory_gb']} GB, load {facts['load_before']} before the run; {facts['postgresql']}, "
        f"{facts['nats_server']}, {programs}."
    )


def _targets(measured: Measured) -> str:
    asked = [(b, f) for b, report in measured for f in report.figures if f.target is not None]
    missed = [f"- {b.title}: {f.case}: {_got(f)}" for b, f in asked if not f.met]
    met = len(asked) - len(missed)
    lines = ["## What is met and what is not", "", f"{met} of {len(asked)} targets are met."]
    return "\n".join([*lines, *(["", "Not met:", "", *missed] if missed else [])])


def _section(benchmark: Benchmark, report: Report, pictures: str) -> str:
    lines = [f"## {benchmark.title}", "", benchmark.about, ""]
    lines += [
        "| case | measured, median (spread) | peer, median (spread) | ratio | asked | met |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_row(figure) for figure in report.figures]
    lines += [f"\n![{plot.title}]({pictures}/{plot.name}.svg)" for plot in report.plots]
    if report.limit:
        lines += ["", f"**The limit.** {report.limit}"]
    return "\n".join(lines)


def _row(figure: Figure) -> str:
    peer = f"{_sample(figure.peer, figure.unit)}<br>{figure.peer_name}" if figure.peer else "–"
    ratio = f"{figure.ratio:.2f}" if figure.ratio is not None else "–"
    asked = figure.target.words(figure.unit) if figure.target else "–"
    met = {None: "–", True: "yes", False: "**no**"}[figure.met]
    cells = [figure.case, _sample(figure.ours, figure.unit), peer, ratio, asked, met]
    return "| " + " | ".join(cells) + " |"


def _got(figure: Figure) -> str:
    assert figure.target is not None
    ratio = f"a ratio of {figure.ratio:.2f}" if figure.ratio is not None else ""
    got = ratio if figure.target.of == "ratio" else f"{number(figure.value)} {figure.unit}"
    return f"{got}, asked {figure.target.words(figure.unit)}"


def _sample(rounds: list[float], unit: str) -> str:
    spread = f" ({number(min(rounds))}–{number(max(rounds))})" if len(rounds) > 1 else ""
    return f"{number(median(rounds))} {unit}{spread}"


def number(value: float) -> str:
    """Three digits that count, thousands apart."""
    if value >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"
