"""Demand that waits, counted exactly: base-stock, newsvendor and (r,Q).

What is ordered in period t is on hand at the start of period t + L, so the inventory position y
after ordering meets the demand D of L + 1 periods before the costs are counted:

    G(y) = h E[(y - D)^+] + p E[(D - y)^+]

(Zipkin 2000, section 6.2; the position itself need not look at what is under
way). Everything here and in `replenish.exact.fixed_cost` is an average of G over the positions
that a rule visits, plus K for each order placed.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.errors import InputError
from replenish.exact.demand import DiscreteDemand


@dataclass(frozen=True, eq=False)
class BackorderProblem:
    """One item whose unmet demand waits, reviewed every period.

    Attributes:
        demand: Of one period, independent from period to period.
        lead_time: Whole periods from order to receipt; 0 = usable in the same period.
        holding_cost: Money per unit left at the end of a period, more than 0.
        shortage_cost: Money per unit waiting at the end of a period, more than 0.
        fixed_order_cost: Money per order placed.
    """

    demand: DiscreteDemand
    lead_time: int
    holding_cost: float
    shortage_cost: float
    fixed_order_cost: float = 0.0

    def __post_init__(self) -> None:
        check_whole("lead_time", self.lead_time, least=0)
        check_positive("holding_cost", self.holding_cost)
        check_positive("shortage_cost", self.shortage_cost)
        if not 0 <= self.fixed_order_cost < np.inf:
            raise InputError(
                f"fixed_order_cost is {self.fixed_order_cost}, expected 0 money per order or more"
            )
        if self.demand.most == 0:
            raise InputError("demand is always 0 units, expected a chance of 1 unit or more")

    @cached_property
    def demand_until_counted(self) -> DiscreteDemand:
        """Demand of L + 1 periods: what an order meets before its costs are counted."""
        return self.demand.sum_over(self.lead_time + 1)

    @cached_property
    def critical_ratio(self) -> float:
        """Share p / (p + h): the probability of meeting demand that costs least."""
        return self.shortage_cost / (self.shortage_cost + self.holding_cost)

    @cached_property
    def cheapest_level(self) -> int:
        """Smallest y that minimises G: where the distribution reaches p / (p + h), units."""
        return self.demand_until_counted.quantile(self.critical_ratio)

    @cached_property
    def _expected_stock(self) -> Floats:
        """(M + 2,) E[(y - D)^+] for y = 0 .. M + 1, M the largest demand of L + 1 periods."""
        return np.concatenate(([0.0], np.cumsum(self.demand_until_counted.cumulative)))

    def cost_rate(self, position: Ints | int) -> Floats:
        """Return G(y), money per period, same shape.

        Args:
            position: Whole units of inventory position after ordering, below 0 too.
        """
        level, total = np.asarray(position), self.demand_until_counted
        known = self._expected_stock[np.clip(level, 0, total.most + 1)]
        stock = known + np.maximum(level - (total.most + 1), 0)
        waiting = stock + total.mean - level
        return np.asarray(self.holding_cost * stock + self.shortage_cost * waiting)


@dataclass(frozen=True)
class BaseStock:
    """Order up to a level in every period.

    Attributes:
        order_up_to_level: Units.
        cost: Money per period in the long run.
    """

    order_up_to_level: int
    cost: float


def base_stock_cost(problem: BackorderProblem, order_up_to_level: int) -> float:
    """Return the long-run cost per period of ordering up to a level in every period.

    The position after ordering is always the level, and an order is placed whenever there was
    demand: G(S) + K P(d > 0).
    """
    ordering = problem.fixed_order_cost * (1.0 - float(problem.demand.pmf[0]))
    return float(problem.cost_rate(order_up_to_level)) + ordering


def best_base_stock(problem: BackorderProblem) -> BaseStock:
    """Return the best order-up-to level and what it costs; without a fixed cost, the optimum.

    The smallest level at which the distribution of L + 1 periods' demand reaches p / (p + h)
    (Karlin and Scarf 1958; Zipkin 2000, section 6.2).
    """
    level = problem.cheapest_level
    return BaseStock(level, base_stock_cost(problem, level))


@dataclass(frozen=True)
class Newsvendor:
    """One order for one period.

    Attributes:
        order_quantity: Units.
        cost: Expected money.
    """

    order_quantity: int
    cost: float


def newsvendor(demand: DiscreteDemand, overage_cost: float, underage_cost: float) -> Newsvendor:
    """Return the order for one period's demand that costs least, F^-1(p / (p + h)).

    Args:
        demand: Of the one period.
        overage_cost: Money per unit left over, h (what it cost less what it still fetches).
        underage_cost: Money per unit missing, p (price less cost).

    Source: Edgeworth 1888; Arrow, Harris and Marschak 1951; Porteus 2002.
    """
    check_positive("overage_cost", overage_cost)
    check_positive("underage_cost", underage_cost)
    best = best_base_stock(BackorderProblem(demand, 0, overage_cost, underage_cost))
    return Newsvendor(best.order_up_to_level, best.cost)


@dataclass(frozen=True)
class QuantityRule:
    """Order whole lots of Q when the position is at r or below: (r,Q), or (r,nQ).

    Attributes:
        reorder_point: Units.
        order_quantity: Units of one lot.
        cost: Money per period in the long run.
    """

    reorder_point: int
    order_quantity: int
    cost: float


def quantity_rule_cost(problem: BackorderProblem, reorder_point: int, order_quantity: int) -> float:
    """Return the long-run cost per period of (r,Q), exactly.

    The smallest number of lots that lifts the position above r is ordered, at K in all. The
    position after ordering is then uniform on r + 1 .. r + Q (Hadley and Whitin 1963;
    Zipkin 2000, section 6.2), and an order follows where demand reaches r:
    (1 / Q) (sum of G over these positions + K sum of P(d >= k) over k = 1 .. Q). Where all
    demands share a divisor with Q, this is the average over the positions to begin from.
    """
    check_whole("reorder_point", reorder_point)
    check_whole("order_quantity", order_quantity, least=1)
    lot = np.arange(1, order_quantity + 1)
    held = problem.cost_rate(reorder_point + lot).sum()
    orders = (1.0 - problem.demand.cdf(lot - 1)).sum()
    return float((held + problem.fixed_order_cost * orders) / order_quantity)


def best_quantity_rule(problem: BackorderProblem) -> QuantityRule:
    """Return the (r,Q) that costs least.

    For each Q the best positions are the Q cheapest ones, a run since G is convex, so Q + 1 adds
    the cheaper neighbour (Federgruen and Zheng 1992). Once that neighbour alone costs as much as
    the best average, no larger Q is better.
    """
    low = high = problem.cheapest_level
    held, orders, best = 0.0, 0.0, QuantityRule(low, 0, np.inf)
    added = float(problem.cost_rate(low))
    while added < best.cost:
        held += added
        quantity = high - low + 1
        orders += 1.0 - float(problem.demand.cdf(quantity - 1))
        cost = (held + problem.fixed_order_cost * orders) / quantity
        if cost < best.cost:
            best = QuantityRule(low - 1, quantity, cost)
        below, above = (float(g) for g in problem.cost_rate(np.array([low - 1, high + 1])))
        added = min(below, above)
        low, high = (low - 1, high) if below < above else (low, high + 1)
    return best


def check_whole(name: str, value: float, least: float = -np.inf) -> None:
    """Raise ``InputError`` unless a value is a whole number, not below the least."""
    if not (np.isfinite(value) and value == np.floor(value) and value >= least):
        limit = f" of {least:g} or more" if np.isfinite(least) else ""
        raise InputError(f"{name} is {value}, expected a whole number{limit}")


def check_positive(name: str, value: float, unit: str = "money per unit") -> None:
    """Raise ``InputError`` unless a value is a finite number above 0."""
    if not 0 < value < np.inf:
        raise InputError(f"{name} is {value}, expected more than 0 {unit}")
