"""How certain a ratio of two forecasters' errors is: a paired bootstrap over items."""

from dataclasses import asdict, dataclass

import numpy as np

from replenish.arrays import Floats

RESAMPLES = 2000


@dataclass(frozen=True)
class Ratio:
    """One forecaster's error over that of the reference, with its 95 % interval.

    Attributes:
        ratio: Below 1 the forecaster is better.
        low: 2.5 % quantile of the resampled ratios.
        high: 97.5 % quantile.
    """

    ratio: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float]:
        """Return the numbers by name."""
        return asdict(self)


def paired_ratio(
    ours: Floats, reference: Floats, seed: int, resamples: int = RESAMPLES
) -> Ratio | None:
    """Return sum of ours over sum of reference with a percentile interval (Efron 1979).

    Items are drawn with replacement and each brings both of its errors, so that hard items
    weigh on both sides. The interval speaks of other items like these, not of other years.

    Args:
        ours: (N,) errors per item, NaN where not defined.
        reference: (N,) of the same items; only items with both count.
        seed: Of the resampling.
        resamples: Number of bootstrap samples.

    Returns:
        None where no item has both, or the reference makes no error.
    """
    both = np.isfinite(ours) & np.isfinite(reference)
    mine, other = ours[both], reference[both]
    if not len(mine) or not other.sum() > 0:
        return None
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(len(mine), np.full(len(mine), 1.0 / len(mine)), size=resamples)
    below = draws @ other
    ratios = (draws @ mine)[below > 0] / below[below > 0]
    low, high = np.quantile(ratios, (0.025, 0.975))
    return Ratio(float(mine.sum() / other.sum()), float(low), float(high))
