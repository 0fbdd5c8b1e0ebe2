"""Sampled futures of demand as a forecast has them, seen from one moment of ordering."""

import numpy as np

from replenish.arrays import Floats
from replenish.forecasting.forecast import Bracket
from replenish.observation import Observation


def sampled_futures(
    observation: Observation, number: int, periods: int, rng: np.random.Generator
) -> Floats:
    """Return (S, N, K) paths of demand per period, units, in the manner of `ForecastTable.samples`.

    Sums over L + R periods are distributed as the forecast says; shorter and longer ones have
    the same shape, with the variances of single periods added up in proportion. Beyond the
    forecast's horizon its last period goes on. Items that come whole have whole demand.

    Args:
        observation: N rows.
        number: S, of paths.
        periods: K, from this period on.
        rng: Source of chance.
    """
    forecast, items = observation.forecast, observation.items
    total, rows = forecast.lead_time_demand, np.arange(len(items))
    column = np.minimum(np.arange(max(periods, items.protection_period.max())),
                        forecast.mean.shape[1] - 1)  # fmt: skip
    mean = np.cumsum(forecast.mean[:, column], axis=1)  # (N, K')
    variance = np.cumsum(np.maximum(forecast.std[:, column], 1e-9) ** 2, axis=1)
    known = variance[rows, items.protection_period - 1]
    variance *= (np.maximum(total.std, 1e-9) ** 2 / known)[:, None]
    mean, variance = mean[:, :periods], variance[:, :periods]
    steps = np.sqrt(np.diff(variance, axis=1, prepend=0.0))
    moves = rng.standard_normal((number, *steps.shape)) * steps
    bracket = Bracket.of(total.levels, np.cumsum(moves, axis=2) / np.sqrt(variance))
    apart = total.quantiles - total.mean[:, None]
    low, high = (apart[rows[:, None], bracket.left + more] for more in (0, 1))
    shape = (low + bracket.share * (high - low)) / np.maximum(total.std, 1e-9)[:, None]
    sums = np.maximum(mean + shape * np.sqrt(variance), 0.0)
    sums = np.where((items.pack_size >= 1)[:, None], np.round(sums), sums)
    return np.diff(np.maximum.accumulate(sums, axis=2), axis=2, prepend=0.0)
