"""One item over the test period: what was expected and asked for, stock, stockouts, orders."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from replenish.arrays import Floats
from replenish.judging.evaluation import Evaluation, Trace
from replenish.report.svg import INK, Plot, colours, draw

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE = (9.6, 7.4)  # inches
BAND = "#56B4E9"


def trace_plots(evaluation: Evaluation) -> list[Plot]:
    """Return one plot per trace; item ids stay in the page, outside of the SVG."""
    return [
        trace_plot(evaluation, trace, f"trace{number}")
        for number, trace in enumerate(evaluation.traces)
    ]


def trace_plot(evaluation: Evaluation, trace: Trace, name: str) -> Plot:
    """Return forecast against demand, stock with stockouts, and the orders of two policies."""
    policies = _compared(evaluation, trace)
    named = colours(evaluation)

    def paint(figure: "Figure") -> None:
        heights = [3.0, 3.0] + [1.1] * len(policies)
        panels = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)
        days = np.asarray(list(trace.dates), dtype="datetime64[D]").astype("datetime64[m]")
        _demand(panels[0, 0], days, trace)
        _stock(panels[1, 0], days, trace, {policy: named[policy] for policy in policies})
        _orders(list(panels[2:, 0]), days, trace, {policy: named[policy] for policy in policies})
        _whole_periods(panels[-1, 0], days)
        figure.align_ylabels()

    short = ", ".join(
        f"{policy} {int((trace.unmet[policy] > 0).sum())} of {len(trace.demand)}"
        for policy in policies
    )
    return Plot(
        name,
        trace.label,
        f"Periods with unmet demand: {short}.",
        draw(name, f"Demand, stock and orders over time. Unmet demand: {short}", paint, _SIZE),
    )


def _compared(evaluation: Evaluation, trace: Trace) -> list[str]:
    """Return the agent and the best baseline, as far as the trace holds them."""
    wanted = [evaluation.agent.name, evaluation.best_baseline.name]
    return [name for name in wanted if name in trace.stock]


def _demand(axes: "Axes", days: Floats, trace: Trace) -> None:
    """Draw the band that nine periods in ten should lie in, its mean, and what was asked for."""
    axes.fill_between(
        days,
        trace.forecast_low,
        trace.forecast_high,
        color=BAND,
        alpha=0.35,
        linewidth=0,
        label="forecast, 5 % to 95 %",
    )
    axes.plot(days, trace.forecast, color=BAND, linewidth=1.8, label="forecast, mean")
    axes.plot(days, trace.demand, color=INK, linewidth=_thin(days, 0.9), label="demand")
    axes.set_ylabel("demand, units")
    axes.set_ylim(bottom=0)
    legend_above(axes)


def _stock(axes: "Axes", days: Floats, trace: Trace, named: Mapping[str, str]) -> None:
    """Draw stock as steps, and below 0 one row of marks per policy where demand was not met."""
    top = max([float(np.max(trace.stock[policy])) for policy in named] + [1.0])
    for row, (policy, colour) in enumerate(named.items()):
        axes.step(
            days,
            trace.stock[policy],
            where="mid",
            color=colour,
            linewidth=_thin(days, 1.3),
            label=policy,
        )
        level = -top * (0.08 + 0.11 * row)
        short = days[np.asarray(trace.unmet[policy]) > 0]
        axes.plot(
            short,
            np.full(len(short), level),
            "|",
            color=colour,
            markersize=9,
            markeredgewidth=1.8,
            label=f"{policy}: unmet demand",
        )
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.set_ylim(-top * (0.05 + 0.11 * len(named)), top * 1.05)
    axes.set_yticks([tick for tick in axes.get_yticks() if 0 <= tick <= top * 1.05])
    axes.set_ylabel("stock, units")
    legend_above(axes)


def _orders(panels: Sequence["Axes"], days: Floats, trace: Trace, named: Mapping[str, str]) -> None:
    """Draw the orders of each policy in a panel of its own, all on one scale."""
    top = max([float(np.max(trace.orders[policy])) for policy in named] + [1.0])
    for axes, (policy, colour) in zip(panels, named.items(), strict=True):
        placed = np.asarray(trace.orders[policy]) > 0
        axes.vlines(
            days[placed], 0, trace.orders[policy][placed], color=colour, linewidth=_thin(days, 2)
        )
        axes.set_ylim(0, top * 1.05)
        axes.set_ylabel("orders")
        axes.set_title(f"{policy}: {int(placed.sum())} orders", loc="left", fontsize=9, pad=3)


def _thin(days: Floats, width: float) -> float:
    """Return a line width in points, thinner where more than 200 periods share the page."""
    return float(width * min(1.0, np.sqrt(200 / len(days))))


def legend_above(axes: "Axes") -> None:
    """Put the legend above the panel, where it hides nothing."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, fontsize=9, borderaxespad=0.2)


def _whole_periods(axes: "Axes", days: Floats) -> None:
    """Let the axis end half a period before the first and after the last one."""
    half = (days[-1] - days[0]) / (2 * max(len(days) - 1, 1))
    axes.set_xlim(days[0] - half, days[-1] + half)
