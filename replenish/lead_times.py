"""Random lead times as shares per item: one form for a standard deviation and for receipts."""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtri
from scipy.stats import gamma

from replenish.arrays import Floats, Ints
from replenish.forecasting.forecast import DemandSum, Forecast
from replenish.items import Items


def lead_time_shares(
    items: Items,
    receipts: Mapping[str, Floats] | None = None,
    item_ids: Sequence[str] = (),
) -> Floats:
    """Return the probability of each lead time, (N, L + 1), column k = k periods.

    Where an item has a table of past receipts its shares are taken as they are; where it has a
    ``lead_time_std`` the gamma distribution with that mean and standard deviation is rounded
    to whole periods (a moment fit, as in Silver, Pyke and Thomas 2017, section 6.10), its tail
    cut at `Items.latest`; otherwise the lead time is fixed.

    Args:
        items: N rows.
        receipts: item id -> shares of 0, 1, 2, ... periods.
        item_ids: (N,) names, needed with receipts.
    """
    tables = [(receipts or {}).get(name) for name in item_ids] or [None] * len(items)
    longest = max([items.longest_lead_time, *(len(t) - 1 for t in tables if t is not None)])
    shares = np.zeros((len(items), longest + 1))
    shares[np.arange(len(items)), items.lead_time] = 1.0
    random = (items.lead_time_std > 0) & (items.lead_time > 0)
    if random.any():
        shares[random] = _rounded_gammas(items.take(np.flatnonzero(random)), longest)
    for row, table in enumerate(tables):
        if table is not None:
            shares[row] = np.pad(table, (0, longest + 1 - len(table)))
    return shares


def covering_late_orders(forecast: Forecast, items: Items) -> Forecast:
    """Return the forecast with lead-time demand as wide as lead times that vary make it.

    Its variance is that of demand over the mean lead time + review period, and d^2 v of what
    arrives early or late. Where orders are rare v is sigma_L^2 (Silver, Pyke and Thomas 2017,
    section 6.10). Where one is placed every R periods and lead times are drawn one by one, orders
    overtake each other, which evens them out (Zalkind 1978; Robinson, Bradley and Thomas 2001):
    v is half the mean distance of two lead times, sigma_L / sqrt(pi) if they are normal, times R.
    Quantiles keep their shape and move away from the mean by as much as the deviation grows.

    Args:
        forecast: N rows.
        items: N rows; where none has a ``lead_time_std`` the forecast is returned as it is.
    """
    if not items.lead_time_std.any():
        return forecast
    total, spread = forecast.lead_time_demand, items.lead_time_std * (items.lead_time > 0)
    overtaken = np.sqrt(items.review_period * spread / np.sqrt(np.pi))
    late = np.where(items.fixed_order_cost > 0, spread, np.minimum(spread, overtaken))
    more = total.mean / items.protection_period * late
    std = np.sqrt(total.std**2 + more**2)
    known = total.std > 1e-9
    grown = (std / np.where(known, total.std, 1.0))[:, None]
    away = np.where(
        known[:, None],
        (total.quantiles - total.mean[:, None]) * grown,
        more[:, None] * ndtri(total.levels),
    )
    quantiles = np.maximum(total.mean[:, None] + away, 0.0)
    return forecast.with_sum(DemandSum(total.mean, std, quantiles, total.levels))


def draw_lead_times(cumulative: Floats, uniforms: Floats) -> Ints:
    """Return (N,) whole lead times by inversion.

    Args:
        cumulative: (N, L + 1) cumulative shares, the last column 1.
        uniforms: (N,) numbers in [0, 1), drawn beforehand so that every policy meets the same.
    """
    return np.asarray((uniforms[:, None] >= cumulative[:, :-1]).sum(axis=1))


def _rounded_gammas(items: Items, longest: int) -> Floats:
    """Return (N, longest + 1) shares of rounded gammas; the tail on each one's own last period."""
    mean, std = items.lead_time[:, None], items.lead_time_std[:, None]
    periods = np.arange(longest + 1)
    cumulative = gamma.cdf(periods + 0.5, (mean / std) ** 2, scale=std**2 / mean)
    cumulative = np.where(periods >= items.latest[:, None], 1.0, cumulative)
    return np.diff(cumulative, prepend=0.0)
