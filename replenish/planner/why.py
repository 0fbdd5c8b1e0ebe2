"""Which inputs moved an order: exact Shapley values over groups of inputs.

A policy's wish on one day is compared with its mean wish on up to `BACKGROUND` other days of the
same item. For every subset of the groups, the day's inputs are put into each of the other days;
a group's share is its mean effect over all orders in which the groups can be put in (Shapley
1953; the interventional form of Lundberg and Lee 2017, Advances in Neural Information Processing
Systems 30, and Janzing, Minorics and Blobaum 2020, AISTATS 108). Shares add up: mean wish + shares
= the day's wish. What an item costs does not differ from day to day; its place is taken by other
items' ratios of shortage and order cost to holding cost.
"""

from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.items import Items
from replenish.observation import Observation
from replenish.planner.asked import Asked
from replenish.planner.situation import GROUPS, mixed, taken, with_ratios

BACKGROUND = 32  # days of the same item


def background(rows: Ints) -> Ints:
    """Return `BACKGROUND` of these rows, evenly spaced, repeats where they are fewer."""
    places = np.linspace(0, len(rows) - 1, BACKGROUND).round().astype(np.int64)
    return np.asarray(rows[places])


def other_costs(items: Items, number: int) -> Ints:
    """Return items that stand for all: evenly spaced by shortage cost over holding cost.

    Their order is shuffled by a fixed step, so that it says nothing of the days beside them.

    Args:
        items: I items.
        number: How many to return.
    """
    ranked = np.argsort(items.critical_ratio, kind="stable")
    places = np.linspace(0, len(ranked) - 1, number).round().astype(np.int64)
    step = next(k for k in range(max(number // 3, 1), number + 1) if np.gcd(k, number) == 1)
    return np.asarray(ranked[places[np.arange(number) * step % number]])


def shares(
    policy: Asked, day: Observation, others: Observation, items: Ints
) -> tuple[Floats, Floats]:
    """Return the mean wish on the other days (K,), and each group's share (K, G), units.

    Args:
        policy: Whom to ask.
        day: K rows, one day of each item.
        others: K x B rows, B days of the first item, then of the second, ...
        items: (K,) number of the item that each row of ``day`` is.
    """
    n, groups = len(items), len(GROUPS)
    each = len(others.items) // n
    repeated = taken(day, np.repeat(np.arange(n), each))
    who = np.repeat(items, each)
    every = [
        frozenset(chosen)
        for size in range(groups + 1)
        for chosen in combinations(range(groups), size)
    ]
    value: dict[frozenset[int], Floats] = {}
    for subset in every:
        moment = mixed(others, repeated, {GROUPS[group] for group in subset})
        value[subset] = policy.wish(moment, who).reshape(n, each).mean(axis=1)
    found = np.zeros((n, groups))
    for subset, before in value.items():
        rest = set(range(groups)) - subset
        weight = factorial(len(subset)) * factorial(max(len(rest) - 1, 0)) / factorial(groups)
        for group in rest:
            found[:, group] += weight * (value[subset | {group}] - before)
    return value[frozenset()], found


def usual_days(block: Observation, rows: Ints, items: Items, own: Ints) -> Observation:
    """Return the days that one day is compared with, other items' cost ratios among them.

    Args:
        block: Moments of ordering.
        rows: (K, B) rows of the block, B for each item.
        items: All I items.
        own: (K,) numbers of the items.
    """
    days = taken(block, rows.ravel())
    strangers = np.tile(other_costs(items, rows.shape[1]), len(own))
    return replace(days, items=with_ratios(days.items, items.take(strangers)))
