"""The lost-sales problem with a lead time, and the states its optimum can be found on.

A state is what a shop sees when it orders (see `replenish.state`): (on hand after receipt, due in
1 period, ..., due in L - 1 periods), L whole numbers. The order z is received L periods later.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil, sqrt
from typing import TypeAlias

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.errors import InputError
from replenish.exact.demand import DiscreteDemand

Rule: TypeAlias = Callable[[Ints], Ints]  # (M, L) states -> (M,) orders, units
MOST_PERIODS = 100  # of lead time; what can be held ends far below for all but rare demand
MOST_BYTES = 4_000_000_000


@dataclass(frozen=True, eq=False)
class LostSales:
    """One item whose unmet demand is lost, ordered every period, forever.

    Attributes:
        demand: Units per period, independent.
        lead_time: Whole periods from order to receipt, 1 or more.
        holding_cost: Money per unit left at the end of a period, more than 0.
        shortage_cost: Money per unit of lost demand.
        fixed_order_cost: Money per order placed.
    """

    demand: DiscreteDemand
    lead_time: int
    holding_cost: float
    shortage_cost: float
    fixed_order_cost: float = 0.0

    def __post_init__(self) -> None:
        lead_time = self.lead_time
        if not (lead_time >= 1 and lead_time % 1 == 0):
            hint = "; with 0 the best order is up to the newsvendor level of one period's demand"
            raise InputError(
                f"lead_time is {lead_time}, expected a whole number of 1 period or more"
                + ("" if lead_time else hint)
            )
        if lead_time > MOST_PERIODS:
            raise InputError(
                f"lead_time is {lead_time:g} periods, more than the {MOST_PERIODS} that can be "
                "solved; count in longer periods"
            )
        object.__setattr__(self, "lead_time", int(lead_time))
        for name in ("holding_cost", "shortage_cost", "fixed_order_cost"):
            value = getattr(self, name)
            if not 0 <= value < np.inf:
                raise InputError(f"{name} is {value}, expected 0 or more")
        if self.holding_cost == 0:
            raise InputError(
                "holding_cost is 0, expected more; if stock costs nothing, none is too much"
            )

    @property
    def critical_ratio(self) -> float:
        """Share p / (p + h), the newsvendor's probability of meeting demand."""
        return self.shortage_cost / (self.shortage_cost + self.holding_cost)

    @property
    def economic_order_quantity(self) -> float:
        """Units sqrt(2 K d / h), what one order would bring if demand were even (Harris 1913)."""
        return sqrt(2 * self.fixed_order_cost * self.demand.mean / self.holding_cost)

    def newsvendor_level(self, periods: int) -> int:
        """Return the units that meet so many periods' demand with the critical ratio."""
        return self.demand.sum_over(periods).quantile(self.critical_ratio)

    def expected_left(self, on_hand: Ints) -> Floats:
        """Return the units expected to be left at the end of a period, the same shape.

        Args:
            on_hand: Units after receipt, any shape.
        """
        most = int(np.max(on_hand, initial=0))
        left = np.concatenate(([0.0], np.cumsum(self.demand.cdf(np.arange(most)))))
        return np.asarray(left[on_hand])  # E (I - D)^+ = F(0) + ... + F(I - 1)

    def period_cost(self, on_hand: Ints) -> Floats:
        """Return the expected holding and shortage cost of a period, money, the same shape.

        Args:
            on_hand: Units after receipt, any shape.
        """
        left = self.expected_left(on_hand)
        lost = np.maximum(self.demand.mean - on_hand + left, 0.0)
        return np.asarray(self.holding_cost * left + self.shortage_cost * lost)

    def leftover(self, most: int) -> Floats:
        """Return the (most + 1, most + 1) probability that I units leave k of them unsold."""
        on_hand = np.arange(most + 1)
        chance = np.zeros(most + 1)
        known = self.demand.pmf[: most + 1]
        chance[: len(known)] = known
        sold = on_hand[:, None] - on_hand[None, :]
        left = np.where(sold >= 0, chance[np.maximum(sold, 0)], 0.0)
        left[:, 0] = 1.0 - self.demand.cdf(on_hand - 1)
        return left


