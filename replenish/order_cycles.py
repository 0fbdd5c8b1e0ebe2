"""How much one order brings where ordering costs money, and how safe to be until the next.

An order of Q lasts several periods, and stock runs low in the last of them only. So the reorder
point is lower than a level that is ordered up to every period, the lower the more an order
brings.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from replenish.arrays import Floats
from replenish.forecasting.forecast import DemandSum
from replenish.items import Items

HIGHEST_SCORE = 4.0  # normal score; beyond it no quantile of a forecast means anything
LONGEST_ORDER = 1000.0  # periods of demand; nobody knows what sells later than that
FEW = 10.0  # units that an economic order quantity may be however slowly they sell
_NARROW = 1e-3  # deviations; an order of less is none
_STEPS = 4  # of Newton's method; it is within 0.002 of the root after three or four


def economic_order_quantity(items: Items, demand_rate: Floats) -> Floats:
    """Return sqrt(2 K d / h), (N,) units (Harris 1913); 0 without a fixed order cost.

    Where holding costs next to nothing it is demand of `LONGEST_ORDER` periods, or `FEW` units.

    Args:
        items: N rows.
        demand_rate: (N,) units per period.
    """
    holding, rate = np.maximum(items.holding_cost, 1e-12), np.maximum(demand_rate, 0)
    quantity = np.sqrt(2.0 * items.fixed_order_cost * rate / holding)
    return np.asarray(np.minimum(quantity, np.maximum(LONGEST_ORDER * rate, FEW)))


class Cycle(NamedTuple):
    """From one order to the next, N rows.

    Attributes:
        score: (N,) normal score of the reorder point: of demand over lead time + review period.
        rise: (N,) units from the reorder point to the order-up-to level.
    """

    score: Floats
    rise: Floats


def order_cycle(items: Items, quantity: Floats, total: DemandSum) -> Cycle:
    """Return where the levels lie when orders are this large.

    Where demand waits, one more unit of r is held in every period, and saves a shortage in all
    that run short. The position is as often at one point between r and r + Q as at another, so
    that the chance of meeting demand, averaged over these points, is to be the critical ratio
    (Hadley and Whitin 1963, section 4-9; Zheng 1992, "On properties of stochastic inventory
    systems", Management Science 38, 87-103).

    Where demand is lost, one more unit is held for the Q / d periods of a cycle, R at least, and
    saves a shortage once: p / (p + h Q / d) (Hadley and Whitin 1963; Silver, Pyke and Thomas
    2017, section 6.7). Reviews see the position in steps of a review's demand: at the last one
    before an order it is as often at one point between r and r + d R as at another, and the
    chance of meeting demand is averaged over these.

    The rise is the quantity, but where one order every review is the cheapest rhythm (Q^2 <
    2 (d R)^2; then two reviews an order would cost as much): there the order-up-to level is that
    of free orders, and the reorder point only spares the order that would be small.

    Args:
        items: N rows.
        quantity: (N,) units per order; 0 = orders are free.
        total: Demand over lead time + review period.
    """
    free = np.clip(items.critical_score, -HIGHEST_SCORE, HIGHEST_SCORE)
    demand = np.maximum(total.mean / items.protection_period * items.review_period, 1e-9)
    if items.unmet_demand == "backorder":
        met, among = free, quantity
    else:
        met = _once_a_cycle_score(items, np.maximum(quantity / demand, 1.0) * items.review_period)
        among = np.minimum(quantity, demand)
    deviation, score = np.maximum(total.std, 1e-9), met.copy()
    width = among / deviation
    rows = np.flatnonzero(width >= _NARROW)
    score[rows] = _averaged_score(met[rows], width[rows])
    every_review = quantity**2 < 2.0 * demand**2
    least = np.minimum((free - score) * deviation, quantity)
    return Cycle(score, np.where(every_review, least, quantity))


def _once_a_cycle_score(items: Items, periods: Floats) -> Floats:
    """Return the (N,) normal score of p / (p + h x periods of a cycle)."""
    cost = items.shortage_cost + items.holding_cost * periods
    score = ndtri(items.shortage_cost / np.where(cost > 0, cost, 1.0))
    return np.clip(score, -HIGHEST_SCORE, HIGHEST_SCORE)


def _averaged_score(met: Floats, width: Floats) -> Floats:
    """Return the (N,) z at which coverage, averaged from z to z + width, is that at ``met``.

    With L the normal loss, (L(z) - L(z + width)) / width = 1 - coverage. In its logarithm
    Newton's method comes down to the root from ``met``, never past it.
    """
    score, wanted = met, width * ndtr(-met)
    for _ in range(_STEPS):
        here, there = ndtr(-score), ndtr(-score - width)
        lacking = _density(score) - score * here
        lacking = lacking - _density(score + width) + (score + width) * there
        lacking, slope = np.maximum(lacking, 1e-300), np.maximum(here - there, 1e-300)
        score = np.clip(score + np.log(lacking / wanted) * lacking / slope, -HIGHEST_SCORE, met)
    return score


def _density(score: Floats) -> Floats:
    """Return the standard normal density."""
    return np.asarray(np.exp(-0.5 * score**2) / np.sqrt(2.0 * np.pi))
