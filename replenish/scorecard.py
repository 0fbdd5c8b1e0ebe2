"""What a planner reads of a policy: costs by kind, service, stock, turns, orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    "bullwhip": "variance of orders over variance of demand",
}
_COSTS = ("cost", "cost_holding", "cost_shortage", "cost_ordering")
_BLOCK_DAYS = {1: 14, 7: 28}  # by the days of a period: two weeks, four weeks


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
    """How periods turn into days, blocks and years.

    Attributes:
        days_per_period: 1 for daily data, 7 for weekly.
        warm_up: Periods at the start of an episode that do not count.
        block: Periods that intervals draw together (see `replenish.paired`); 0 = two weeks of
            days, four of weeks.
    """

    days_per_period: int = 1
    warm_up: int = 0
    block: int = 0

    @property
    def block_periods(self) -> int:
        """Number of periods of a block."""
        days = _BLOCK_DAYS.get(self.days_per_period, 14)
        return self.block or max(days // self.days_per_period, 1)

    @property
    def periods_per_year(self) -> float:
        """Number of periods in a year of 365.25 days."""
        return 365.25 / self.days_per_period


@dataclass(frozen=True, eq=False)
class Tally:
    """What adds up over periods, starts and items, and what every measure follows from.

    Attributes:
        sums: name -> (I,) sums.
    """

    sums: Mapping[str, Floats]

    def card(self, item_ids: Sequence[str], calendar: Calendar) -> Scorecard:
        """Return the measures of each item and of all."""
        return Scorecard(tuple(item_ids), _measures(self.sums, calendar), self.total(calendar))

    def total(self, calendar: Calendar, rows: Ints | None = None) -> dict[str, float]:
        """Return the measures over some items together, over all without ``rows``."""
        chosen = slice(None) if rows is None else rows
        summed = {n: np.sum(v[chosen], keepdims=True, dtype=float) for n, v in self.sums.items()}
        return {name: float(value[0]) for name, value in _measures(summed, calendar).items()}

    def __add__(self, other: "Tally") -> "Tally":
        return Tally({name: values + other.sums[name] for name, values in self.sums.items()})


def tally(ledger: Ledger, items: Items, calendar: Calendar) -> Tally:
    """Return what adds up of each of N rows.

    Args:
        ledger: (T, N); the first ``calendar.warm_up`` periods are left out.
        items: N rows.
        calendar: Length of a period, warm-up.
    """
    return Tally(_sums(ledger, items, calendar.warm_up))


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
    by_item: dict[str, Floats] = {
        name: np.asarray(np.bincount(rows, weights=values, minlength=len(item_ids)), dtype=float)
        for name, values in tally(ledger, items, calendar).sums.items()
    }
    return Tally(by_item).card(item_ids, calendar)


def judged_cost(ledger: Ledger, items: Items, calendar: Calendar) -> Floats:
    """Return the (T, N) money of each period after the warm-up; they add up to the scorecard's.

    What the inventory position rose by in a period is credited at unit cost, as in the sum.
    """
    cost = ledger.cost[calendar.warm_up :]
    if not items.unit_cost.any():
        return cost
    position = ledger.on_hand + ledger.on_order - ledger.backorders
    rise = np.diff(position, axis=0, prepend=_starting_position(ledger)[None])
    return np.asarray(cost - items.unit_cost * rise[calendar.warm_up :])


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
        "order_variance": counted["order"].var(axis=0),
        "demand_variance": counted["demand"].var(axis=0),
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
    """Return the measures of `MEASURES` from what adds up.

    Fill rate (P2) and cycle service level (P1) as in Silver, Pyke and Thomas (2017, section
    6.5); bullwhip as in Chen, Drezner, Ryan and Simchi-Levi (2000, Management Science 46,
    436-443), the variances of single periods of each item added up before they are divided.
    """
    periods = sums["periods"]
    with np.errstate(divide="ignore", invalid="ignore"):
        per_period: dict[str, Floats] = {name: sums[name] / periods for name in _COSTS}
        return per_period | {
            "fill_rate": sums["sales"] / sums["demand"],
            "cycle_service_level": sums["cycles_served"] / sums["cycles"],
            "average_stock": sums["stock"] / periods,
            "stock_value": sums["stock_value"] / periods,
            "turns": calendar.periods_per_year * sums["sales_value"] / sums["stock_value"],
            "days_of_cover": calendar.days_per_period * sums["stock"] / sums["sales"],
            "revenue_lost": sums["revenue_lost"] / periods,
            "orders": sums["orders"] / periods,
            "bullwhip": sums["order_variance"] / sums["demand_variance"],
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
