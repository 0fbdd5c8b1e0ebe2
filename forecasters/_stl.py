"""The season index of every item as it is lately, by decomposition with loess."""

import numpy as np
from statsmodels.tsa.seasonal import STL

from forecasters._season import SMALLEST, fit_season_index, shared_index
from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.forecasting.point import observed_sales
from replenish.forecasting.smoothing import index_by_period, season_places

END_WEIGHT = 0.2  # of a loess window in the fit at its end, in equally good observations
SHARE = 10  # loess is computed at every tenth of its window, and drawn through in between


def last_profile(past: Panel, window: int, shrinkage: float) -> Floats:
    """Return (N + 1, S) the season index at the end of the past, the last row shared by all.

    Season and trend of each item come from STL (Cleveland et al. 1990); its index is 1 + season
    over trend in the last season, and leans on the one that all items share as in
    `forecasters._season.fit_season_index`. With less than two seasons all indices are 1.

    Args:
        past: The history, and nothing after it; gaps are drawn through within it.
        window: Seasons that the loess of each place of the season looks at, odd.
        shrinkage: Units of sales that the shared index counts for at each place.
    """
    steady = fit_season_index(past, shrinkage)
    season = steady.shape[1]
    if season == 1:
        return steady
    filled = without_gaps(observed_sales(past), index_by_period(steady[:-1], past, past.n_periods))
    places = season_places(past, past.n_periods, season)[-season:]
    seasons = min(window, past.n_periods // season) * END_WEIGHT
    sold, due = np.zeros((2, past.n_items, season))
    for row, sales in enumerate(filled):
        wave, trend = decomposed(sales, season, window)
        level = np.maximum(trend[-season:], 0.0)
        due[row, places] = level * seasons
        sold[row, places] = np.maximum(level + wave[-season:], 0.0) * seasons
    shared = shared_index(sold, due)
    own = (sold + shrinkage * shared) / (due + shrinkage)
    index = np.maximum(np.concatenate([own, shared[None]]), SMALLEST)
    return np.asarray(index / index.mean(axis=1, keepdims=True))


def decomposed(sales: Floats, season: int, window: int) -> tuple[Floats, Floats]:
    """Return the (T,) season and the (T,) trend of a series without gaps, in units."""
    plain = STL(sales, period=season, seasonal=window)
    jumps = {name: max(plain.config[name] // SHARE, 1) for name in ("seasonal", "trend")}
    found = STL(
        sales,
        period=season,
        seasonal=window,
        seasonal_jump=jumps["seasonal"],
        trend_jump=jumps["trend"],
    ).fit(inner_iter=2)
    return np.asarray(found.seasonal), np.asarray(found.trend)


def without_gaps(sales: Floats, index: Floats) -> Floats:
    """Return (N, T) sales whose gaps are drawn straight through what the season leaves.

    The ends are held; an item never observed is 0 throughout.

    Args:
        sales: (N, T) units, NaN where not observed.
        index: (N, T) season index.
    """
    filled, when = sales.copy(), np.arange(sales.shape[1])
    for row in np.flatnonzero(np.isnan(sales).any(axis=1)):
        seen = ~np.isnan(sales[row])
        if not seen.any():
            filled[row] = 0.0
            continue
        freed = sales[row, seen] / index[row, seen]
        filled[row, ~seen] = np.interp(when[~seen], when[seen], freed) * index[row, ~seen]
    return filled
