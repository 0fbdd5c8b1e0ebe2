"""Paths of demand drawn from what a forecast says of periods and of their sum."""

import numpy as np

from replenish.arrays import Floats

LEAST = 1e-9  # units


def sampled_paths(
    mean: Floats, std: Floats, sum_std: Floats, number: int, rng: np.random.Generator
) -> Floats:
    """Return (S, ..., H) units per period, never negative, with these means and deviations.

    Demand of a path is a level that all its periods share times noise of each period's own, both
    gamma distributed. The level's variance is what the sum has beyond the periods' own
    variances, so that mean and deviation of each period and of the sum over all H are kept;
    where the sum varies less than independent periods would, the periods are made narrower.

    Args:
        mean: (..., H) units.
        std: (..., H) units.
        sum_std: (...) units, of demand summed over the H periods.
        number: S, of paths.
        rng: Source of chance.
    """
    own, whole = np.maximum(std, LEAST) ** 2, np.maximum(sum_std, LEAST) ** 2
    apart, squares = own.sum(axis=-1), (mean**2).sum(axis=-1)
    crossed = np.maximum(mean.sum(axis=-1) ** 2 - squares, LEAST)
    shared = np.maximum(whole - apart, 0.0) / crossed  # variance of the level, mean 1
    least = np.where(mean > LEAST, own / np.maximum(mean, LEAST) ** 2, np.inf).min(axis=-1)
    shared = np.minimum(shared, 0.95 * least)
    narrower = np.minimum(whole / apart, 1.0)[..., None]
    level = _gamma(shared, (number, *shared.shape), rng)[..., None]
    noise = (own * narrower / np.maximum(mean, LEAST) ** 2 - shared[..., None]) / (
        1.0 + shared[..., None]
    )
    return mean * level * _gamma(np.maximum(noise, 0.0), (number, *mean.shape), rng)


def _gamma(variance: Floats, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Return gamma variables of mean 1 and this variance; 1 where it is 0."""
    some = np.maximum(variance, 1e-12)
    return np.where(variance > 1e-12, rng.gamma(1.0 / some, some, shape), 1.0)
