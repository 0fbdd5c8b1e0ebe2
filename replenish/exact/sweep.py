"""One step of value iteration over the states of a lost-sales problem, over all orders or one rule.

Demand touches the stock on hand alone, so the expectation over it is one matrix product per next
delivery. Values stand in a block (S + 1, Z, R): units on hand, last delivery, number of the
deliveries between. The next delivery is added to what is left on hand, so what lies ahead of a
state whose next delivery is x1 are the rows of the block from x1 on, a view.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from replenish.arrays import Floats, Ints
from replenish.exact.lost_sales import Space


@dataclass(frozen=True, eq=False)
class _Pipelines:
    """Where the states with one next delivery stand in the block.

    Attributes:
        following: (M,) numbers of the deliveries after the next one.
        last: (M,) units of the last delivery in the block.
        middle: (M,) number of the deliveries before the last one in the block.
    """

    following: Ints
    last: Ints
    middle: Ints


class Sweep:
    """The Bellman operator of a space; values and orders are (M,), one for each of its states.

    Attributes:
        space: What states there are.
        states: (M, L) units on hand, due in 1, ..., due in L - 1 periods.
        cost: (M,) expected holding and shortage cost of the period, money.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        stock, orders = space.most_stock, space.most_order + 1
        self._left = space.problem.leftover(stock)  # (S + 1, S + 1)
        units = _column_units(space)  # (Z, R), -1 = beyond the levels
        total = np.arange(stock + 1)[:, None, None] + units
        fits = (units >= 0) & (total <= stock)  # (S + 1, Z, R)
        self._penalty = np.where(fits, 0.0, np.inf)
        self._penalty[:, 1:] += space.problem.fixed_order_cost
        self._single = space.lead_time == 1
        self._shape = (stock + 1, 1, 1) if self._single else fits.shape
        inside = np.ones(self._shape, dtype=bool) if self._single else fits
        self._place = np.flatnonzero(inside)
        self._number = np.zeros(inside.size, dtype=np.int32)
        self._number[self._place] = np.arange(len(self._place), dtype=np.int32)
        self._ahead_of = np.minimum(np.arange(stock + 1)[:, None] + np.arange(orders), stock)
        self._pipelines = _pipelines(space, units)
        self.states = _states(space, self._place, self._shape)
        self.cost = space.problem.period_cost(self.states[:, 0])
        self._prepare_transitions()

    def improve(self, values: Floats) -> tuple[Floats, Ints]:
        """Return the (M,) values one period later under the best orders, and these orders."""
        block = np.zeros(self._shape)
        block.flat[self._place] = values
        best, orders = np.zeros(self._shape), np.zeros(self._shape, dtype=np.int32)
        for delivery, where in enumerate(self._pipelines):
            rows = self._shape[0] - delivery
            ahead = block[self._ahead_of, 0] if self._single else block[delivery:]
            expected = self._left[:rows, :rows] @ ahead.reshape(rows, -1)
            expected = expected.reshape(ahead.shape)
            expected += self._penalty[delivery:]
            choice = expected.argmin(axis=1)  # (rows, R)
            least = np.take_along_axis(expected, choice[:, None], axis=1)[:, 0]
            best[:rows, where.last, where.middle] = least[:, where.following]
            orders[:rows, where.last, where.middle] = choice[:, where.following]
        return self.cost + best.flat[self._place], orders.flat[self._place]

    def cost_of(self, orders: Ints) -> Floats:
        """Return the (M,) expected cost of the period, money, if these are the orders."""
        return self.cost + self.space.problem.fixed_order_cost * (orders > 0)

    def transitions(self, orders: Ints) -> sparse.csr_array:
        """Return the (M, M) chances of the next states if these are the orders."""
        stride = 1 if self._single else self._shape[1] * self._shape[2]
        start = self._start + orders * np.int32(1 if self._single else self._shape[2])
        at = np.repeat(start, np.diff(self._row_ends))
        at += self._left_over * np.int32(stride)
        shape = (len(self.states), len(self.states))
        return sparse.csr_array((self._chances, self._number[at], self._row_ends), shape=shape)

    def table(self, orders: Ints) -> Ints:
        """Return the orders by (on hand, due in 1, ..., due in L - 1 periods)."""
        sides = (self.space.most_order + 1,) * (self.space.lead_time - 1)
        table = np.zeros((self._shape[0], *sides), dtype=np.int32)
        table[tuple(self.states.T)] = orders
        return table

    def _prepare_transitions(self) -> None:
        """Lay out what the transitions of all rules share."""
        lengths = self.states[:, 0] + 1
        ends = np.concatenate(([0], np.cumsum(lengths)))
        self._row_ends = ends.astype(np.int32)  # 4 bytes each: this is what fills the memory
        self._left_over = np.arange(ends[-1], dtype=np.int32)
        self._left_over -= np.repeat(self._row_ends[:-1], lengths)
        on_hand = self.states[:, 0].astype(np.int32)
        self._chances = self._left[np.repeat(on_hand, lengths), self._left_over]
        start = np.zeros(len(self.states), dtype=np.int64)
        if not self._single:
            following = _number_of(self.space, self.states[:, 2:])
            start = self.states[:, 1] * (self._shape[1] * self._shape[2]) + following
        self._start = start.astype(np.int32)


def _column_units(space: Space) -> Ints:
    """Return the (Z, R) units in the last delivery and those between, -1 beyond the levels."""
    last = np.arange(space.most_order + 1)[:, None]
    sums = np.cumsum(space.middles[:, ::-1], axis=1)  # (R, L - 2)
    fits = np.ones((len(last), len(sums)), dtype=bool)
    for at in range(sums.shape[1]):
        fits &= last + sums[:, at] <= space.levels[at + 1]
    return np.asarray(np.where(fits, last + space.middles.sum(axis=1), -1))


def _number_of(space: Space, middles: Ints) -> Ints:
    """Return the (M,) numbers of the (M, L - 2) deliveries between, -1 if there is none."""
    side = space.most_order + 1
    weights = side ** np.arange(middles.shape[1] - 1, -1, -1, dtype=np.int64)
    known = np.full(side ** middles.shape[1], -1)
    known[space.middles @ weights] = np.arange(len(space.middles))
    return np.asarray(known[middles @ weights])


def _pipelines(space: Space, units: Ints) -> list[_Pipelines]:
    """Return where the states stand, by next delivery 0, 1, ..., Z - 1 (one entry if L = 1)."""
    middles, numbers = space.middles, np.arange(len(space.middles))
    if space.lead_time == 1:
        return [_Pipelines(numbers, numbers, numbers)]
    found = []
    for delivery in range(space.most_order + 1):
        due = np.concatenate((np.full((len(middles), 1), delivery), middles), axis=1)
        number = _number_of(space, due[:, :-1])
        fits = (number >= 0) & (units[due[:, -1], number] >= 0)
        found.append(_Pipelines(numbers[fits], due[fits, -1], number[fits]))
    return found


def _states(space: Space, place: Ints, shape: tuple[int, ...]) -> Ints:
    """Return the (M, L) states that stand at these places of the block."""
    on_hand, last, middle = np.unravel_index(place, shape)
    if space.lead_time == 1:
        return np.asarray(on_hand[:, None])
    return np.concatenate((on_hand[:, None], space.middles[middle], last[:, None]), axis=1)
