"""Plots of all policies: cost by kind, paired differences, items gained and lost, service."""

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from replenish.arrays import Floats
from replenish.judging.evaluation import Evaluation, PolicyResult
from replenish.percent import percent
from replenish.report.measures import (
    COLUMNS,
    by_cost,
    figures,
    minus,
    total,
    with_interval,
)
from replenish.report.svg import AGENT, BOUND, COST_PARTS, INK, Plot, colours, draw, marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 5.4  # inches: at a phone's width the letters are still 9 pixels high
_LOSS = "#D55E00"


def policy_plots(evaluation: Evaluation) -> list[Plot]:
    """Return the plots that compare all policies."""
    return [
        cost_plot(evaluation),
        difference_plot(evaluation),
        gain_plot(evaluation),
        service_plot(evaluation),
    ]


def cost_plot(evaluation: Evaluation) -> Plot:
    """Return horizontal bars of cost, stacked by kind where the kinds are known."""
    results = by_cost(evaluation)
    texts = figures([total(result, "cost") for result in results])
    labels = [wrapped(result.name) for result in results]

    def paint(figure: "Figure") -> None:
        axes = figure.subplots()
        for row, result in enumerate(results):
            axes.annotate(
                texts[row],
                (_bar(axes, row, result), row),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
            )
        policies_down(axes, labels)
        axes.margins(x=0.17)
        axes.set_xlabel("money per item and period")
        axes.grid(axis="y", visible=False)
        _cost_legend(figure, results)

    costs = ", ".join(f"{r.name} {text}" for r, text in zip(results, texts, strict=True))
    return Plot(
        "cost",
        "Cost by policy",
        "Shorter is better. Perfect foresight knows all demand in advance: no policy can reach it.",
        draw("cost", f"Bars of cost per item and period: {costs}", paint, _size(labels)),
    )


def difference_plot(evaluation: Evaluation) -> Plot:
    """Return a point with its 95 % interval for every baseline."""
    results = [r for r in by_cost(evaluation) if r.kind == "baseline" and r.difference]
    labels = [f"{wrapped(r.name)}\n{minus(with_interval(r))}" for r in results]
    named = colours(evaluation)

    def paint(figure: "Figure") -> None:
        axes = figure.subplots()
        axes.axvline(0.0, color=INK, linewidth=1)
        for row, result in enumerate(results):
            d = result.difference
            if d is None:
                continue
            if d.percent_low is not None and d.percent_high is not None:
                span = (d.percent_low, d.percent_high)
                axes.plot(span, (row, row), color=named[result.name], linewidth=3)
            axes.plot(d.percent, row, "o", color=named[result.name], markersize=8)
        policies_down(axes, labels)
        axes.set_ylim(len(results) - 0.5, -0.5)
        axes.margins(x=0.08)
        figure.supxlabel("agent's cost minus it, % of its cost", fontsize=10)
        axes.grid(axis="y", visible=False)

    words = ", ".join(f"{r.name} {with_interval(r)}" for r in results)
    return Plot(
        "difference",
        "Agent against each baseline",
        "Left of 0 the agent is cheaper. A line is the 95 % interval: where it crosses 0, the "
        "difference is not certain.",
        draw("difference", f"Paired differences: {words}", paint, _size(labels)),
    )


def gain_plot(evaluation: Evaluation) -> Plot:
    """Return the histogram of the paired difference of each item, in money."""
    best = evaluation.best_baseline
    gain = item_gain(evaluation)
    cheaper, dearer = 100.0 * float((gain < 0).mean()), 100.0 * float((gain > 0).mean())
    differing = gain[gain != 0]
    edges, inside = _edges(differing)

    def paint(figure: "Figure") -> None:
        from matplotlib.ticker import MaxNLocator

        axes = figure.subplots()
        heights, _ = np.histogram(inside, edges)
        shade = np.where(edges[:-1] < 0, AGENT, _LOSS)
        axes.bar(edges[:-1], heights, np.diff(edges), align="edge", color=shade, edgecolor="white")
        axes.axvline(0.0, color=INK, linewidth=1)
        axes.set_xlabel("difference in cost, money per period")
        axes.set_ylabel("items")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="x", visible=False)

    said = (
        f"The agent is cheaper on {cheaper:.0f} % and dearer on {dearer:.0f} % of {len(gain)} items"
    )
    cut = " The outermost bars hold everything beyond." if (differing != inside).any() else ""
    equal = " Items without a difference are not drawn." if len(differing) < len(gain) else ""
    return Plot(
        "gain",
        f"Item by item against {best.name}",
        f"{said}, left and right of 0.{cut}{equal}",
        draw("gain", f"Histogram of the cost difference per item. {said}", paint, (_WIDTH, 3.2)),
    )


