"""What a planner reads of a policy: costs by kind, service, stock, turns, orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.costs import Ledger, risen
from replenish.items import Items

MEASURES: dict[str, str] = {
    "cost": "money per item and period, all kinds",
    "cost_holding": "money per item and period",
    "cost_shortage": "money per item and period",
    "cost_ordering": "money per item and period, change of stock credited at unit cost",
    "fill_rate": "share of demand served from stock (P2)",
    "period_service_level": "share of periods in which stock met all demand",
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
        block: Periods that intervals draw together (see `replenish.paired`); 0 = two weeks of
            days, four of weeks.
    """

    days_per_period: int = 1
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


def tally(ledger: Ledger, items: Items) -> Tally:
    """Return what adds up of each of N rows.

    Args:
        ledger: (T, N).
        items: N rows.
    """
    return Tally(_sums(ledger, items))


def score(
    ledger: Ledger, items: Items, item_ids: Sequence[str], calendar: Calendar, rows: Ints
) -> Scorecard:
    """Return the scorecard of a ledger (T, N) in which rows may repeat items (several starts).

    Args:
        ledger: What happened.
        items: N rows.
        item_ids: (I,) names.
        calendar: Length of a period.
        rows: (N,) number of the item that each row plays, 0 .. I - 1.
    """
    by_item: dict[str, Floats] = {
        name: np.asarray(np.bincount(rows, weights=values, minlength=len(item_ids)), dtype=float)
        for name, values in tally(ledger, items).sums.items()
    }
    return Tally(by_item).card(item_ids, calendar)


def _sums(ledger: Ledger, items: Items) -> dict[str, Floats]:
    """Return what adds up over periods, (N,) each."""
    counted = ledger.as_dict()
    n_periods, n = counted["demand"].shape
    cycles, served = _cycles(counted["received"] > 0, counted["unmet"] > 0)
    built_up = risen(ledger).sum(axis=0) if items.charged else 0.0
    ordering = counted["cost_ordering"].sum(axis=0) - items.unit_cost * built_up
    holding, shortage = counted["cost_holding"].sum(axis=0), counted["cost_shortage"].sum(axis=0)
    sales, stock = counted["sales"].sum(axis=0), counted["on_hand"].sum(axis=0)
    unmet, delivered = counted["unmet"].sum(axis=0), sales + _served_late(counted)
    waits = (counted["backorders"] > 0).any(axis=0)
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
        "delivered": delivered,
        "delivered_value": delivered * items.unit_value,
        "revenue_lost": np.where(waits, 0.0, unmet * items.price),
        "orders": (counted["order"] > 0).sum(axis=0).astype(float),
        "periods_served": (counted["unmet"] <= 0).sum(axis=0).astype(float),
        "cycles": cycles,
        "cycles_served": served,
        "order_variance": counted["order"].var(axis=0),
        "demand_variance": counted["demand"].var(axis=0),
    }


def _served_late(counted: Mapping[str, Any]) -> Floats:
    """Return the (N,) units that were served after waiting; none where demand is lost."""
    waiting, unmet = counted["backorders"], counted["unmet"]
    before = np.maximum(waiting[0] - unmet[0], 0.0)
    late = before + unmet.sum(axis=0) - waiting[-1]
    return np.where((waiting > 0).any(axis=0), late, 0.0)


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
            "period_service_level": sums["periods_served"] / periods,
            "cycle_service_level": sums["cycles_served"] / sums["cycles"],
            "average_stock": sums["stock"] / periods,
            "stock_value": sums["stock_value"] / periods,
            "turns": calendar.periods_per_year * sums["delivered_value"] / sums["stock_value"],
            "days_of_cover": calendar.days_per_period * sums["stock"] / sums["delivered"],
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
