"""The long-run cost of any rule on the lost-sales chain, exactly and without simulation.

States are found by walking from the empty shop, so only those that the rule can reach are held.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from warnings import catch_warnings

import numpy as np
from scipy import sparse
from scipy.sparse import linalg

from replenish.arrays import Floats, Ints
from replenish.errors import InputError
from replenish.exact.lost_sales import LostSales, Rule

TOLERANCE = 1e-9
LAZINESS = 0.05  # chance to stand still; average costs stay, and no chain is periodic
MOST_PLACES = 300_000_000  # of the table that numbers the states, 4 bytes each
_MOST_SWEEPS = 3_000
_MOST_DIRECT = 20_000  # states of a chain that is solved directly where it mixes slowly


@dataclass(frozen=True)
class Averages:
    """What a rule comes to per period, in the long run.

    Attributes:
        cost: Money.
        on_hand: Units left at the end of a period.
        lost: Units of demand lost.
        order: Units ordered.
        orders_placed: Number of orders.
    """

    cost: float
    on_hand: float
    lost: float
    order: float
    orders_placed: float


@dataclass(frozen=True, eq=False)
class Chain:
    """The states that a rule reaches from an empty shop, and how it moves between them.

    Attributes:
        problem: What the rule is played on.
        states: (M, L) units on hand, due in 1, ..., due in L - 1 periods; the empty shop first.
        orders: (M,) units.
        moves: (M, M) chances of the next state.
    """

    problem: LostSales
    states: Ints
    orders: Ints
    moves: sparse.csr_array

    @classmethod
    def of(cls, problem: LostSales, rule: Rule) -> "Chain":
        """Return the chain of a rule.

        Args:
            problem: What the rule is played on.
            rule: (M, L) states -> (M,) orders, whole units of 0 or more.

        Raises:
            InputError: The rule orders what is no order, or reaches more states than can be held.
        """
        found = _Found(problem.lead_time)
        levels = list(_walk(problem, rule, found))
        states = np.concatenate([level.states for level in levels])
        ends = np.cumsum(np.concatenate([level.lengths for level in levels]))
        moves = sparse.csr_array(
            (
                np.concatenate([level.chances for level in levels]),
                np.concatenate([level.following for level in levels]),
                np.concatenate(([0], ends)),
            ),
            shape=(len(states), len(states)),
        )
        return cls(problem, states, np.concatenate([level.orders for level in levels]), moves)

    @cached_property
    def period_cost(self) -> Floats:
        """(M,) expected cost of a period that begins in this state, money."""
        fixed = self.problem.fixed_order_cost * (self.orders > 0)
        return np.asarray(self.problem.period_cost(self.states[:, 0]) + fixed)

    def average_cost(self, tolerance: float = TOLERANCE, enough: float = np.inf) -> float:
        """Return the cost per period in the long run, by value iteration with bounds.

        Args:
            tolerance: Largest difference of the bounds, but for rounding, money; per unit of
                holding cost where that is below 1.
            enough: Stop as soon as the cost is known to be above this; it is then not exact.

        Raises:
            InputError: The cost never settles, or it settles in more than one way.
        """
        tolerance *= min(1.0, self.problem.holding_cost)
        values: Floats = np.zeros(len(self.states))
        for _ in range(_MOST_SWEEPS):
            change = self.period_cost + self.moves @ values - values
            lower, upper = float(change.min()), float(change.max())
            if upper - lower < max(tolerance, rounding(values)) or lower > enough:
                return (lower + upper) / 2
            values = values + (1 - LAZINESS) * change
            values -= values[0]
        return self._direct_cost()

    def _direct_cost(self) -> float:
        """Solve the equations cost + value = period cost + expected value, value 0 at the start."""
        if len(self.states) > _MOST_DIRECT:
            raise InputError(
                f"the rule's cost has not settled after {_MOST_SWEEPS:,} periods on "
                f"{len(self.states):,} states; is as much ordered as demanded?"
            )
        system = (sparse.eye_array(len(self.states)) - self.moves).tolil()
        system[:, 0] = 1.0
        with catch_warnings(action="ignore", category=linalg.MatrixRankWarning):
            cost = float(linalg.spsolve(system.tocsc(), self.period_cost)[0])
        if not np.isfinite(cost):
            raise InputError("the rule's cost per period depends on chance: it ends up in two ways")
        return cost

    @cached_property
    def shares(self) -> Floats:
        """(M,) share of periods that begin in each state, in the long run."""
        backwards = self.moves.T.tocsr()
        share: Floats = np.full(len(self.states), 1.0 / len(self.states))
        for _ in range(100 * _MOST_SWEEPS):
            following = LAZINESS * share + (1 - LAZINESS) * (backwards @ share)
            following /= following.sum()
            moved = float(np.abs(following - share).sum())
            share = following
            if moved < 1e-14:
                break
        return share

    def averages(self) -> Averages:
        """Return the long-run averages, from the shares of periods in each state."""
        problem, on_hand = self.problem, self.states[:, 0]
        kept = problem.expected_left(on_hand)
        sold = on_hand - kept
        return Averages(
            cost=float(self.shares @ self.period_cost),
            on_hand=float(self.shares @ kept),
            lost=float(problem.demand.mean - self.shares @ sold),
            order=float(self.shares @ self.orders),
            orders_placed=float(self.shares @ (self.orders > 0)),
        )


def rounding(values: Floats) -> float:
    """Return the money below which differences of such values are noise."""
    return 1e-13 * float(np.abs(values).max(initial=0.0))


def stationary_cost(problem: LostSales, rule: Rule) -> float:
    """Return the cost per period of a rule in the long run, from an empty shop on."""
    return Chain.of(problem, rule).average_cost()


@dataclass(frozen=True, eq=False)
class _Level:
    """States found in the same number of periods, and their moves in rows one after the other."""

    states: Ints
    orders: Ints
    lengths: Ints
    following: Ints
    chances: Floats


class _Found:
    """Numbers states in the order in which they are found."""

    def __init__(self, lead_time: int) -> None:
        self._sides = np.ones(lead_time, dtype=np.int64)
        self._known = np.zeros((0, lead_time), dtype=np.int64)
        self._number = np.full(1, -1, dtype=np.int32)

    def add(self, states: Ints) -> tuple[Ints, Ints]:
        """Return the numbers of these states, and those states among them that are new."""
        self._make_room(states)
        at = states @ self._weights()
        fresh = np.flatnonzero(self._number[at] < 0)
        self._number[at[fresh]] = fresh
        fresh = fresh[self._number[at[fresh]] == fresh]  # one of those that are the same
        first = len(self._known)
        self._known = np.concatenate((self._known, states[fresh]))
        self._number[at[fresh]] = np.arange(first, len(self._known), dtype=np.int32)
        return self._number[at], states[fresh]

    def _weights(self) -> Ints:
        return np.concatenate((np.cumprod(self._sides[:0:-1])[::-1], [1]))

    def _make_room(self, states: Ints) -> None:
        """Widen the table of numbers where a state lies beyond it."""
        needed = states.max(axis=0, initial=0) + 1
        if (needed <= self._sides).all():
            return
        wider = np.where(needed > self._sides, needed + needed // 4, self._sides)
        places = float(np.prod(wider.astype(float)))
        if places > MOST_PLACES:
            raise InputError(
                f"the rule reaches states up to {tuple(int(side) for side in needed)} units, "
                f"more than the {MOST_PLACES:,} places of the table; "
                "limit its orders and its stock"
            )
        self._sides = wider
        self._number = np.full(int(places), -1, dtype=np.int32)
        self._number[self._known @ self._weights()] = np.arange(len(self._known), dtype=np.int32)


def _walk(problem: LostSales, rule: Rule, found: _Found) -> Iterator[_Level]:
    """Find all states, level by level; numbers run on from level to level."""
    chance = problem.demand.pmf
    _, states = found.add(np.zeros((1, problem.lead_time), dtype=np.int64))
    while len(states):
        orders = _checked(rule(states), len(states))
        on_hand = states[:, 0]
        rows = np.repeat(np.arange(len(states)), on_hand + 1)
        starts = np.cumsum(on_hand + 1) - on_hand - 1
        left = np.arange(len(rows)) - starts[rows]
        sold = on_hand[rows] - left
        likely = np.where(sold <= problem.demand.most, chance[np.minimum(sold, len(chance) - 1)], 0)
        likely[starts] = 1.0 - problem.demand.cdf(on_hand - 1)
        kept = np.flatnonzero(likely > 0)
        rows, left, likely = rows[kept], left[kept], likely[kept]
        ahead = np.concatenate((states[:, 1:], orders[:, None]), axis=1)[rows]
        ahead[:, 0] += left
        following, fresh = found.add(ahead)
        lengths = np.bincount(rows, minlength=len(states))
        yield _Level(states, orders, lengths, following, likely)
        states = fresh


def _checked(orders: Ints, rows: int) -> Ints:
    """Return the orders, or say what is wrong with them."""
    units = np.asarray(orders)
    if units.shape != (rows,):
        raise InputError(f"the rule returns orders of shape {units.shape}, expected ({rows},)")
    bad = ~((units >= 0) & (units == np.floor(units)))
    if bad.any():
        raise InputError(
            f"the rule orders {units[int(np.argmax(bad))]}, expected whole units of 0 or more"
        )
    return units.astype(np.int64)
