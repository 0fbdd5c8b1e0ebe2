"""Guards on sales history: strange against its forecast, silent too long, not recorded."""

from dataclasses import dataclass

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.forecast import ForecastTable

WEEK = 7  # periods whose sum is judged for a collapse
LEAST = 28  # scores from which an item's own spread is taken
_MAD = 1.4826  # median absolute deviation to standard deviation, for a normal distribution
_FINEST = 0.5  # standard deviation of the square root of Poisson counts


@dataclass(frozen=True, eq=False)
class Band:
    """What was sold and what had been forecast for it one period earlier.

    Attributes:
        periods: (K,) period numbers.
        sales: (N, K) units; NaN where not recorded or out of stock.
        mean: (N, K) units forecast.
        std: (N, K) units.
    """

    periods: Ints
    sales: Floats
    mean: Floats
    std: Floats


def band_of(panel: Panel, history: ForecastTable) -> Band:
    """Lay the forecasts of one period ahead beside the sales of that period."""
    columns = np.flatnonzero(history.origins + 1 < panel.n_periods)
    periods = history.origins[columns] + 1
    sales = np.where(panel.censored, np.nan, panel.sales)[:, periods]
    return Band(periods, sales, history.mean[:, columns, 0], history.std[:, columns, 0])


def root_scores(sales: Floats, mean: Floats, std: Floats) -> Floats:
    """Return the distance of counts from their band, in standard deviations of square roots.

    Square roots even out the variance of counts (Anscombe 1948): the standard deviation of the
    root is std / (2 sqrt(mean)), never below 1/2, that of Poisson counts.
    """
    spread = np.maximum(std / (2.0 * np.sqrt(np.maximum(mean, 0.25))), _FINEST)
    root = np.sqrt(np.maximum(sales, 0.0) + 0.375) - np.sqrt(np.maximum(mean, 0.0) + 0.375)
    return np.asarray(root / spread)


def spike_scores(band: Band) -> Floats:
    """Return (N, K) robust z-scores of single periods; NaN where nothing was recorded."""
    return robust(root_scores(band.sales, band.mean, band.std))


def collapse_scores(band: Band) -> Floats:
    """Return (N, K) robust z-scores of sums over the last week's recorded periods.

    NaN where fewer than half of the week's periods were recorded.
    """
    seen = ~np.isnan(band.sales)
    number = _last_sum(seen.astype(float))
    sales = _last_sum(np.where(seen, band.sales, 0.0))
    mean = _last_sum(np.where(seen, band.mean, 0.0))
    std = np.sqrt(_last_sum(np.where(seen, band.std**2, 0.0)))
    return robust(np.where(number > WEEK / 2, root_scores(sales, mean, std), np.nan))


def robust(scores: Floats) -> Floats:
    """Return scores freed of the item's own bias and spread, by median and MAD.

    The spread is never taken below 1, nor from fewer than `LEAST` scores (Iglewicz and Hoaglin
    1993, section 3.2).
    """
    enough = (~np.isnan(scores)).sum(axis=1) >= LEAST
    kept = np.where(enough[:, None], scores, 0.0)
    centre = np.nanmedian(kept, axis=1, keepdims=True)
    spread = _MAD * np.nanmedian(np.abs(kept - centre), axis=1, keepdims=True)
    return np.asarray((scores - centre) / np.maximum(spread, 1.0))


@dataclass(frozen=True, eq=False)
class Silence:
    """Zero sales while marked in stock, at every period.

    Attributes:
        length: (N, T) recorded periods without a sale up to and including this one.
        longest_before: (N, T) longest such run that had ended before.
        surprise: (N, T) how unlikely the run is by the item's own past: -log10 of probability.
    """

    length: Ints
    longest_before: Ints
    surprise: Floats

    def strange(self, threshold: float) -> Bools:
        """Return (N, T) True where a run is unlikely and longer than any before."""
        return np.asarray((self.surprise > threshold) & (self.length > self.longest_before))


def silence(panel: Panel) -> Silence:
    """Measure runs of zeros; periods out of stock or not recorded neither count nor break them.

    The chance of a zero is the item's own share of zero periods before the run began, counted
    with one zero and one sale more.
    """
    n, t = panel.sales.shape
    length, longest = np.zeros((n, t), dtype=np.int64), np.zeros((n, t), dtype=np.int64)
    surprise = np.zeros((n, t))
    run, record, zeros, days = (np.zeros(n, dtype=np.int64) for _ in range(4))
    for period in range(t):
        seen, sold = panel.observed[:, period], panel.sales[:, period] > 0
        started = days > 0
        ended = seen & sold
        zeros, days = (
            np.where(ended, zeros + run, zeros),
            np.where(ended, days + run + 1, days),
        )
        record = np.where(ended, np.maximum(record, run), record)
        run = np.where(ended, 0, run + (seen & ~sold & started))
        chance = (zeros + 1.0) / (days + 2.0)
        length[:, period], longest[:, period] = run, record
        surprise[:, period] = -run * np.log10(chance)
    return Silence(length, longest, surprise)


def unrecorded(panel: Panel) -> Ints:
    """Return (N, T) how many periods up to and including this one have no record in a row.

    Before an item's first record it is 0: the item was not sold yet.
    """
    missing = np.isnan(panel.sales)
    begun = np.cumsum(~missing, axis=1) > 0
    number = np.arange(panel.n_periods)
    last_seen = np.maximum.accumulate(np.where(missing, -1, number), axis=1)
    return np.asarray(np.where(begun, number - last_seen, 0))


def _last_sum(values: Floats) -> Floats:
    """Return (N, K) sums over the last `WEEK` columns, this one included."""
    total = np.cumsum(values, axis=1)
    return np.asarray(total - np.pad(total, ((0, 0), (WEEK, 0)))[:, : values.shape[1]])
