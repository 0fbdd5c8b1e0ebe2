"""Demand that waits and a cost for every order: the optimal (s,S), and what any (s,S) costs.

When the inventory position is at s or below, order up to S. Between two orders the position
after ordering walks down from S by the demands; with m(j) the expected number of periods it
spends at S - j and M(n) = m(0) + ... + m(n - 1), the cost per period is that of a cycle over
its length (renewal; Zheng and Federgruen 1991):

    c(s, S) = (K + sum of m(j) G(S - j) over j = 0 .. S - s - 1) / M(S - s)

G is `replenish.exact.backorder.BackorderProblem.cost_rate`.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from replenish.arrays import Floats
from replenish.errors import InputError
from replenish.exact.backorder import BackorderProblem, check_whole
from replenish.exact.demand import DiscreteDemand


@dataclass(frozen=True)
class ReorderLevels:
    """Order up to S when the position is at s or below.

    Attributes:
        reorder_point: s, units.
        order_up_to_level: S, units.
        cost: Money per period in the long run.
    """

    reorder_point: int
    order_up_to_level: int
    cost: float


def visits(demand: DiscreteDemand, units: int) -> Floats:
    """Return m(j), the expected periods spent j units below the start, (units,).

    m = 1 + p_0 m(0) at the start and m(j) = sum of p_l m(j - l) over l = 0 .. j below it: the
    response of the filter 1 / (1 - sum of p_l z^l) to one impulse.
    """
    impulse = np.zeros(units)
    impulse[:1] = 1.0
    decline = -np.array(demand.pmf[: max(units, 1)])
    decline[0] = 1.0 - demand.pmf[0]
    return np.asarray(lfilter([1.0], decline, impulse))


def reorder_cost(problem: BackorderProblem, reorder_point: int, order_up_to_level: int) -> float:
    """Return the long-run cost per period of any (s,S), exactly.

    Raises:
        InputError: A level is no whole number, or s is not below S.
    """
    check_whole("reorder_point", reorder_point)
    check_whole("order_up_to_level", order_up_to_level)
    if reorder_point >= order_up_to_level:
        raise InputError(
            f"reorder_point is {reorder_point}, expected less than order_up_to_level = "
            f"{order_up_to_level}; with s = S - 1 every demand is ordered anew"
        )
    return _Cycles(problem).cost(int(reorder_point), int(order_up_to_level))


def best_reorder_levels(problem: BackorderProblem) -> ReorderLevels:
    """Return the (s,S) that costs least, which no other rule beats (Zheng and Federgruen 1991).

    From the cheapest position y*, s falls until a cycle costs no more than G(s). Then S rises as
    long as G(S) does not exceed the best cost so far, and s after it wherever that is better; s
    never reaches y*, which matters where several positions are the cheapest.
    """
    cycles, rate = _Cycles(problem), problem.cost_rate
    top = problem.cheapest_level
    low = top - 1
    while cycles.cost(low, top) > rate(low):
        low -= 1
    best = ReorderLevels(low, top, cycles.cost(low, top))
    candidate = top + 1
    while rate(candidate) <= best.cost:
        if cycles.cost(low, candidate) < best.cost:
            while low + 1 < top and cycles.cost(low, candidate) <= rate(low + 1):
                low += 1
            best = ReorderLevels(low, candidate, cycles.cost(low, candidate))
        candidate += 1
    return best


class _Cycles:
    """Costs of cycles of one problem; the expected visits are computed once and extended."""

    def __init__(self, problem: BackorderProblem) -> None:
        self._problem = problem
        self._visits = visits(problem.demand, 64)

    def cost(self, low: int, top: int) -> float:
        """Return c(s, S), money per period."""
        length = top - low
        if length > len(self._visits):
            self._visits = visits(self._problem.demand, 2 * length)
        spent = self._visits[:length]
        held = spent @ self._problem.cost_rate(top - np.arange(length))
        return float((self._problem.fixed_order_cost + held) / spent.sum())
