"""Tables behind the verdict: kinds of interval, starts, classes of items, other parameters."""

from collections.abc import Sequence
from dataclasses import asdict, fields

import numpy as np

from replenish.judging.by_class import ItemClass
from replenish.judging.evaluation import Evaluation
from replenish.paired import LEAST_ITEMS, PairedDifference
from replenish.percent import UNKNOWN, percent
from replenish.report.measures import (
    around,
    between,
    by_cost,
    decimals,
    figures,
    interval,
    shares,
)
from replenish.report.page import Table
from replenish.report.tables import cell, csv_text
from replenish.scorecard import MEASURES

_DIFFERENCE = tuple(spec.name for spec in fields(PairedDifference))


def against_table(evaluation: Evaluation) -> Table:
    """Return the agent's paired difference to every policy, with each kind of interval."""
    rows = [
        (
            result.name,
            percent(d.percent),
            interval(d) if d.blocks else UNKNOWN,
            between(d.items_percent_low, d.items_percent_high),
            between(d.time_percent_low, d.time_percent_high),
            f"{100 * d.share_improved:.0f} %",
        )
        for result in by_cost(evaluation)
        if (d := result.difference) is not None
    ]
    header = (
        "Policy",
        "Agent minus it",
        "Over items and time",
        "Over items alone",
        "Over time alone",
        "Items improved",
    )
    return Table("", header, rows)


def interval_words(evaluation: Evaluation) -> str:
    """Return what the intervals of this evaluation are over."""
    difference = evaluation.best_baseline.difference
    if difference is not None and difference.low is None:
        return f"over nothing: fewer than {LEAST_ITEMS} items are too few for an interval"
    if difference is None or not difference.blocks:
        return (
            "over items alone: the test period is too short for blocks of time, so that what "
            "happened to all items together does not count in it"
        )
    return f"over items and {difference.blocks} blocks of consecutive periods"


def starts_table(evaluation: Evaluation) -> Table | None:
    """Return everybody's cost from each start, and the agent's difference; None with one."""
    results = [result for result in by_cost(evaluation) if len(result.starts) > 1]
    if not results:
        return None
    ours, number = evaluation.agent.starts, len(results[0].starts)
    places = decimals([cost for result in results for cost in result.starts], 4)
    rows = []
    for result in results:
        gaps = [_gap(mine, other) for mine, other in zip(ours, result.starts, strict=True)]
        text = UNKNOWN if result.kind == "agent" else _span(gaps)
        rows.append((result.name, *figures(result.starts, places), text))
    header = ("Policy", *(f"Start {k + 1}" for k in range(number)), "Agent minus it")
    return Table("", header, rows)


def class_tables(evaluation: Evaluation) -> list[Table]:
    """Return two tables for each kind of class: what it holds, and who is better on it."""
    kinds = dict.fromkeys(found.kind for found in evaluation.classes)
    return [
        table
        for kind in kinds
        for members in [[found for found in evaluation.classes if found.kind == kind]]
        for table in (_members(kind, members, evaluation), _differences(kind, members, evaluation))
    ]


def sensitivity_table(evaluation: Evaluation) -> Table | None:
    """Return the agent against the best baseline of each case; None when not run."""
    cases = evaluation.sensitivity
    if not cases:
        return None
    costs = figures([value for case in cases for value in (case.cost, case.best_cost)])
    rows = [
        (
            case.parameter if case.factor == 1.0 else f"{case.parameter} × {case.factor:g}",
            costs[2 * number],
            case.best,
            costs[2 * number + 1],
            percent(case.difference.percent),
            interval(case.difference),
        )
        for number, case in enumerate(cases)
    ]
    header = ("Case", "Cost, agent", "Best baseline", "Its cost", "Agent minus it", "95 % interval")
    return Table("", header, rows)


def equal_service_table(evaluation: Evaluation) -> Table | None:
    """Return the agent's stock at each policy's own fill rate; None when not run."""
    found = evaluation.frontier
    if found is None:
        return None
    rows = []
    for name in found.curves:
        if name != "agent":
            there = next(point for point in found.curves[name] if point.factor == 1.0)
            saved = found.stock_saved(name)
            text = UNKNOWN if saved is None else percent(saved)
            rows.append((name, *shares([there.fill_rate]), *figures([there.stock], 2), text))
    header = ("Policy", "Fill rate", "Stock", "Agent's stock at this fill rate")
    return Table("", header, rows)


def classes_csv(evaluation: Evaluation) -> str:
    """Return one row per class and policy: every measure, then the agent's paired difference."""
    header = ["kind", "class", "items", "share_of_sales_value", "policy", *MEASURES]
    rows = [
        [
            found.kind,
            found.name,
            str(found.items),
            cell(found.value_share),
            policy,
            *(cell(total[measure]) for measure in MEASURES),
            *_difference_cells(found.differences.get(policy)),
        ]
        for found in evaluation.classes
        for policy, total in found.totals.items()
    ]
    return csv_text([*header, *(f"agent_{name}" for name in _DIFFERENCE)], rows)


def _difference_cells(difference: PairedDifference | None) -> list[str]:
    if difference is None:
        return [""] * len(_DIFFERENCE)
    return [cell(value) for value in asdict(difference).values()]


def _members(kind: str, members: Sequence[ItemClass], evaluation: Evaluation) -> Table:
    """Return what each class holds, and what agent and best baseline of the class make of it."""
    ours, name = evaluation.agent.name, kind[0].upper() + kind[1:]
    rows = [
        (
            found.name,
            str(found.items),
            *shares([found.value_share]),
            *figures([found.totals[ours]["cost"]], 3),
            found.best,
            *figures([found.totals[found.best]["cost"]], 3),
            percent(found.differences[found.best].percent),
            interval(found.differences[found.best]),
            *shares([found.totals[who]["fill_rate"] for who in (ours, found.best)]),
        )
        for found in members
    ]
    header = (
        name,
        "Items",
        "Of sales value",
        "Cost, agent",
        "Best baseline here",
        "Its cost",
        "Agent minus it",
        "95 % interval",
        "Fill rate, agent",
        "Fill rate, best",
    )
    return Table(f"By {kind}", header, rows)


def _differences(kind: str, members: Sequence[ItemClass], evaluation: Evaluation) -> Table:
    """Return the agent's difference to every baseline on each class."""
    baselines = [result for result in by_cost(evaluation) if result.kind == "baseline"]
    rows = [
        (result.name, *(_with_interval(found.differences.get(result.name)) for found in members))
        for result in baselines
    ]
    title = f"By {kind}: agent minus each baseline"
    return Table(title, ("Policy", *(found.name for found in members)), rows)


def _with_interval(difference: PairedDifference | None) -> str:
    return UNKNOWN if difference is None else around(difference)


def _gap(ours: float, theirs: float) -> float:
    """Return ours minus theirs in per cent of theirs."""
    return 100.0 * (ours / theirs - 1.0) if theirs > 0 else np.nan  # not played: NaN


def _span(gaps: Sequence[float]) -> str:
    """Return the smallest and the largest in words, of the starts that were played."""
    played = [gap for gap in gaps if np.isfinite(gap)]
    if not played:
        return UNKNOWN
    ends = dict.fromkeys(percent(end) for end in (min(played), max(played)))
    return " to ".join(ends)
