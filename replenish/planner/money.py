"""Savings in money per year: in all, item by item, class by class, start by start."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from replenish.arrays import Ints
from replenish.item_classes import ABC, ABC_CLASSES, DEMAND, DEMAND_CLASSES
from replenish.judging.counted import Counted, differences
from replenish.judging.evaluation import PolicyResult
from replenish.judging.incumbent import LEVELS, ORDERS, Incumbent
from replenish.judging.judge import Judged
from replenish.planner.value import ClassSaving, Comparison, Saving
from replenish.scorecard import Calendar
from replenish.tuning.opponents import REFERENCE, Opponents

_RESAMPLES = 2000  # of each class


@dataclass(frozen=True, eq=False)
class Grouping:
    """Which class each item is in, and what it sells.

    Attributes:
        labels: Kind of class -> (I,) names.
        value: (I,) sales value before the test period.
    """

    labels: Mapping[str, Sequence[str]]
    value: Sequence[float]


def comparisons(
    judged: Judged, opponents: Opponents, shops: Sequence[Incumbent], calendar: Calendar
) -> list[Comparison]:
    """Return the agent against what the shop does today, as far as known, then the best formula.

    Of several the one that the agent gains least on comes first: the choice favours the shop.

    Args:
        judged: What playing gave.
        opponents: What was tuned; the linear programme, which was not, is no formula.
        shops: What is known of the shop's own ordering.
        calendar: Length of a period.
    """
    unknown = {shop.name: int((~shop.known).sum()) for shop in shops}
    formulas = {REFERENCE, *opponents.baselines}
    today = [found for found in judged.results if found.name in (LEVELS, ORDERS)]
    today.sort(key=_gained, reverse=True)
    tuned = [found for found in judged.results if found.name in formulas]
    return [
        replace(_comparison(found, judged, calendar), unknown=unknown.get(found.name, 0))
        for found in (*today, max(tuned, key=_gained))
    ]


def _gained(found: PolicyResult) -> float:
    return found.difference.difference if found.difference else -np.inf


def _comparison(found: PolicyResult, judged: Judged, calendar: Calendar) -> Comparison:
    """Return the agent against one policy, from the starts that it counts from."""
    if found.difference is None:
        raise ValueError(f"{found.name} has no paired difference")
    agent, year = judged.results[0], calendar.periods_per_year
    gap = found.beside(agent) - found.scorecard.per_item["cost"]
    once = found.agent_usual is not None
    ours = judged.usual if once else judged.counted["agent"]
    from_starts = np.subtract(found.starts, agent.starts) * year * len(gap)
    mine, other = (judged.ledgers[name] for name in ("agent", found.name))
    return Comparison(
        rival=found.name,
        today=found.name in (LEVELS, ORDERS),
        settings=found.settings,
        replayed=found.name == ORDERS,
        unknown=0,
        once=once,
        saving=Saving.of(found.difference, year * len(gap)),
        per_item=-gap * year,
        agent=ours.tally.total(calendar),
        other=found.scorecard.total,
        starts=[float(value) for value in from_starts if np.isfinite(value)],
        shortages=(int((mine.unmet > 0).sum()), int((other.unmet > 0).sum())),
        sold_out=(float((mine.on_hand <= 0).mean()), float((other.on_hand <= 0).mean())),
    )


def class_savings(
    judged: Judged, rivals: Sequence[str], grouping: Grouping, calendar: Calendar
) -> list[ClassSaving]:
    """Return ABC class x demand class, then each ABC class, then each demand class.

    Args:
        judged: What playing gave.
        rivals: Against whom.
        grouping: Classes of the items.
        calendar: Length of a period.
    """
    abc, demand = (np.array(grouping.labels[kind]) for kind in (ABC, DEMAND))
    wanted = [(a, d) for a in ABC_CLASSES for d in DEMAND_CLASSES]
    wanted += [(a, "") for a in ABC_CLASSES] + [("", d) for d in DEMAND_CLASSES]
    counted = {name: judged.counted[name] for name in ("agent", *rivals)}
    value, found = np.asarray(grouping.value, dtype=float), []
    for a, d in wanted:
        rows = np.flatnonzero(((abc == a) | (a == "")) & ((demand == d) | (d == "")))
        if len(rows):
            share = float(value[rows].sum() / max(value.sum(), 1e-12))
            savings = _savings(counted, judged.usual, rows, calendar)
            found.append(ClassSaving(a, d, len(rows), share, savings))
    return found


def _savings(
    counted: Mapping[str, Counted], usual: Counted, rows: Ints, calendar: Calendar
) -> list[Saving]:
    """Return what the agent saves on some items against everybody else."""
    once = {name for name, one in counted.items() if one.once}
    costs = {name: one.costs.take(rows) for name, one in counted.items() if name != "agent"}
    ours = [one.costs.take(rows) for one in (counted["agent"], usual)]
    factor = calendar.periods_per_year * len(rows)
    gaps = differences(ours, costs, once, _RESAMPLES)
    return [Saving.of(gap, factor) for gap in gaps.values()]
