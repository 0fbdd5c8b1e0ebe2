"""How certain a ratio of two forecasters' errors is: a paired bootstrap over items."""

from dataclasses import asdict, dataclass

import numpy as np

from replenish.arrays import Floats
from replenish.paired import LEAST_ITEMS, RESAMPLES, paired_difference

FEW = f"no interval: fewer than {LEAST_ITEMS} items"


@dataclass(frozen=True)
class Ratio:
    """One forecaster's error over that of the reference, with its 95 % interval.

    Attributes:
        ratio: Below 1 the forecaster is better.
        low: Lower end; None of fewer than `LEAST_ITEMS` items, where no interval would hold.
        high: Upper end, or None.
    """

    ratio: float
    low: float | None
    high: float | None

    @property
    def better(self) -> bool:
        """Whether the whole interval lies below 1."""
        return self.high is not None and self.high < 1

    def interval(self, form: str = "[{:.3f}, {:.3f}]") -> str:
        """Return the interval in words, that of a table by default."""
        known = self.low is not None and self.high is not None
        return form.format(self.low, self.high) if known else FEW

    def to_dict(self) -> dict[str, float | None]:
        """Return the numbers by name."""
        return asdict(self)


def paired_ratio(
    ours: Floats, reference: Floats, seed: int, resamples: int = RESAMPLES
) -> Ratio | None:
    """Return sum of ours over sum of reference with the interval of `replenish.paired`.

    Items are drawn with replacement and each brings both of its errors, so that hard items
    weigh on both sides. The interval speaks of other items like these, not of other years.

    Args:
        ours: (N,) errors per item, NaN where not defined.
        reference: (N,) of the same items; only items with both count.
        seed: Of the resampling.
        resamples: Number of bootstrap samples; fewer are drawn of more than 2,000 items.

    Returns:
        None where no item has both, or the reference makes no error.
    """
    both = np.isfinite(ours) & np.isfinite(reference)
    mine, other = ours[both], reference[both]
    if not len(mine) or not other.sum() > 0:
        return None
    scale = float(other.mean())  # errors may be of any size, money is not as small
    found = paired_difference(mine / scale, other / scale, seed, resamples)
    low, high = (_ratio(end) for end in (found.items_percent_low, found.items_percent_high))
    return Ratio(float(mine.sum() / other.sum()), low, high)


def _ratio(percent: float | None) -> float | None:
    """Return the ratio that a difference in per cent is."""
    return None if percent is None else 1.0 + percent / 100.0
