"""The cost-service frontier as a plot: stock held against demand served, a curve per policy."""

from typing import TYPE_CHECKING

from replenish.judging.evaluation import Evaluation
from replenish.report.measures import COLUMNS, by_cost
from replenish.report.svg import Plot, colours, draw, marks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE = (9.6, 5.2)  # inches
_UNITS = {"stock_value": "money per item", "average_stock": "units per item"}


def frontier_plot(evaluation: Evaluation) -> Plot | None:
    """Return the plot, the agent on top; None when the frontier was not computed."""
    found = evaluation.frontier
    if found is None:
        return None
    named, marked = colours(evaluation), marks(evaluation)
    names = [r.name for r in by_cost(evaluation) if r.name in found.curves and r.kind != "agent"]
    drawn = [*names, evaluation.agent.name]

    def paint(figure: "Figure") -> None:
        axes = figure.subplots()
        for name in drawn:
            ours = name == evaluation.agent.name
            axes.plot(
                [point.stock for point in found.curves[name]],
                [100.0 * point.fill_rate for point in found.curves[name]],
                marker=marked[name],
                color=named[name],
                linewidth=2.8 if ours else 1.1,
                markersize=7 if ours else 5,
                label=name,
            )
        unit = _UNITS[found.unit]
        axes.set_xlabel(f"{COLUMNS[found.unit].heading.lower()}, {unit}")
        axes.set_ylabel("fill rate, %")
        figure.legend(loc="outside right center")

    words = ", ".join(
        f"{name} {' '.join(f'{p.stock:.3g}:{100 * p.fill_rate:.1f} %' for p in found.curves[name])}"
        for name in drawn
    )
    return Plot(
        "frontier",
        "Stock against service",
        "Up and to the left is better. Points from left to right: told 1/4, 1/2, 1, 2 and 4 times "
        "the shortage cost; a single point asks for no cost.",
        draw("frontier", f"Stock and fill rate when told other costs: {words}", paint, _SIZE),
    )
