"""The plots, as SVG files that stay the same byte by byte for the same figures."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "maillage"
mpl.rcParams["font.size"] = 9

import matplotlib.pyplot as plt  # noqa: E402  (the backend is chosen first)

from tests.load.figures import Plot  # noqa: E402


def draw(plot: Plot, path: Path) -> None:
    """Write the plot."""
    figure, axes = plt.subplots(figsize=(6.4, 3.6), layout="constrained")
    for (name, points), mark in zip(plot.curves.items(), "os^Dvxp*<>" * 3, strict=False):
        axes.plot(*zip(*points, strict=True), marker=mark, label=name)
    axes.set(title=plot.title, xlabel=plot.x, ylabel=plot.y)
    if "x" in plot.log:
        axes.set_xscale("log")
        ticks = sorted({x for points in plot.curves.values() for x, _ in points})
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    if "y" in plot.log:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