@dataclass(frozen=True, eq=False)
class Space:
    """States that contain the optimum: no sum of deliveries beyond its newsvendor level.

    The optimal order raises the sum of the last j deliveries, itself included, to at most the
    newsvendor level of j periods, and the inventory position to that of L + 1 periods (Morton
    1969; Zipkin 2008, section 3). So j consecutive deliveries never exceed level j. With a fixed
    order cost this does not hold; levels are then raised by orders that would last longer.

    Attributes:
        problem: What is solved.
        levels: (L + 1,) limits on 1, ..., L consecutive deliveries, and on all that there is.
    """

    problem: LostSales
    levels: tuple[int, ...]

    @classmethod
    def of(cls, problem: LostSales, widen: float = 1.0, batches: float = 1.0) -> "Space":
        """Return the states of a problem.

        Args:
            problem: What is solved.
            widen: Factor on all levels; more than 1 to check that they do not matter.
            batches: Economic order quantities by which a fixed order cost raises the levels.

        Raises:
            InputError: There are too many units to count with.
        """
        lead_time, most = problem.lead_time, problem.newsvendor_level(1)
        if 20 * most**2 > MOST_BYTES:
            raise InputError(
                f"demand of {most:,} units a period makes more states than "
                f"{MOST_BYTES / 1e9:g} GB of memory hold; count it in larger units, such as packs"
            )
        more = ceil(batches * problem.economic_order_quantity)
        levels = [problem.newsvendor_level(j) + more for j in range(1, lead_time + 2)]
        return cls(problem, tuple(ceil(widen * level) for level in levels))

    @property
    def lead_time(self) -> int:
        """L, periods."""
        return self.problem.lead_time

    @property
    def most_order(self) -> int:
        """Largest order, units."""
        return self.levels[0]

    @property
    def most_stock(self) -> int:
        """Largest inventory position after ordering, units."""
        return self.levels[-1]

    def bounds(self, states: Ints, orders: Ints) -> bool:
        """Return whether orders in these states come up to a level, so that it may bind.

        Args:
            states: (M, L) units.
            orders: (M,) units.
        """
        deliveries = np.concatenate((states[:, 1:], orders[:, None]), axis=1)
        sums = np.cumsum(deliveries[:, ::-1], axis=1)  # (M, L) of the last 1, ..., L deliveries
        near = bool((sums >= np.array(self.levels[:-1])).any())
        return near or bool((sums[:, -1] + states[:, 0] >= self.most_stock).any())

    @cached_property
    def middles(self) -> Ints:
        """(R, L - 2) the deliveries between the next one and the last one, in rising order."""
        return self._windows(max(0, self.lead_time - 2))

    def _windows(self, length: int) -> Ints:
        """Return the (R, length) tuples of deliveries within the levels, in rising order."""
        rows = np.zeros((1, 0), dtype=np.int64)
        units = np.arange(self.most_order + 1)
        for done in range(length):
            rows = np.concatenate(
                (np.repeat(rows, len(units), axis=0), np.tile(units, len(rows))[:, None]), axis=1
            )
            sums = np.cumsum(rows[:, ::-1], axis=1)
            rows = rows[(sums <= np.array(self.levels[: done + 1])).all(axis=1)]
        return rows

    @cached_property
    def _by_sum(self) -> Floats:
        """(S + 1,) number of pipelines, L - 1 deliveries each, that hold 0, 1, ..., S units."""
        counts = np.zeros(self.most_stock + 1)
        counts[0] = 1.0
        for periods in range(self.lead_time - 1):
            shifted = np.cumsum(counts)
            shifted[self.most_order + 1 :] -= np.cumsum(counts)[: -self.most_order - 1]
            counts = np.where(np.arange(len(counts)) <= self.levels[periods], shifted, 0.0)
        return counts

    @cached_property
    def n_states(self) -> int:
        """Number of states at most (it counts some that no optimal order reaches)."""
        return int(self._by_sum @ (self.most_stock + 1 - np.arange(self.most_stock + 1)))

    @cached_property
    def n_bytes(self) -> int:
        """Memory that the solver needs at most."""
        left = self.most_stock + 1.0 - np.arange(self.most_stock + 1)
        transitions = self._by_sum @ (left * (left + 1) / 2)
        values = 64 * (self.most_stock + 1) * self._by_sum.sum()
        table = 5 * (self.most_stock + 1.0) * (self.most_order + 1.0) ** (self.lead_time - 1)
        return int(26 * transitions + values + table)

    def check_size(self, most_bytes: int = MOST_BYTES) -> None:
        """Raise ``InputError`` unless the solver can hold the problem.

        Args:
            most_bytes: Memory that may be used.
        """
        if self.n_bytes <= most_bytes:
            return
        fitting = 0
        while Space.of(replace(self.problem, lead_time=fitting + 1)).n_bytes <= most_bytes:
            fitting += 1
        way_out = f"a lead time of {fitting} would fit" if fitting else "count in larger units"
        raise InputError(
            f"lead_time {self.lead_time} with levels up to {self.most_stock} units makes "
            f"{self.n_states:,} states, {self.n_bytes / 1e9:,.1f} GB of memory, more than "
            f"{most_bytes / 1e9:g} GB; {way_out}"
        )
