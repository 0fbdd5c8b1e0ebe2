"""Scores of quantiles: how many numbers lie below them, pinball losses, the CRPS."""

import numpy as np
from scipy.special import ndtri

from replenish.arrays import Bools, Floats, Ints

GRID = (np.arange(40) + 0.5) / 40  # levels of the CRPS: the midpoints of 40 equal shares


def over(values: Floats | Bools) -> Floats:
    """Return (n,) sums over origins and periods."""
    return np.asarray(values.sum(axis=(1, 2)), dtype=float)


def below(actual: Floats, quantiles: Floats, width: Floats) -> Floats:
    """Return (n, Q) how many numbers lie up to their quantiles, a tie counting by chance.

    A number in whole units that shares its unit with the quantile counts for the part of the
    unit that lies below the quantile: a perfect forecast of counts is then covered as its level
    says and not a tie more often.

    Args:
        actual: (n, O, H) units, NaN = not judged.
        quantiles: (n, O, H, Q) units.
        width: (n, 1, 1) of a unit: 1, or 0 for what is sold by weight.
    """
    found = []
    for column in range(quantiles.shape[3]):
        away = quantiles[..., column] - actual
        share = np.where(width > 0, np.clip(away + 0.5, 0.0, 1.0), away >= 0)
        found.append(over(np.where(np.isnan(actual), 0.0, share)))
    return np.stack(found, axis=1)


def losses(actual: Floats, quantiles: Floats, levels: Floats, steps: Floats | Ints) -> Floats:
    """Return (n, Q) sums of the pinball loss divided by the steps (Koenker & Bassett 1978).

    Args:
        actual: (n, O, H) units, NaN = not judged.
        quantiles: (n, O, H, Q) units.
        levels: (Q,) probabilities.
        steps: (H,) periods that each number sums over.
    """
    found = []
    for column, level in enumerate(levels):
        away = (actual - quantiles[..., column]) / steps
        loss = np.maximum(level * away, (level - 1.0) * away)
        found.append(over(np.where(np.isnan(loss), 0.0, loss)))
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
    whole: Floats = np.zeros(len(actual))
    for column, level in enumerate(GRID):
        left = int(np.argmax(weights[:, column] > 0))
        pair = slice(left, left + 2)
        away = actual - quantiles[..., pair] @ weights[pair, column]
        loss = np.maximum(level * away, (level - 1.0) * away)
        whole = whole + over(np.where(np.isnan(loss), 0.0, loss))
    return 2.0 * whole / len(GRID)


def _to_grid(levels: Floats) -> Floats:
    """Return (Q, G) weights of the stored quantiles in those of the grid."""
    scores, wanted = ndtri(levels), ndtri(GRID)
    left = np.clip(np.searchsorted(scores, wanted) - 1, 0, len(scores) - 2)
    share = np.clip((wanted - scores[left]) / (scores[left + 1] - scores[left]), 0.0, 1.0)
    weights = np.zeros((len(levels), len(GRID)))
    weights[left, np.arange(len(GRID))] = 1.0 - share
    weights[left + 1, np.arange(len(GRID))] += share
    return weights
