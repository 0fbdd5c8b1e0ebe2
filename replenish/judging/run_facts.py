"""What a reader wants to know of a run, and must know, in words."""

from collections.abc import Sequence

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.bundle import Bundle
from replenish.bundle_text import blend_text
from replenish.judging.by_class import ItemClass, never_seen_text
from replenish.workbench import Problem


def facts(problem: Problem, bundle: Bundle) -> dict[str, str]:
    """Return what a reader wants to know of the run, in words."""
    config, dates, split = problem.config, problem.panel.dates, problem.split
    items, starts = problem.items, ", ".join(f"{k:g}" for k in config.evaluation.starts)
    period = "week" if problem.calendar.days_per_period == 7 else "day"
    said = {
        "data": f"{config.data.source}, {problem.panel.n_items} items",
        "period": period,
        "forecasts": f"{config.forecast.name}, {problem.horizon} {period}s ahead",
        "agent": f"{config.agent.name}, {config.train.steps:,} row-steps, seed {config.train.seed}",
        "agent's levels": blend_text(bundle.contents),
        "starts": "shelves at the first day " + starts + " times the usual stock",
        "blocks of time": f"{problem.calendar.block_periods} {period}s",
        "unmet demand": config.env.unmet_demand,
        "lead time": _span(items.lead_time, f"{period}s"),
        "review period": _span(items.review_period, f"{period}s"),
        "holding cost": _span(items.holding_cost, f"money per unit and {period}"),
        "shortage cost": _span(items.shortage_cost, "money per unit"),
        "fixed order cost": _span(items.fixed_order_cost, "money per order"),
    }
    for name in ("fit", "train", "validation", "test"):
        part = getattr(split, name)
        said[f"{name} part"] = f"{dates[part.first].date()} to {dates[part.last].date()}"
    return said


def notes(problem: Problem, classes: Sequence[ItemClass] = ()) -> list[str]:
    """Return the sentences that a reader must know; items never seen in training come first.

    Args:
        problem: The run's.
        classes: Results by class of item.
    """
    part = slice(problem.split.test.first, problem.split.test.last + 1)
    observed = problem.panel.observed[:, part]
    share = 100.0 * (1.0 - float(observed.mean()))
    took = ["An order takes as long as one of its item's past receipts did, drawn at random; "
            "items without receipts keep their lead time."]  # fmt: skip
    young = problem.joining(problem.split.test)
    new = [f"Items launched in the test period or just before it: {young}. They are ordered for "
           "from four weeks after their first record on, and cost nothing before."]  # fmt: skip
    gone = problem.left(problem.split.test)
    left = [f"Items that have no record from the first day of the test period on: {gone}. They "
            "count as taken off sale: nobody orders them, and they cost nothing."]  # fmt: skip
    return [
        *never_seen_text(classes),
        "Demand of the test period is what was sold; where stock had run out or nothing was "
        f"recorded ({share:.1f} % of item-periods) it is estimated (docs/data.md).",
        "Forecasts come from recorded sales, not from what the simulated shop would have sold: "
        "all policies see the same ones. What that is worth is shown apart.",
        *problem.assumed,
        *(took if problem.receipts is not None else []),
        *(new if young else []),
        *(left if gone else []),
    ]


def _span(values: Floats | Ints, unit: str) -> str:
    """Return smallest, median and largest in words."""
    low, middle, high = (float(v) for v in np.quantile(values, (0.0, 0.5, 1.0)))
    if low == high:
        return f"{low:g} {unit.removesuffix('s') if low == 1 else unit}"
    return f"{low:.3g} to {high:.3g}, median {middle:.3g} {unit}"
