"""How each measure is called, explained and rounded, wherever a report shows it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from replenish.judging.evaluation import Evaluation, PolicyResult
from replenish.paired import PairedDifference
from replenish.percent import UNKNOWN, percent


@dataclass(frozen=True)
class Measure:
    """A column of the table of policies.

    Attributes:
        heading: For a column, short.
        kind: ``share`` is shown in per cent, ``figure`` with the digits that its size asks for.
        better: Which way a planner wants it to go.
        meaning: One or two sentences for people who plan stock; the unit stands in `MEASURES`.
    """

    heading: str
    kind: Literal["share", "figure"]
    better: Literal["lower", "higher", "neither"]
    meaning: str


COLUMNS: dict[str, Measure] = {
    "cost": Measure(
        "Cost",
        "figure",
        "lower",
        "Holding, shortage and ordering together: what the policies are judged on.",
    ),
    "cost_holding": Measure(
        "Holding",
        "figure",
        "lower",
        "Holding cost of each unit left on hand at the end of a period.",
    ),
    "cost_shortage": Measure(
        "Shortage",
        "figure",
        "lower",
        "Shortage cost of demand that stock could not meet: once per unit lost, or in every "
        "period that a backordered unit waits.",
    ),
    "cost_ordering": Measure(
        "Ordering",
        "figure",
        "lower",
        "Fixed cost of each order. Purchases pass through and are not charged, unless the config "
        "sets items.override.unit_cost: then units that left are paid for as well.",
    ),
    "fill_rate": Measure(
        "Fill rate",
        "share",
        "higher",
        "Share of the units asked for that were served from stock at once (P2).",
    ),
    "period_service_level": Measure(
        "Periods served",
        "share",
        "higher",
        "Share of items and periods in which stock met all that was asked for, also where nothing "
        "was: what a service_level aims at.",
    ),
    "cycle_service_level": Measure(
        "Cycle service",
        "share",
        "higher",
        "Share of replenishment cycles, from one receipt to the next, without a stockout (P1).",
    ),
    "average_stock": Measure(
        "Stock",
        "figure",
        "lower",
        "Units on hand at the end of a period, the mean over items and periods.",
    ),
    "stock_value": Measure(
        "Stock value", "figure", "lower", "The same stock in money, each unit at its unit value."
    ),
    "turns": Measure(
        "Turns",
        "figure",
        "higher",
        "How often a year the stock is sold: yearly sales at cost over average stock at cost.",
    ),
    "days_of_cover": Measure(
        "Days of cover",
        "figure",
        "neither",
        "How many days of average sales the average stock would last.",
    ),
    "revenue_lost": Measure(
        "Revenue lost", "figure", "lower", "Unmet demand at the sales price; no part of the cost."
    ),
    "orders": Measure(
        "Orders", "figure", "neither", "Orders placed per item and period: the work of ordering."
    ),
    "bullwhip": Measure(
        "Bullwhip",
        "figure",
        "lower",
        "Variance of the orders of single periods over that of demand: above 1 the supplier is "
        "shaken more than the shop.",
    ),
}


BESIDE = {"bound": "bound", "what_if": "what if"}  # kind -> what stands beside the name


def by_cost(evaluation: Evaluation) -> list[PolicyResult]:
    """Return agent and baselines from the cheapest to the dearest, then what if and the bound."""
    last = {"what_if": 1, "bound": 2}
    return sorted(
        evaluation.results, key=lambda result: (last.get(result.kind, 0), total(result, "cost"))
    )


def total(result: PolicyResult, measure: str) -> float:
    """Return a measure over all items; NaN where the policy has none (a bound has few)."""
    return float(result.scorecard.total.get(measure, np.nan))


def shown(results: Sequence[PolicyResult], measure: str) -> list[str]:
    """Return one measure of every policy as text; all kinds of cost with the same decimals."""
    values = [total(result, measure) for result in results]
    if COLUMNS[measure].kind == "share":
        return shares(values)
    if measure.startswith("cost"):
        return figures(values, decimals([total(result, "cost") for result in results], 4))
    return figures(values, decimals(values, 3))


def shares(values: Sequence[float]) -> list[str]:
    """Return shares as text in per cent."""
    return [f"{100 * v:.1f} %" if np.isfinite(v) else UNKNOWN for v in values]


def figures(values: Sequence[float], places: int | None = None) -> list[str]:
    """Return numbers as text, all with the same decimals: four digits of the largest if None."""
    places = decimals(values, 4) if places is None else places
    return [f"{v:,.{places}f}" if np.isfinite(v) else UNKNOWN for v in values]


def decimals(values: Sequence[float], digits: int) -> int:
    """Return the decimals that show this many digits of the largest value."""
    sizes = [abs(v) for v in values if np.isfinite(v) and v != 0]
    magnitude = int(np.floor(np.log10(max(sizes)))) if sizes else 0
    return int(np.clip(digits - 1 - magnitude, 0, 6))


def interval(difference: PairedDifference | None) -> str:
    """Return the 95 % interval of a paired difference in per cent as text."""
    return "" if difference is None else between(difference.percent_low, difference.percent_high)


def between(low: float | None, high: float | None) -> str:
    """Return an interval in per cent as text; a dash where there is none."""
    if low is None or high is None:
        return UNKNOWN
    return f"[{percent(low)}, {percent(high)}]"


def difference(result: PolicyResult) -> str:
    """Return the agent's paired difference to a policy in per cent as text."""
    return UNKNOWN if result.difference is None else percent(result.difference.percent)


def with_interval(result: PolicyResult) -> str:
    """Return the agent's paired difference with its interval as text."""
    return around(result.difference) if result.difference else UNKNOWN


def around(difference: PairedDifference) -> str:
    """Return a paired difference in per cent with its interval, if there is one, as text."""
    if difference.percent_low is None:
        return percent(difference.percent)
    return f"{percent(difference.percent)} {interval(difference)}"


def minus(text: str) -> str:
    """Return text with the true minus sign before figures, as wide as a plus."""
    return re.sub(r"(?<![\w|-])-(?=[\d.])", "\N{MINUS SIGN}", text)
