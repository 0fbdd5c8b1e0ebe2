"""The optimum of a lost-sales problem: its cost within proven bounds, and the rule that costs it.

Modified policy iteration (Puterman 1994, section 8.7): a sweep of value iteration over all
orders improves the rule, sweeps over its transitions alone evaluate it. The differences of a full
sweep bound the optimal average cost from both sides (Odoni 1969). Demand touches the stock on
hand alone, so the expectation over it is one matrix product per next delivery.
"""

from dataclasses import dataclass

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.errors import InputError
from replenish.exact.chain import LAZINESS, Chain, rounding
from replenish.exact.lost_sales import LostSales, Space
from replenish.exact.sweep import Sweep

TOLERANCE = 1e-8
_MOST_ROUNDS = 500
_MOST_SWEEPS = 200


@dataclass(frozen=True, eq=False)
class TabulatedRule:
    """Orders looked up in a table, as if what is beyond its levels were due earlier.

    Attributes:
        space: The states of the table.
        orders: (S + 1, Z, ..., Z) units by (on hand, due in 1, ..., due in L - 1 periods).
    """

    space: Space
    orders: Ints

    def __call__(self, states: Ints) -> Ints:
        """Return the (M,) orders of the (M, L) states."""
        within = np.array(states, dtype=np.int64)
        lead_time, levels = self.space.lead_time, self.space.levels
        for at in range(lead_time - 1, 0, -1):
            sums = np.cumsum(within[:, at + 1 :], axis=1)
            room = np.array(levels[1 : lead_time - at], dtype=np.int64) - sums
            excess = np.maximum(within[:, at] - room.min(axis=1, initial=levels[0]), 0)
            within[:, at] -= excess
            within[:, at - 1] += excess
        within[:, 0] = np.minimum(within[:, 0], levels[-1] - within[:, 1:].sum(axis=1))
        return np.asarray(self.orders[tuple(within.T)], dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Solution:
    """The optimum of a problem.

    Attributes:
        cost: Money per period in the long run.
        lower: Proven bound on it from below.
        upper: Proven bound on it from above; the rule costs no more.
        rule: An optimal order for every state.
    """

    cost: float
    lower: float
    upper: float
    rule: TabulatedRule


def solve(problem: LostSales, widen: float = 1.0, tolerance: float = TOLERANCE) -> Solution:
    """Return the optimum.

    Args:
        problem: Lost sales with a lead time.
        widen: Factor on the levels that bound the states; the cost does not depend on it.
        tolerance: Largest difference of the bounds on the cost, but for rounding; per unit of
            holding cost where that is below 1.

    Raises:
        InputError: The problem is too large to be held, or its costs are too far apart.
    """
    batches = 1.0
    while True:
        solution = _solved(Space.of(problem, widen, batches), tolerance)
        if problem.fixed_order_cost == 0:
            return solution  # the levels are proven
        chain = Chain.of(problem, solution.rule)
        if not solution.rule.space.bounds(chain.states, chain.orders):
            return solution
        batches += 0.5


def _solved(space: Space, tolerance: float) -> Solution:
    """Return the optimum on these states."""
    space.check_size()
    sweep, scale = Sweep(space), min(1.0, space.problem.holding_cost)
    values: Floats = np.zeros(len(sweep.cost))
    for _ in range(_MOST_ROUNDS):
        improved, orders = sweep.improve(values)
        change = improved - values
        lower, upper = float(change.min()), float(change.max())
        if upper - lower < max(tolerance * scale, rounding(values)):
            _check_precision(space.problem, lower, upper)
            table = sweep.table(orders)
            return Solution((lower + upper) / 2, lower, upper, TabulatedRule(space, table))
        values = _evaluated(
            sweep, orders, improved, max(tolerance * scale / 4, (upper - lower) / 100)
        )
    raise InputError(
        f"the optimum has not settled within {tolerance} after {_MOST_ROUNDS} rounds; "
        "are the costs many orders of magnitude apart?"
    )


def _check_precision(problem: LostSales, lower: float, upper: float) -> None:
    """Raise ``InputError`` where rounding has left nothing of the cost to be known."""
    if upper - lower > 1e-6 * max(abs(lower), problem.holding_cost):
        raise InputError(
            f"shortage_cost is {problem.shortage_cost:g} and fixed_order_cost "
            f"{problem.fixed_order_cost:g} at a holding_cost of {problem.holding_cost:g}: too far "
            "apart for the digits a computer counts with"
        )


def _evaluated(sweep: Sweep, orders: Ints, values: Floats, enough: float) -> Floats:
    """Return the values after sweeps of the rule alone, until they rise evenly."""
    moves, cost = sweep.transitions(orders), sweep.cost_of(orders)
    for _ in range(_MOST_SWEEPS):
        change = cost + moves @ values - values
        values = values + (1 - LAZINESS) * change
        values -= values[0]
        if np.ptp(change) < enough:
            break
    return values
