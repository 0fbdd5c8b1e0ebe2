"""Random lead times as shares per item: one form for a standard deviation and for receipts."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import gamma

from replenish.arrays import Floats, Ints
from replenish.items import Items


def lead_time_shares(
    items: Items,
    receipts: Mapping[str, Floats] | None = None,
    item_ids: Sequence[str] = (),
) -> Floats:
    """Return the probability of each lead time, (N, L + 1), column k = k periods.

    Where an item has a table of past receipts its shares are taken as they are; where it has a
    ``lead_time_std`` the gamma distribution with that mean and standard deviation is rounded
    to whole periods (a moment fit, as in Silver, Pyke and Thomas 2017, section 6.10); otherwise
    the lead time is fixed.

    Args:
        items: N rows.
        receipts: item id -> shares of 0, 1, 2, ... periods.
        item_ids: (N,) names, needed with receipts.
    """
    tables = [(receipts or {}).get(name) for name in item_ids] or [None] * len(items)
    longest = max([items.longest_lead_time, *(len(t) - 1 for t in tables if t is not None)])
    shares = np.zeros((len(items), longest + 1))
    for row, table in enumerate(tables):
        if table is not None:
            shares[row, : len(table)] = table
        elif items.lead_time_std[row] > 0 and items.lead_time[row] > 0:
            shares[row] = _rounded_gamma(items.lead_time[row], items.lead_time_std[row], longest)
        else:
            shares[row, items.lead_time[row]] = 1.0
    return shares


def draw_lead_times(cumulative: Floats, uniforms: Floats) -> Ints:
    """Return (N,) whole lead times by inversion.

    Args:
        cumulative: (N, L + 1) cumulative shares, the last column 1.
        uniforms: (N,) numbers in [0, 1), drawn beforehand so that every policy meets the same.
    """
    return np.asarray((uniforms[:, None] >= cumulative[:, :-1]).sum(axis=1))


def _rounded_gamma(mean: float, std: float, longest: int) -> Floats:
    """Return the shares of 0..longest periods of a rounded gamma; the tail on the last one."""
    shape, scale = (mean / std) ** 2, std**2 / mean
    edges = np.arange(longest + 1) + 0.5
    cumulative = gamma.cdf(edges, shape, scale=scale)
    cumulative[-1] = 1.0
    return np.diff(cumulative, prepend=0.0)
