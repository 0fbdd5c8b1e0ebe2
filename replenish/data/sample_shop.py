"""The sample's own shop: a simple (s,S) habit whose stockouts censor the recorded sales."""

from dataclasses import dataclass

import numpy as np

from replenish.arrays import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class SampleShop:
    """What the shop recorded, and how it stands on the morning after, today's goods received.

    Attributes:
        sales: (N, T) units sold.
        sold_out: (N, T) True where the shelf was empty in the evening.
        on_hand: (N,) units on the day T, after its receipt.
        pipeline: (N, L) units; column k arrives on the day T + 1 + k.
        orders: (N, T) units ordered.
    """

    sales: Floats
    sold_out: Bools
    on_hand: Floats
    pipeline: Floats
    orders: Floats


def run_shop(
    demand: Floats,
    lead_time: Ints,
    pack_size: Floats,
    min_order: Floats,
    guess: Floats,
    launch: Ints,
) -> SampleShop:
    """Return what is sold when the shop orders by the average of the last four weeks.

    Every evening's position at or below s is raised to S: s covers the lead time and a day plus
    1.3 standard deviations of Poisson demand, S a further four days (at least one pack). Sales
    are lost when the shelf is empty. The habit knows no promotion and no season, so it fails
    where shops fail. Order of events as in every replenish simulation: receive, order, sell.

    Args:
        demand: (N, T) units asked for.
        lead_time: (N,) days.
        pack_size: (N,) units; orders are whole packs.
        min_order: (N,) units; an order is at least this, and at least one unit.
        guess: (N,) units per day that the shop expects for the first four weeks of an item.
        launch: (N,) first day on which an item is sold.
    """
    n, t = demand.shape
    rows, longest = np.arange(n), int(lead_time.max())
    on_hand = np.ceil(guess * (lead_time + 5)) + pack_size
    smallest = np.maximum(min_order, 1.0)
    due = np.zeros((n, t + longest + 1))  # units by day of arrival
    sales, sold_out = np.zeros((n, t)), np.zeros((n, t), dtype=bool)
    orders = np.zeros((n, t))
    for day in range(t):
        on_hand = on_hand + due[:, day]
        recent = sales[:, max(day - 28, 0) : day].sum(axis=1) / 28
        rate = np.where(day - launch >= 28, recent, guess)
        cover = rate * (lead_time + 1)
        low = cover + 1.3 * np.sqrt(cover)
        position = on_hand + due[:, day + 1 : day + longest + 1].sum(axis=1)
        wish = np.maximum(low + 4 * rate - position, smallest)
        order = np.where(position <= low, np.ceil(wish / pack_size) * pack_size, 0.0)
        due[rows, day + lead_time] += order
        orders[:, day] = order
        sales[:, day] = np.minimum(on_hand, demand[:, day])
        on_hand = on_hand - sales[:, day]
        sold_out[:, day] = on_hand == 0
    return SampleShop(sales, sold_out, on_hand + due[:, t], due[:, t + 1 : t + 1 + longest], orders)
