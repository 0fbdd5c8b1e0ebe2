"""Guards on sales history: strange against its forecast, silent too long, not recorded."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.forecast import ForecastTable
from replenish.forecasting.point import closed
from replenish.guards.config import GuardConfig

WEEK = 7  # periods whose sum is judged for a collapse
LEAST = 28  # scores from which an item's own spread is taken
_MAD = 1.4826  # median absolute deviation to standard deviation, for a normal distribution
_SPIKE_FINEST = 0.7  # a band holds promotions too and is wider than usual days need
_COLLAPSE_FINEST = 1.0  # errors of a week's periods go together; no band is that much too wide
_FINEST = 0.5  # standard deviation of the square root of Poisson counts


@dataclass(frozen=True, eq=False)
class Band:
    """What was sold and what had been forecast for it one period earlier.

    Attributes:
        periods: (K,) period numbers.
        sales: (N, K) units; NaN where not recorded.
        censored: (N, K) True where out of stock, so that the sale is a lower bound.
        mean: (N, K) units forecast.
        std: (N, K) units.
    """

    periods: Ints
    sales: Floats
    censored: Bools
    mean: Floats
    std: Floats


def band_of(panel: Panel, history: ForecastTable) -> Band:
    """Lay the forecasts of one period ahead beside the sales of that period."""
    columns = np.flatnonzero(history.origins + 1 < panel.n_periods)
    periods = history.origins[columns] + 1
    return Band(
        periods=periods,
        sales=panel.sales[:, periods],
        censored=panel.censored[:, periods],
        mean=history.mean[:, columns, 0],
        std=history.std[:, columns, 0],
    )


def root_scores(sales: Floats, mean: Floats, std: Floats) -> Floats:
    """Return the distance of counts from their band, in standard deviations of square roots.

    Square roots even out the variance of counts (Anscombe 1948): the standard deviation of the
    root is std / (2 sqrt(mean)), never below 1/2, that of Poisson counts.
    """
    spread = np.maximum(std / (2.0 * np.sqrt(np.maximum(mean, 0.25))), _FINEST)
    root = np.sqrt(np.maximum(sales, 0.0) + 0.375) - np.sqrt(np.maximum(mean, 0.0) + 0.375)
    return np.asarray(root / spread)


def spike_scores(band: Band) -> Floats:
    """Return (N, K) robust z-scores of single periods; NaN where nothing was recorded.

    A sale out of stock counts: a lower bound above the band is above the band.
    """
    return robust(root_scores(band.sales, band.mean, band.std), _SPIKE_FINEST)


class Weeks(NamedTuple):
    """Sums over the recorded periods in stock of the week up to each period, all (N, K).

    Attributes:
        number: Such periods.
        sales: Units.
        mean: Units that were forecast for them.
        std: Units, of their sum.
    """

    number: Floats
    sales: Floats
    mean: Floats
    std: Floats


def weeks_of(band: Band) -> Weeks:
    """Return the sums of the week up to every period of the band."""
    seen = ~np.isnan(band.sales) & ~band.censored
    number = _last_sum(seen.astype(float))
    sales = _last_sum(np.where(seen, band.sales, 0.0))
    mean = _last_sum(np.where(seen, band.mean, 0.0))
    return Weeks(number, sales, mean, np.sqrt(_last_sum(np.where(seen, band.std**2, 0.0))))


def collapse_scores(weeks: Weeks) -> Floats:
    """Return (N, K) robust z-scores of sums over a week's recorded periods.

    NaN where fewer than half of the week's periods were recorded and in stock.
    """
    scores = root_scores(weeks.sales, weeks.mean, weeks.std)
    return robust(np.where(weeks.number > WEEK / 2, scores, np.nan), _COLLAPSE_FINEST)


def robust(scores: Floats, finest: float) -> Floats:
    """Return scores freed of the item's own bias and spread, by median and MAD.

    The spread is never taken below ``finest``, and is 1 where there are fewer than `LEAST`
    scores (Iglewicz and Hoaglin 1993, section 3.2).
    """
    enough = (~np.isnan(scores)).sum(axis=1) >= LEAST
    kept = np.where(enough[:, None], scores, 0.0)
    centre = np.nanmedian(kept, axis=1, keepdims=True)
    spread = _MAD * np.nanmedian(np.abs(kept - centre), axis=1, keepdims=True)
    return np.asarray(
        (scores - centre) / np.where(enough[:, None], np.maximum(spread, finest), 1.0)
    )


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
    """Measure runs of zeros; periods out of stock, closed or not recorded do not touch them.

    A run is as likely as the item's own past before it makes it: a zero follows a sale, and then
    zeros follow zeros, since demand that comes in clumps stays away in clumps (a two-state Markov
    chain, its shares counted anew with every zero: Polya's urn). A short past proves little.
    """
    n, t = panel.sales.shape
    length, longest = np.zeros((n, t), dtype=np.int64), np.zeros((n, t), dtype=np.int64)
    surprise, unlikely = np.zeros((n, t)), np.zeros(n)
    run, record, zeros, runs, days = (np.zeros(n, dtype=np.int64) for _ in range(5))
    observed, sold = panel.observed & ~closed(panel, t), panel.sales > 0
    for period in range(t):
        ended = observed[:, period] & sold[:, period]
        quiet = observed[:, period] & ~sold[:, period] & (days > 0)
        record = np.where(ended, np.maximum(record, run), record)
        runs = runs + (ended & (run > 0))
        zeros, days = zeros + run * ended, days + (run + 1) * ended
        chance = np.where(run == 0, _begin(days - zeros, runs), _stay(zeros, runs, days, run))
        unlikely = np.where(ended, 0.0, unlikely - np.log10(chance) * quiet)
        run = np.where(ended, 0, run + quiet)
        length[:, period], longest[:, period], surprise[:, period] = run, record, unlikely
    return Silence(length, longest, surprise)


def _begin(sold: Ints, runs: Ints) -> Floats:
    """Return the (N,) chance that a zero follows a sale; one case of either kind is added.

    Args:
        sold: (N,) periods with a sale.
        runs: (N,) runs of zeros that ended.
    """
    return np.asarray((runs + 1.0) / (sold + 2.0))


def _stay(zeros: Ints, runs: Ints, days: Ints, run: Ints) -> Floats:
    """Return the (N,) chance of one more zero; two cases at the share of zeros are added.

    Args:
        zeros: (N,) periods without a sale before this run.
        runs: (N,) runs that these made.
        days: (N,) periods before this run.
        run: (N,) zeros of this run so far.
    """
    share = (zeros + 1.0) / (days + 2.0)
    followed = np.maximum(zeros - runs + run - 1, 0)
    return np.asarray((followed + 2.0 * share) / (np.maximum(zeros + run - 1, 0) + 2.0))


def unrecorded(panel: Panel) -> Ints:
    """Return (N, T) how many periods up to and including this one have no record in a row.

    Before an item's first record it is 0: the item was not sold yet.
    """
    missing = np.isnan(panel.sales)
    begun = np.cumsum(~missing, axis=1) > 0
    number = np.arange(panel.n_periods)
    last_seen = np.maximum.accumulate(np.where(missing, -1, number), axis=1)
    return np.asarray(np.where(begun, number - last_seen, 0))


def series_flags(panel: Panel, band: Band, config: GuardConfig) -> dict[str, Bools]:
    """Return guard -> (N, K) True where it fires on a decision taken after that period.

    Args:
        panel: N items.
        band: Sales and forecasts of K periods, as `band_of` lays them out.
        config: Switches and thresholds.
    """
    spikes, collapses = spike_scores(band), collapse_scores(weeks_of(band))
    begun, periods = open_periods(panel)[:, band.periods], config.recent_periods
    flags = {
        "late_data": unrecorded(panel)[:, band.periods] > config.late_data.threshold,
        "demand_spike": lasting(spikes > config.demand_spike.threshold, begun, periods),
        "demand_collapse": lasting(collapses < -config.demand_collapse.threshold, begun, periods),
        "flat_line": silence(panel).strange(config.flat_line.threshold)[:, band.periods],
    }
    return {name: flag for name, flag in flags.items() if config.looks(name)}


def lasting(flags: Bools, begun: Ints, periods: int) -> Bools:
    """Return (N, K) True where a flag was raised in the last so many open periods.

    Args:
        flags: (N, K).
        begun: (N, K) open periods up to and including each, see `open_periods`.
        periods: So many.
    """
    latest = np.maximum.accumulate(np.where(flags, begun, -periods), axis=1)
    return np.asarray(begun - latest < periods)


def open_periods(panel: Panel) -> Ints:
    """Return (N, T) how many periods up to and including this one the shop was open in."""
    return np.cumsum(~closed(panel, panel.n_periods), axis=1)


def recent(panel: Panel, periods: int) -> Bools:
    """Return (N, T) True in the last so many open periods, and on closed ones among them."""
    begun = open_periods(panel)
    return np.asarray(begun > begun[:, -1:] - periods)


def _last_sum(values: Floats) -> Floats:
    """Return (N, K) sums over the last `WEEK` columns, this one included."""
    total = np.cumsum(values, axis=1)
    return np.asarray(total - np.pad(total, ((0, 0), (WEEK, 0)))[:, : values.shape[1]])