def service_plot(evaluation: Evaluation) -> Plot:
    """Return every policy as a point of stock held and demand served."""
    results = [r for r in by_cost(evaluation) if np.isfinite(total(r, "fill_rate"))]
    named, marked = colours(evaluation), marks(evaluation)
    columns = max(1, min(3, 62 // max([len(result.name) + 5 for result in results] + [5])))
    lines = -(-len(results) // columns)

    def paint(figure: "Figure") -> None:
        axes = figure.subplots()
        for result in results:
            axes.plot(
                total(result, "average_stock"),
                100.0 * total(result, "fill_rate"),
                marked[result.name],
                color=named[result.name],
                markersize=9,
                label=result.name,
            )
        axes.set_xlabel(f"{COLUMNS['average_stock'].heading.lower()}, units per item")
        axes.set_ylabel("fill rate, %")
        axes.margins(0.15)
        figure.legend(loc="outside lower center", ncols=columns)

    words = ", ".join(
        f"{r.name} {total(r, 'average_stock'):.3g} units "
        f"{percent(100 * total(r, 'fill_rate')).lstrip('+')}"
        for r in results
    )
    return Plot(
        "service",
        "Stock held and demand served",
        "Up and to the left is better: more demand served from less stock.",
        draw("service", f"Stock and fill rate: {words}", paint, (_WIDTH, 3.1 + 0.2 * lines)),
    )


def item_gain(evaluation: Evaluation) -> Floats:
    """Return the (I,) cost of each item under the agent minus that under the best baseline."""
    best = evaluation.best_baseline
    return np.asarray(best.beside(evaluation.agent) - best.scorecard.per_item["cost"])


def _bar(axes: "Axes", row: int, result: PolicyResult) -> float:
    """Draw one policy's bar, parts below 0 to the left of 0; return where it ends."""
    parts = {name: total(result, name) for name in COST_PARTS}
    if not all(np.isfinite(value) for value in parts.values()):
        cost = total(result, "cost")
        axes.barh(row, cost, color="white", edgecolor=BOUND, hatch="////")
        return max(cost, 0.0)
    ends = {True: 0.0, False: 0.0}  # of what is drawn to the right and to the left of 0
    for name, value in parts.items():
        axes.barh(row, value, left=ends[value >= 0], color=COST_PARTS[name])
        ends[value >= 0] += value
    return ends[True]


def _cost_legend(figure: "Figure", results: list[PolicyResult]) -> None:
    """Explain colours and hatching under the bars."""
    from matplotlib.patches import Patch

    handles = [Patch(color=c, label=COLUMNS[n].heading.lower()) for n, c in COST_PARTS.items()]
    if any(np.isnan(total(result, "cost_holding")) for result in results):
        handles.append(Patch(facecolor="white", edgecolor=BOUND, hatch="////", label="not split"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


def policies_down(axes: "Axes", labels: list[str]) -> None:
    """Write the policies beside the y axis, the first on top."""
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)


def wrapped(name: str) -> str:
    """Return a name in lines short enough to stand beside an axis."""
    return fill(name.replace("_", " "), 20)


def _edges(gain: Floats) -> tuple[Floats, Floats]:
    """Return edges of about 24 bars with one edge at 0, and the gains moved inside them."""
    outer = (0.01, 0.99) if len(gain) > 100 else (0.0, 1.0)
    low, high = (float(end) for end in np.quantile(np.append(gain, 0.0), outer))
    low, high = min(low, 0.0), max(high, 0.0)
    width = max(high - low, 1e-9) / 24
    edges = width * np.arange(np.floor(low / width) - 1, np.ceil(high / width) + 2)
    return edges, np.clip(gain, edges[0], np.nextafter(edges[-1], edges[0]))


def _size(labels: list[str]) -> tuple[float, float]:
    """Return width and height in inches for these labels, one below the other."""
    lines = max([label.count("\n") + 1 for label in labels] + [1])
    return _WIDTH, 1.3 + len(labels) * (0.16 + 0.18 * lines)
