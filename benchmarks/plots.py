"""One look for the plots of benchmarks."""

from pathlib import Path
from typing import Any

from matplotlib import rcParams
from matplotlib.figure import Figure

from replenish.files import new_file_atomic

AGENT, RULE, MIXED, INK = "#0072B2", "#D55E00", "#009E73", "#333333"


def canvas(width: float, height: float, columns: int = 1) -> tuple[Figure, list[Any]]:
    """Return an empty figure and its axes, side by side."""
    rcParams["svg.hashsalt"] = "replenish"
    figure = Figure(figsize=(width, height), layout="constrained")
    row = list(figure.subplots(1, columns, squeeze=False)[0])
    for axes in row:
        axes.grid(color="#dddddd")
        axes.set_axisbelow(True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return figure, row


def save(figure: Figure, place: Path) -> None:
    """Write a plot that appears whole or not at all, the same bytes every time."""
    with new_file_atomic(place, overwrite=True) as temporary:
        figure.savefig(temporary, metadata={"Date": None})
