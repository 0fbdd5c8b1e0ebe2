"""When items join the assortment, and leave it: nobody orders by forecast what is not on sale.

Before its first record an item has no level, and forecasters answer with that of items in
general, which may be a hundred times too much. Played as if it were on sale, such an item fills
its shelf for good, and its cost drowns what the others say. What a new item is launched with is a
decision of another kind; here it joins once it has been on sale for four weeks. An item that has
no record from some period on has left.
"""

import numpy as np

from replenish.arrays import Bools, Ints
from replenish.data.panel import Panel

TRIAL_DAYS = 28


def joining_periods(panel: Panel, days_per_period: int) -> Ints | None:
    """Return the (I,) periods from which items are ordered; None where all are old enough.

    Items with a record of the panel's first period are taken to be old: 0. An item without any
    record never joins.

    Args:
        panel: (I, T) sales, NaN = not observed.
        days_per_period: 1 for daily data, 7 for weekly.
    """
    known = ~np.isnan(panel.sales)
    first = np.where(known.any(axis=1), known.argmax(axis=1), panel.n_periods)
    trial = -(-TRIAL_DAYS // days_per_period)
    return np.where(first > 0, first + trial, 0) if first.any() else None


def left_before(panel: Panel, period: int) -> Bools:
    """Return (I,) True for items with records before a period and none from it on."""
    known = ~np.isnan(panel.sales)
    return np.asarray(known[:, :period].any(axis=1) & ~known[:, period:].any(axis=1))
