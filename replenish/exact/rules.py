"""Rules of few parameters for lost sales, as functions of states (see `replenish.exact`)."""

from dataclasses import dataclass

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.errors import InputError
from replenish.exact.chain import MOST_PLACES
from replenish.exact.lost_sales import LostSales

NO_CAP = np.iinfo(np.int64).max


@dataclass(frozen=True)
class OrderUpTo:
    """Order up to a level, at most so much at a time, once the position is low enough.

    With the reorder point one below the level it is a base-stock rule, capped (Xin 2021) or not;
    with a lower one it is (s,S), or (s,S,q) if capped (Bijvank, Bhulai and Huh 2015).

    Attributes:
        order_up_to_level: S, units of inventory position.
        reorder_point: s, units of inventory position at which, or below, an order is placed.
        cap: Largest order, units.
    """

    order_up_to_level: int
    reorder_point: int
    cap: int = NO_CAP

    def __call__(self, states: Ints) -> Ints:
        """Return the (M,) orders of the (M, L) states."""
        position = states.sum(axis=1)
        order = np.minimum(self.order_up_to_level - position, self.cap)
        return np.asarray(np.where(position <= self.reorder_point, np.maximum(order, 0), 0))


@dataclass(frozen=True)
class ConstantOrder:
    """Order the same every period, but nothing while stock is beyond all bounds.

    Attributes:
        order_quantity: Units.
        pause: Inventory position beyond which nothing is ordered, so high that it hardly happens.
    """

    order_quantity: int
    pause: int

    def __call__(self, states: Ints) -> Ints:
        """Return the (M,) orders of the (M, L) states."""
        return np.asarray(np.where(states.sum(axis=1) > self.pause, 0, self.order_quantity))


@dataclass(frozen=True, eq=False)
class ProjectedLevel:
    """Raise the stock expected when the order arrives to a level (van Jaarsveld and Arts 2024).

    Whole units are ordered, as many as stay within the level.

    Attributes:
        level: Units expected on hand after the order's receipt; need not be whole.
        projection: (Y, Z, ..., Z) units expected on hand just before the order's receipt, by
            (on hand, due in 1, ..., due in L - 1 periods).
    """

    level: float
    projection: Floats

    def __call__(self, states: Ints) -> Ints:
        """Return the (M,) orders of the (M, L) states."""
        limits = np.array(self.projection.shape) - 1
        expected = self.projection[tuple(np.minimum(states, limits).T)]
        room = np.floor(self.level - expected + 1e-9)
        return np.asarray(np.maximum(room, 0.0), dtype=np.int64)


def projection(problem: LostSales, most_order: int, most_stock: int) -> Floats:
    """Return the units expected on hand at the end of the period before an order's receipt.

    Args:
        problem: Lost sales with lead time L.
        most_order: Z - 1, largest delivery, units.
        most_stock: Y - 1, largest stock on hand, units.

    Returns:
        (Y, Z, ..., Z) units by (on hand, due in 1, ..., due in L - 1 periods).

    Raises:
        InputError: There are more states than can be held.
    """
    places = float(most_stock + 1) * float(most_order + 1) ** (problem.lead_time - 1)
    if places > MOST_PLACES:
        raise InputError(
            f"a projection over {places:,.0f} states cannot be held, {MOST_PLACES:,} can; "
            "shorten the lead time or count demand in larger units"
        )
    stock = np.arange(most_stock + 1)
    left = problem.leftover(most_stock)
    expected = problem.expected_left(stock)  # with no delivery to come
    for _ in range(problem.lead_time - 1):
        ahead = [
            np.tensordot(left, expected[np.minimum(stock + delivery, most_stock)], axes=1)
            for delivery in range(most_order + 1)
        ]
        expected = np.stack(ahead, axis=1)
    return expected
