"""The season index of every item, shrunk towards the one that all items share."""

import numpy as np

from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.forecasting.calendar import season_length, season_position
from replenish.forecasting.point import observed_sales

SMALLEST = 0.02  # an index of zero would forbid demand for ever


def fit_season_index(past: Panel, shrinkage: float) -> Floats:
    """Return (N + 1, S) multiplicative indices around 1, the last row shared by all items.

    Each sale is compared with the item's mean over the whole seasons around it, so that neither
    trend nor gaps pass for a season. An item with few units leans on the shared index:
    ``(sales at the place + shrinkage * shared) / (expected at the place + shrinkage)``, the
    posterior mean of a gamma prior. With less than two seasons of history all indices are 1.

    Args:
        past: The history, and nothing after it.
        shrinkage: Units of sales that the shared index counts for at each place.
    """
    season = season_length(past.frequency)
    if season == 1 or past.n_periods < 2 * season:
        return np.ones((past.n_items + 1, 1))
    sales = observed_sales(past)
    expected = np.where(np.isnan(sales), np.nan, centred_mean(sales, season))
    places = season_position(past.dates, past.frequency)
    at = [places == place for place in range(season)]
    sold = np.stack(
        [np.nansum(np.where(np.isnan(expected), 0.0, sales)[:, here], axis=1) for here in at],
        axis=1,
    )  # (N, S)
    due = np.stack([np.nansum(expected[:, here], axis=1) for here in at], axis=1)
    shared = shared_index(sold, due)
    own = (sold + shrinkage * shared) / (due + shrinkage)
    index = np.maximum(np.concatenate([own, shared[None]]), SMALLEST)
    return np.asarray(index / index.mean(axis=1, keepdims=True))


def shared_index(sold: Floats, due: Floats) -> Floats:
    """Return (S,) the index of all items, each weighted by the root of its volume."""
    weight = 1.0 / np.sqrt(np.maximum(due.sum(axis=1, keepdims=True), 1.0))
    total = (due * weight).sum(axis=0)
    index = np.where(total > 0, (sold * weight).sum(axis=0) / np.maximum(total, 1e-12), 1.0)
    return np.asarray(index / index.mean()) if index.mean() > 0 else np.ones_like(index)


def centred_mean(sales: Floats, season: int) -> Floats:
    """Return (N, T) the mean of what was observed in the whole seasons around each period.

    Five short seasons or one long one; NaN at either end, where they are not whole, unless the
    history is too short to spare the ends. It looks ahead, which is right within the past of
    fitting and nowhere else.
    """
    half = (5 * season if season <= 12 else season) // 2
    seen = ~np.isnan(sales)
    total = np.cumsum(np.pad(np.where(seen, sales, 0.0), ((0, 0), (half + 1, half))), axis=1)
    number = np.cumsum(np.pad(seen.astype(float), ((0, 0), (half + 1, half))), axis=1)
    width = 2 * half + 1
    around = number[:, width:] - number[:, :-width]
    mean = np.asarray((total[:, width:] - total[:, :-width]) / np.maximum(around, 1.0))
    if sales.shape[1] >= 2 * width:
        mean[:, :half] = mean[:, -half:] = np.nan
    return mean
