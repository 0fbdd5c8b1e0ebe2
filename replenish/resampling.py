"""Drawing units with replacement, and what the samples say: ends of intervals."""

from typing import TypeAlias

import numpy as np
from scipy.special import ndtr, stdtrit

from replenish.arrays import Floats

_AT_ONCE = 2_000_000  # weights drawn together

Ends: TypeAlias = tuple[float, float]  # of an interval


def clustered_error(influence: Floats) -> float:
    """Return the standard error of a sum over items and blocks of time that share their chance.

    Sums clustered by items, by blocks and by both estimate A + C, B + C and C, where A is the
    variance between items, B between blocks and C within cells (Cameron, Gelbach & Miller 2011).
    As they are estimates, what is left is at least what either kind of units alone gives.

    Args:
        influence: (I, B) what each item in each block adds to the sum; sums to 0.
    """
    items, blocks, cells = _clusters(influence)
    return float(np.sqrt(max(items + blocks - cells, items, blocks)))


def counted_once(influence: Floats) -> float:
    """Return what to multiply the pigeonhole's deviations by, so that a cell's chance counts once.

    The pigeonhole spreads by A + B + 3 C where the truth does by A + B + C.

    Args:
        influence: As in `clustered_error`.
    """
    spread = sum(_clusters(influence))
    return clustered_error(influence) / float(np.sqrt(spread)) if spread > 0 else 1.0


def _clusters(influence: Floats) -> tuple[float, float, float]:
    """Return the squared sums of items, of blocks, and of single cells."""
    items, blocks = (float(np.square(influence.sum(axis=axis)).sum()) for axis in (1, 0))
    return items, blocks, float(np.square(influence).sum())


def given(ends: Ends | None) -> tuple[float | None, float | None]:
    """Return both ends, or two Nones where there is no interval."""
    return (None, None) if ends is None else ends


def hull(*intervals: Ends) -> Ends:
    """Return the narrowest interval that holds these."""
    lows, highs = zip(*intervals, strict=True)
    return min(lows), max(highs)


def quantile_ends(values: Floats, units: int) -> Ends:
    """Return both ends of the interval that (R,) samples of so many units give."""
    tail = _tail(units)
    low, high = np.quantile(values, (tail, 1.0 - tail))
    return float(low), float(high)


def _tail(units: int) -> float:
    """Return the probability beyond each end: 2.5 %, and less where few units are drawn."""
    if units < 2:
        return 0.025
    wider = np.sqrt(units / (units - 1)) * stdtrit(units - 1, 0.975)
    return float(ndtr(-wider))


def resampled_items(rng: np.random.Generator, money: Floats, resamples: int) -> Floats:
    """Return the (R, K) sums of (I, K) money over items drawn with replacement."""
    at_once = max(_AT_ONCE // len(money), 1)
    return np.concatenate(
        [
            weights(rng, min(at_once, resamples - first), len(money)) @ money
            for first in range(0, resamples, at_once)
        ]
    )


def weights(rng: np.random.Generator, samples: int, units: int) -> Floats:
    """Return how often each of U units is drawn in each of R samples of U, (R, U)."""
    drawn = rng.integers(0, units, (samples, units)) + units * np.arange(samples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=samples * units)
    return counts.reshape(samples, units).astype(float)
