"""The parameters of N items: lead times, costs, order rules, stock limits; checked on entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self, get_args

import numpy as np
from scipy.special import ndtri

from replenish.arrays import Floats, Ints

UnmetDemand = Literal["lost", "backorder"]

DEFAULTS: dict[str, float] = {
    "lead_time": 1,
    "lead_time_std": 0.0,
    "review_period": 1,
    "holding_cost": 1.0,
    "shortage_cost": 1.0,
    "fixed_order_cost": 0.0,
    "unit_cost": 0.0,
    "unit_value": 0.0,
    "price": 0.0,
    "min_order": 0.0,
    "pack_size": 0.0,
    "max_order": np.inf,
    "min_stock": 0.0,
    "max_stock": np.inf,
}

_WHOLE = ("lead_time", "review_period")
_WAY_OUT = {
    "lead_time": "1 means: received at the start of the next period",
    "review_period": "1 means: ordering is possible every period",
    "pack_size": "0 means: any quantity",
    "holding_cost": "money per unit left at the end of a period",
    "shortage_cost": "money per unit of unmet demand",
}


@dataclass(frozen=True, eq=False)
class Items:
    """Parameters of N items, each field of shape (N,).

    Attributes:
        lead_time: Whole periods from order to receipt; 0 = usable in the same period.
        lead_time_std: Standard deviation of a random lead time, periods; 0 = fixed.
        review_period: Whole periods between two moments of ordering, 1 or more.
        holding_cost: Money per unit left at the end of a period.
        shortage_cost: Money per unit of unmet demand (lost: once; backordered: every period).
        fixed_order_cost: Money per order placed.
        unit_cost: Money per unit ordered that is *charged*; 0 where purchases pass through.
        unit_value: Money one unit in stock is worth, for stock value and turns; never charged.
        price: Money a customer pays for one unit, for revenue lost.
        min_order: Units; an order is 0 or at least this.
        pack_size: Units; an order is a whole number of packs; 0 = any quantity.
        max_order: Units; an order is at most this.
        min_stock: Units; limit on the inventory position from below.
        max_stock: Units; limit on the inventory position from above.
        unmet_demand: What happens to demand that stock cannot meet, the same for all rows.
    """

    lead_time: Ints
    lead_time_std: Floats
    review_period: Ints
    holding_cost: Floats
    shortage_cost: Floats
    fixed_order_cost: Floats
    unit_cost: Floats
    unit_value: Floats
    price: Floats
    min_order: Floats
    pack_size: Floats
    max_order: Floats
    min_stock: Floats
    max_stock: Floats
    unmet_demand: UnmetDemand = "lost"

    def __post_init__(self) -> None:
        if self.unmet_demand not in get_args(UnmetDemand):
            raise ValueError(
                f"items.unmet_demand is {self.unmet_demand!r}, expected lost or backorder"
            )
        for name in DEFAULTS:
            _check(name, getattr(self, name), len(self.lead_time))
        _check_order("min_order", self.min_order, "max_order", self.max_order)
        _check_order("min_stock", self.min_stock, "max_stock", self.max_stock)
        _check_order("pack_size", self.pack_size, "max_order", self.max_order)

    @classmethod
    def build(
        cls,
        n_items: int,
        unmet_demand: UnmetDemand = "lost",
        /,
        **parameters: float | Sequence[float] | Floats | Ints,
    ) -> Self:
        """Return items from numbers (the same for all) or (N,) arrays; the rest by default.

        Raises:
            TypeError: A parameter has no such name.
            ValueError: A value is out of its range; the message names field, item and value.
        """
        unknown = set(parameters) - set(DEFAULTS)
        if unknown:
            raise TypeError(f"Items has no parameter {sorted(unknown)}; known: {list(DEFAULTS)}")
        columns: dict[str, Any] = {}
        for name, default in DEFAULTS.items():
            values = np.array(np.broadcast_to(parameters.get(name, default), n_items), dtype=float)
            _check(name, values, n_items)
            columns[name] = values.astype(np.int64) if name in _WHOLE else values
        return cls(**columns, unmet_demand=unmet_demand)

    def __len__(self) -> int:
        return len(self.lead_time)

    def take(self, rows: Ints) -> Self:
        """Return the items with these row numbers, in this order, repeats allowed."""
        columns = {name: getattr(self, name)[rows] for name in DEFAULTS}
        return type(self)(**columns, unmet_demand=self.unmet_demand)

    @cached_property
    def charged(self) -> bool:
        """Whether any purchase is charged; else costs need no credit for stock built up."""
        return bool(self.unit_cost.any())

    @cached_property
    def protection_period(self) -> Ints:
        """(N,) lead time + review period: how long an order must cover, in periods."""
        return np.asarray(self.lead_time + self.review_period)

    @cached_property
    def latest(self) -> Ints:
        """(N,) periods that an order takes at most: a random lead time and 3 deviations."""
        late = np.where(self.lead_time_std > 0, np.ceil(3.0 * self.lead_time_std), 0.0)
        return np.asarray(self.lead_time + late.astype(np.int64))

    @cached_property
    def longest_lead_time(self) -> int:
        """Number of columns that ``on_order`` needs: lateness of random lead times included."""
        return max(1, int(np.max(self.latest)))

    @cached_property
    def critical_ratio(self) -> Floats:
        """(N,) p / (p + h R): the probability of meeting demand that costs least, or near it.

        Ordered up to a level every R periods, one more unit is held for R periods if it is not
        needed, and saves one shortage if it is: the newsvendor's p / (p + h) where every period
        is reviewed (Zipkin 2000, section 6.2).
        """
        total = self.shortage_cost + self.holding_cost * self.review_period
        return np.asarray(self.shortage_cost / np.where(total > 0, total, 1.0))

    @cached_property
    def critical_score(self) -> Floats:
        """(N,) standard normal quantile of the critical ratio; infinite where a cost is 0."""
        return np.asarray(ndtri(self.critical_ratio))


def _check(name: str, values: Any, n_items: int) -> None:
    """Raise ``ValueError`` naming field, item and value unless all values are in range."""
    if values.shape != (n_items,):
        raise ValueError(f"items.{name} has shape {values.shape}, expected ({n_items},)")
    least = 1.0 if name == "review_period" else 0.0
    bad = np.isnan(values) | (values < least)
    if name not in ("max_order", "max_stock"):
        bad |= np.isinf(values)
    kind = "a number"
    if name in _WHOLE:
        bad |= values != np.floor(values)
        kind = "a whole number"
    if bad.any():
        item = int(np.argmax(bad))
        hint = f"; {_WAY_OUT[name]}" if name in _WAY_OUT else ""
        raise ValueError(
            f"items.{name}[{item}] is {values[item]}, expected {kind} of {least:g} or more{hint}"
        )


def _check_order(low_name: str, low: Floats, high_name: str, high: Floats) -> None:
    """Raise ``ValueError`` where the lower of two limits lies above the upper one."""
    bad = low > high
    if bad.any():
        item = int(np.argmax(bad))
        raise ValueError(
            f"items.{low_name}[{item}] is {low[item]}, above items.{high_name}[{item}] = "
            f"{high[item]}; lower the first or raise the second"
        )
