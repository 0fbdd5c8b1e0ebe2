"""Rolling-horizon optimisation: a linear programme over sampled futures, its first order taken."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csc_array

from baselines._futures import sampled_futures
from replenish.arrays import Floats, Ints
from replenish.observation import Observation
from replenish.ranges import Range

SCENARIOS, ORDERS = 100, 6  # futures per item; orders planned, this one and those that may adapt
_SEED = 20260101  # of the futures; every period draws its own


@dataclass(frozen=True, eq=False)
class RollingHorizon:
    """The order that is cheapest on average over sampled futures, solved anew at every review.

    A two-stage stochastic programme (Birge and Louveaux 2011, chapter 1): today's order is the
    same in all futures, the next five may differ, and they serve until the one after them arrives.
    It counts holding and lost sales; fixed order costs, packs and minimum orders are neglected
    (the rules apply afterwards), and unmet demand is taken as lost. Nothing is tuned. One
    programme with a block per item is solved by HiGHS (Huangfu and Hall 2018), which takes too
    long for thousands of items: it is judged on a sample (``baselines.programme_items``).
    """

    search: ClassVar[dict[str, Range]] = {}

    def order(self, observation: Observation) -> Floats:
        """Return the wish, (N,) units; 0 where no order can be placed now."""
        items, wish = observation.items, np.zeros(len(observation.items))
        rng = np.random.default_rng([_SEED, observation.period])
        longest = int((items.lead_time + ORDERS * items.review_period).max())
        futures = sampled_futures(observation, SCENARIOS, longest, rng)  # (S, N, K)
        stock = _stock_on_arrival(observation, futures)  # (S, N)
        for review in np.unique(items.review_period):
            rows = np.flatnonzero((items.review_period == review) & observation.may_order)
            if len(rows):
                net = _net_supply(observation, futures, stock, rows)
                wish[rows] = _first_orders(net, int(review), observation, rows)
        return wish


def _stock_on_arrival(observation: Observation, futures: Floats) -> Floats:
    """Return the (S, N) stock just before today's order arrives, if it is the last one placed."""
    items, state = observation.items, observation.state
    net = np.broadcast_to(state.on_hand - state.backorders, futures.shape[:2])
    for ahead in range(int(items.lead_time.max())):
        due = state.on_order[:, ahead - 1] if ahead else 0.0
        held = net + due
        after = held - np.minimum(futures[:, :, ahead], np.maximum(held, 0.0))
        net = np.where(ahead < items.lead_time, after, net)
    return np.asarray(net)


def _net_supply(observation: Observation, futures: Floats, stock: Floats, rows: Ints) -> Floats:
    """Return (n, S, K) stock and receipts less demand of the periods that are planned for."""
    items, on_order = observation.items, observation.state.on_order
    planned = ORDERS * int(items.review_period[rows[0]])
    when = items.lead_time[rows, None] + np.arange(planned)  # (n, K) periods ahead
    late = np.pad(on_order, ((0, 0), (1, planned + 1)))  # column t arrives in t periods
    column = np.minimum(when, late.shape[1] - 1)
    supply = late[rows[:, None], column] - futures[:, rows[:, None], when]  # (S, n, K)
    supply[:, :, 0] += stock[:, rows]
    return np.ascontiguousarray(supply.transpose(1, 0, 2))


def _first_orders(net: Floats, review: int, observation: Observation, rows: Ints) -> Floats:
    """Return the (n,) units to order now: the first variables of the programme's solution."""
    items, (n, scenarios, planned) = observation.items, net.shape
    held, lost = np.ones(planned * scenarios), np.ones(planned * scenarios)
    shortage = np.maximum(items.shortage_cost - items.unit_cost, 0.0)  # lost, but not bought
    later = (ORDERS - 1) * scenarios
    cost = np.concatenate(
        (
            np.zeros(n + n * later),
            np.outer(items.holding_cost[rows], held).ravel(),
            np.outer(shortage[rows], lost).ravel(),
        )
    )
    matrix: Any = _balance(n, scenarios, planned, review)
    solved = linprog(cost, A_eq=matrix, b_eq=net.ravel(), bounds=(0, None), method="highs")
    if solved.x is None:
        raise ValueError(f"HiGHS found no plan: {solved.message}")
    return np.asarray(np.maximum(solved.x[:n], 0.0))


@lru_cache(maxsize=4)  # a few review periods; a block of many items is megabytes
def _balance(n: int, scenarios: int, planned: int, review: int) -> Any:
    """Return what holds in every period: stock = stock before + orders + net supply + lost.

    Rows are (item, future, period); columns are today's orders (n), the later orders (order,
    item, future), stock at the end and sales lost (both as the rows).
    """
    cell = np.arange(n * scenarios * planned).reshape(n, scenarios, planned)
    item, future, period = (axis.ravel() for axis in np.indices(cell.shape))
    later = n + np.arange((ORDERS - 1) * n * scenarios).reshape(ORDERS - 1, n, scenarios)
    stock = n + later.size + cell
    lost = stock + cell.size
    first = cell.ravel()[period == 0]
    entries = [
        (cell.ravel(), stock.ravel(), 1.0),
        (cell[:, :, 1:].ravel(), stock[:, :, :-1].ravel(), -1.0),
        (cell.ravel(), lost.ravel(), -1.0),
        (first, item[period == 0], -1.0),
    ]
    for number in range(1, ORDERS):
        here = period == number * review
        entries.append((cell.ravel()[here], later[number - 1][item[here], future[here]], -1.0))
    rows, columns = (np.concatenate([entry[k] for entry in entries]) for k in (0, 1))
    values = np.concatenate([np.full(len(entry[0]), entry[2]) for entry in entries])
    return csc_array((values, (rows, columns)), shape=(cell.size, n + later.size + 2 * cell.size))
