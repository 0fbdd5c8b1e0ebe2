"""What a planner reads of a policy: costs by kind, service, stock, turns, orders."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.costs import Ledger
from replenish.items import Items

MEASURES: dict[str, str] = {
    "cost": "money per item and period, all kinds",
    "cost_holding": "money per item and period",
    "cost_shortage": "money per item and period",
    "cost_ordering": "money per item and period, change of stock credited at unit cost",
    "fill_rate": "share of demand served from stock (P2)",
    "cycle_service_level": "share of replenishment cycles without a stockout (P1)",
    "average_stock": "units per item at the end of a period",
    "stock_value": "money per item at the end of a period",
    "turns": "cost of sales per year over average stock at cost",
    "days_of_cover": "average stock over average daily sales",
    "revenue_lost": "money per item and period",
    "orders": "orders per item and period",
}


@dataclass(frozen=True, eq=False)
class Scorecard:
    """A policy's result, per item (I,) and in all; units in `MEASURES`.

    Attributes:
        item_ids: (I,) names.
        per_item: measure -> (I,) values; NaN where undefined (no demand, no cycle).
        total: measure -> value over all items.
    """

    item_ids: tuple[str, ...]
    per_item: dict[str, Floats]
    total: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the scorecard as JSON: NaN becomes None."""
        rows = {name: [_plain(v) for v in values] for name, values in self.per_item.items()}
        total = {name: _plain(value) for name, value in self.total.items()}
        return {"item_ids": list(self.item_ids), "per_item": rows, "total": total}


@dataclass(frozen=True)
class Calendar:
    """How periods turn into days and years.

    Attributes:
        days_per_period: 1 for daily data, 7 for weekly.
        warm_up: Periods at the start of an episode that do not count.
    """

    days_per_period: int = 1
    warm_up: int = 0

    @property
    def periods_per_year(self) -> float:
        """Number of periods in a year of 365.25 days."""
        return 365.25 / self.days_per_period


def score(
    ledger: Ledger, items: Items, item_ids: Sequence[str], calendar: Calendar, rows: Ints
) -> Scorecard:
    """Return the scorecard of a ledger (T, N) in which rows may repeat items (several starts).

    Args:
        ledger: What happened; the first ``calendar.warm_up`` periods are left out.
        items: N rows.
        item_ids: (I,) names.
        calendar: Length of a period, warm-up.
        rows: (N,) number of the item that each row plays, 0 .. I - 1.
    """
    sums = _sums(ledger, items, calendar.warm_up)
    n_items = len(item_ids)
    by_item: dict[str, Floats] = {
        name: np.asarray(np.bincount(rows, weights=values, minlength=n_items), dtype=float)
        for name, values in sums.items()
    }
    per_item = _measures(by_item, calendar)
    summed: dict[str, Floats] = {
        name: np.sum(values, keepdims=True, dtype=float) for name, values in sums.items()
    }
    total = _measures(summed, calendar)
    return Scorecard(tuple(item_ids), per_item, {name: float(v[0]) for name, v in total.items()})


def _sums(ledger: Ledger, items: Items, warm_up: int) -> dict[str, Floats]:
    """Return what adds up over periods, (N,) each."""
    counted = {name: values[warm_up:] for name, values in ledger.as_dict().items()}
    n_periods, n = counted["demand"].shape
    cycles, served = _cycles(counted["received"] > 0, counted["unmet"] > 0)
    before = _position(ledger, warm_up - 1) if warm_up else _starting_position(ledger)
    change = _position(ledger, -1) - before
    ordering = counted["cost_ordering"].sum(axis=0) - items.unit_cost * change
    holding, shortage = counted["cost_holding"].sum(axis=0), counted["cost_shortage"].sum(axis=0)
    sales, stock = counted["sales"].sum(axis=0), counted["on_hand"].sum(axis=0)
    return {
        "periods": np.full(n, float(n_periods)),
        "cost": holding + shortage + ordering,
        "cost_holding": holding,
        "cost_shortage": shortage,
        "cost_ordering": ordering,
        "demand": counted["demand"].sum(axis=0),
        "sales": sales,
        "stock": stock,
        "stock_value": stock * items.unit_value,
        "sales_value": sales * items.unit_value,
        "revenue_lost": counted["unmet"].sum(axis=0) * items.price,
        "orders": (counted["order"] > 0).sum(axis=0).astype(float),
        "cycles": cycles,
        "cycles_served": served,
    }


