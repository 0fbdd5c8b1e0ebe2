"""Anomalies put into a clean sales history, with the truth about where they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from replenish.arrays import Bools, Floats
from replenish.data.panel import Panel
from replenish.errors import unknown

LENGTHS = {"spike": 1, "collapse": 14, "flat_line": 21, "unit_error": 3, "missing": 7}
_LEVEL_WINDOW = 28  # periods whose mean is the item's level before a spike
_SPIKE = 8.0  # times the level, on top of what was sold
_SMALLEST_SPIKE = 5.0  # units; less is no spike for an item that rarely sells
_LEFT = 0.1  # share of sales left by a collapse
_UNIT = 10.0  # pieces booked where packs were meant


@dataclass(frozen=True, eq=False)
class Injected:
    """A history with anomalies, one item has one or none.

    Attributes:
        panel: The changed history; its shape and everything but sales and censoring is the same.
        truth: (N, T) True where a number was changed.
        kinds: (N,) kind of each item's anomaly, "" without one; an anomaly that changed no
            number (a collapse where nothing sold) is none.
    """

    panel: Panel
    truth: Bools
    kinds: tuple[str, ...]


def inject(
    panel: Panel,
    kinds: Sequence[str],
    first: int,
    rng: np.random.Generator,
    share: float = 0.5,
) -> Injected:
    """Put one anomaly of a random kind and place into a random share of the items.

    A spike adds 8 times the item's recent mean to one period (5 units at least); a collapse
    leaves a tenth of the sales of 14 periods; a flat line is 21 periods of zeros marked in
    stock; a unit error multiplies 3 periods by 10; missing are 7 periods without a record.

    Args:
        panel: A history, not changed.
        kinds: Names in `LENGTHS` to draw from.
        first: Anomalies lie from this period on.
        rng: Draws items, kinds, places and what a collapse leaves.
        share: Share of items that get one.

    Raises:
        InputError: A kind does not exist.
        ValueError: The history is too short for the longest anomaly.
    """
    for kind in kinds:
        if kind not in LENGTHS:
            raise unknown("anomaly", kind, LENGTHS)
    longest = max((LENGTHS[kind] for kind in kinds), default=0)
    if first + longest > panel.n_periods:
        raise ValueError(f"{panel.n_periods - first} periods cannot hold an anomaly of {longest}")
    sales, censored = panel.sales.copy(), panel.censored.copy()
    named = [""] * panel.n_items
    chosen = np.flatnonzero(rng.random(panel.n_items) < (share if kinds else 0.0))
    for item in chosen:
        kind = kinds[int(rng.integers(len(kinds)))]
        start = int(rng.integers(first, panel.n_periods - LENGTHS[kind] + 1))
        there = slice(start, start + LENGTHS[kind])
        before = panel.sales[item, max(start - _LEVEL_WINDOW, 0) : start]
        sales[item, there] = _CHANGES[kind](panel.sales[item, there], before, rng)
        if kind == "flat_line":
            censored[item, there] = False
        named[item] = kind
    truth = ~((sales == panel.sales) | (np.isnan(sales) & np.isnan(panel.sales)))
    named = [kind if truth[item].any() else "" for item, kind in enumerate(named)]
    return Injected(replace(panel, sales=sales, censored=censored), truth, tuple(named))


def _spike(sales: Floats, before: Floats, _: np.random.Generator) -> Floats:
    seen = before[~np.isnan(before)]
    level = float(seen.mean()) if len(seen) else 0.0
    return np.asarray(np.nan_to_num(sales) + np.ceil(max(_SPIKE * level, _SMALLEST_SPIKE)))


def _collapse(sales: Floats, _: Floats, rng: np.random.Generator) -> Floats:
    left = rng.binomial(np.nan_to_num(sales).astype(int), _LEFT).astype(float)
    return np.where(np.isnan(sales), np.nan, left)


def _flat_line(sales: Floats, _: Floats, __: np.random.Generator) -> Floats:
    return np.where(np.isnan(sales), np.nan, 0.0)


def _unit_error(sales: Floats, _: Floats, __: np.random.Generator) -> Floats:
    return sales * _UNIT


def _missing(sales: Floats, _: Floats, __: np.random.Generator) -> Floats:
    return np.full_like(sales, np.nan)


_CHANGES: dict[str, Callable[[Floats, Floats, np.random.Generator], Floats]] = {
    "spike": _spike,
    "collapse": _collapse,
    "flat_line": _flat_line,
    "unit_error": _unit_error,
    "missing": _missing,
}
