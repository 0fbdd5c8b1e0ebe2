"""What is remembered of each item: levels, and sums that grow by one period at a time.

The six numbers of a period: units sold up to it, periods observed, observed periods without
sales, absolute one-step errors; its own sale free of its season, and the observed periods since
something was sold.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.forecasting.feature_course import Course

SMALL = 0.1  # units: keeps ratios of nearly nothing finite
SOLD, SEEN, ZEROS, MISSED, SALE, SINCE = range(6)  # four sums, and two numbers of the period
ROWS = 6
Past = Callable[[int], Floats]  # lag -> (ROWS, O, N) at so many periods before each origin


@dataclass(frozen=True, eq=False)
class FeatureState:
    """What is remembered of N items at the end of a period.

    Attributes:
        course: What is known beforehand.
        period: Number of periods seen.
        level: (3, N) units: slow, faster, fastest.
        weight: (N,) sum of the indices of what was observed.
        recent: (ROWS, N) of each of the last periods, oldest first.
        past: (C, N) last known number of each past column.
    """

    course: Course
    period: int
    level: Floats
    weight: Floats
    recent: tuple[Floats, ...]
    past: Floats


@dataclass(frozen=True, eq=False)
class Walked:
    """What is remembered at the end of each of T periods.

    Attributes:
        levels: (T, 3, N) units.
        recent: (M + T, ROWS, N) sums, after M rows of zeros from before the first period.
        pasts: (T, C, N) last known number of each past column.
    """

    levels: Floats
    recent: Floats
    pasts: Floats


@dataclass(frozen=True, eq=False)
class Told:
    """What is known at O origins of N items.

    Attributes:
        level: (O, N) units, at least `LEAST_LEVEL`.
        columns: (O, N, F) float32.
        by_place: (O, S, N, G) float32 of each place of the season, counted back from the origin.
        past: Past sums, for what depends on the period ahead.
    """

    level: Floats
    columns: Floats
    by_place: Floats
    past: Past

    def base(self, course: Course, origins: Ints, horizon: int) -> Floats:
        """Return (O, H, N) units, level times season index of the periods ahead."""
        ahead = origins[:, None] + np.arange(1, horizon + 1)
        return np.asarray(self.level[:, None] * course.index[ahead])


def grown(sums: Floats, sales: Floats, index: Floats, level: Floats) -> Floats:
    """Return the (ROWS, N) numbers after one more period.

    Args:
        sums: (ROWS, N) before.
        sales: (N,) units, NaN where nothing is known.
        index: (N,) season index.
        level: (N,) units before the period.
    """
    seen = ~np.isnan(sales)
    known = np.where(seen, sales, 0.0)
    missed = np.where(seen, np.abs(known - level * index), 0.0)
    zero = seen & (known == 0)
    result = sums + np.stack([known, seen, zero, missed, known, zero])
    result[SALE] = known / index
    result[SINCE] = np.where(seen & ~zero, 0.0, result[SINCE])
    return np.asarray(result)


def log_ratio(gone: Floats, base: Floats) -> Floats:
    """Return the log of the mean of a window over ``base``, 0 where nothing was seen."""
    mean = gone[SOLD] / np.maximum(gone[SEEN], 1.0)
    return np.where(gone[SEEN] > 0, np.log((mean + SMALL) / (base + SMALL)), 0.0)


def last_known(values: Floats) -> Floats:
    """Return (T, N) each value, where it is NaN the one before, 0 before the first."""
    place = np.where(np.isnan(values), -1, np.arange(len(values))[:, None])
    last = np.maximum.accumulate(place, axis=0)
    found = np.take_along_axis(values, np.maximum(last, 0), axis=0)
    return np.asarray(np.where(last >= 0, found, 0.0))