def _position(ledger: Ledger, period: int) -> Floats:
    """Return the (N,) inventory position at the end of a period."""
    return np.asarray(ledger.on_hand[period] + ledger.on_order[period] - ledger.backorders[period])


def _starting_position(ledger: Ledger) -> Floats:
    """Return the (N,) inventory position before the first order, from what the period moved."""
    waits = ledger.backorders.any()  # then all demand leaves the position, else what was sold
    gone = ledger.demand[0] if waits else ledger.sales[0]
    return np.asarray(_position(ledger, 0) - ledger.order[0] + gone)


def _measures(sums: Mapping[str, Floats], calendar: Calendar) -> dict[str, Floats]:
    """Return the measures of `MEASURES` from what adds up."""
    periods = sums["periods"]
    with np.errstate(divide="ignore", invalid="ignore"):
        per_period: dict[str, Floats] = {
            name: sums[name] / periods
            for name in ("cost", "cost_holding", "cost_shortage", "cost_ordering")
        }
        return per_period | {
            "fill_rate": sums["sales"] / sums["demand"],
            "cycle_service_level": sums["cycles_served"] / sums["cycles"],
            "average_stock": sums["stock"] / periods,
            "stock_value": sums["stock_value"] / periods,
            "turns": calendar.periods_per_year * sums["sales_value"] / sums["stock_value"],
            "days_of_cover": calendar.days_per_period * sums["stock"] / sums["sales"],
            "revenue_lost": sums["revenue_lost"] / periods,
            "orders": sums["orders"] / periods,
        }


def _cycles(received: Any, short: Any) -> tuple[Floats, Floats]:
    """Return the (N,) number of replenishment cycles, and of those without a stockout.

    A cycle runs from one receipt to the period before the next; what lies before the first
    receipt is not a cycle.
    """
    n_periods, n = received.shape
    number = np.cumsum(received, axis=0)  # (T, N) 0 before the first receipt
    cycles = number[-1].astype(float)
    key = number * n + np.arange(n)
    failed = np.bincount(key[short].ravel(), minlength=(n_periods + 1) * n) > 0
    failures = failed.reshape(-1, n)[1:].sum(axis=0)
    return cycles, cycles - failures


def _plain(value: float) -> float | None:
    """Return a number that JSON knows."""
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True)
class PairedDifference:
    """Cost of a policy minus that of another on the same demand, with its interval.

    Attributes:
        difference: Money per item and period; below 0 = the first is cheaper.
        low: Lower end of the 95 % interval.
        high: Upper end.
        percent: Difference in per cent of the other's cost.
        percent_low: Lower end, per cent.
        percent_high: Upper end, per cent.
        share_improved: Share of items on which the first is cheaper.
    """

    difference: float
    low: float
    high: float
    percent: float
    percent_low: float
    percent_high: float
    share_improved: float

    def to_dict(self) -> dict[str, float]:
        """Return the fields as JSON."""
        return asdict(self)


def paired_difference(
    cost: Floats, other: Floats, seed: int = 0, resamples: int = 10_000
) -> PairedDifference:
    """Return the mean difference with a 95 % bootstrap interval over items (Efron 1979).

    Args:
        cost: (I,) money per period of each item under the first policy.
        other: (I,) the same under the other policy.
        seed: Of the resampling.
        resamples: Number of bootstrap samples.
    """
    rng, n = np.random.default_rng(seed), len(cost)
    weights = rng.multinomial(n, np.full(n, 1.0 / n), size=resamples) / n  # (B, I)
    ours, theirs = weights @ cost, weights @ other  # (B,)
    low, high = np.quantile(ours - theirs, (0.025, 0.975))
    base = max(float(other.mean()), 1e-12)
    relative = (ours - theirs) / np.maximum(theirs, 1e-12)
    percent_low, percent_high = np.quantile(relative, (0.025, 0.975))
    difference = float((cost - other).mean())
    return PairedDifference(
        difference,
        float(low),
        float(high),
        100.0 * difference / base,
        100.0 * float(percent_low),
        100.0 * float(percent_high),
        float((cost < other).mean()),
    )
