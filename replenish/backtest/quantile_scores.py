"""Scores of quantiles: how many numbers lie below them, pinball losses, the CRPS."""

import numpy as np
from scipy.special import ndtri

from replenish.arrays import Bools, Floats, Ints

GRID = (np.arange(40) + 0.5) / 40  # levels of the CRPS: the midpoints of 40 equal shares


def over(values: Floats | Bools) -> Floats:
    """Return (n,) sums over origins and periods."""
    return np.asarray(values.sum(axis=(1, 2)), dtype=float)


def below(actual: Floats, quantiles: Floats, levels: Floats, whole: Bools) -> Floats:
    """Return (n, Q) how many numbers lie up to their quantiles, a tie counting by chance.

    A number in whole units that shares its unit with the quantile counts for the part of the
    unit that lies below the quantile; 0, below which a forecast has nothing, counts for the part
    that the level is of the probability of 0. A perfect forecast of counts is then covered as
    its levels say (randomised PIT: Czado, Gneiting & Held 2009, Biometrics 65, 1254-1261).

    Args:
        actual: (n, O, H) units, NaN = not judged.
        quantiles: (n, O, H, Q) units.
        levels: (Q,) probabilities.
        whole: (n,) True for items that sell in whole units; others are compared as they are.
    """
    counts = np.broadcast_to(whole[:, None, None], actual.shape)
    none = counts & (actual == 0)
    of_none = probability_of_none(quantiles[none], levels)
    found = []
    for column, level in enumerate(levels):
        away = quantiles[..., column] - actual
        share = np.where(counts, np.clip(away + 0.5, 0.0, 1.0), away >= 0)
        share[none] = np.minimum(level / of_none, 1.0)
        found.append(over(np.where(np.isnan(actual), 0.0, share)))
    return np.stack(found, axis=1)


def probability_of_none(quantiles: Floats, levels: Floats) -> Floats:
    """Return the (M,) probability that forecasts give to less than half a unit.

    Args:
        quantiles: (M, Q) units, not falling; linear between two levels.
        levels: (Q,) probabilities.
    """
    edges = np.concatenate(([0.0], levels, [1.0]))
    number = (quantiles <= 0.5).sum(axis=1)  # (M,) levels whose quantile is below half a unit
    rows = np.arange(len(quantiles))
    left = np.where(number > 0, quantiles[rows, np.maximum(number - 1, 0)], 0.0)
    right = quantiles[rows, np.minimum(number, len(levels) - 1)]
    part = np.clip((0.5 - left) / np.maximum(right - left, 1e-9), 0.0, 1.0)
    return np.asarray(edges[number] + part * (edges[number + 1] - edges[number]))


def losses(actual: Floats, quantiles: Floats, levels: Floats, steps: Floats | Ints) -> Floats:
    """Return (n, Q) sums of the pinball loss divided by the steps (Koenker & Bassett 1978).

    Args:
        actual: (n, O, H) units, NaN = not judged.
        quantiles: (n, O, H, Q) units.
        levels: (Q,) probabilities.
        steps: (H,) periods that each number sums over.
    """
    aside = np.ascontiguousarray(np.moveaxis(quantiles, 3, 0))  # (Q, n, O, H)
    seen = ~np.isnan(actual)
    weight = np.where(seen, 1.0 / steps, 0.0)
    known = np.where(seen, actual, 0.0)
    found = [over(_pinball(known - q, lv) * weight) for q, lv in zip(aside, levels, strict=True)]
    return np.stack(found, axis=1)


def crps(actual: Floats, quantiles: Floats, levels: Floats) -> Floats:
    """Return (n,) sums of the continuous ranked probability score from quantiles.

    Twice the mean pinball loss over `GRID` (Gneiting & Raftery 2007, section 4.2); between the
    stored levels a quantile is linear in the normal score of the level, as when ordering.

    Args:
        actual: (n, O, H) units, NaN = not judged.
        quantiles: (n, O, H, Q) units.
        levels: (Q,) probabilities.
    """
    weights = _to_grid(levels)
    aside = np.ascontiguousarray(np.moveaxis(quantiles, 3, 0))  # (Q, n, O, H)
    seen = ~np.isnan(actual)
    known = np.where(seen, actual, 0.0)
    whole: Floats = np.zeros(actual.shape)
    for column, level in enumerate(GRID):
        left, right = np.flatnonzero(weights[:, column])[[0, -1]]
        reached = weights[left, column] * aside[left]
        if right > left:
            reached += weights[right, column] * aside[right]
        whole += _pinball(known - reached, level)
    return 2.0 * over(np.where(seen, whole, 0.0)) / len(GRID)


def _pinball(away: Floats, level: float) -> Floats:
    """Return the loss of a quantile that is short by ``away`` units."""
    return np.asarray(np.maximum(level * away, (level - 1.0) * away))


def _to_grid(levels: Floats) -> Floats:
    """Return (Q, G) weights of the stored quantiles in those of the grid."""
    scores, wanted = ndtri(levels), ndtri(GRID)
    left = np.clip(np.searchsorted(scores, wanted) - 1, 0, len(scores) - 2)
    share = np.clip((wanted - scores[left]) / (scores[left + 1] - scores[left]), 0.0, 1.0)
    weights = np.zeros((len(levels), len(GRID)))
    weights[left, np.arange(len(GRID))] = 1.0 - share
    weights[left + 1, np.arange(len(GRID))] += share
    return weights
