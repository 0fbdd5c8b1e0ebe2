"""Where tuning looks for a parameter."""

from dataclasses import dataclass

import numpy as np

from replenish.arrays import Floats


@dataclass(frozen=True)
class Range:
    """An interval, walked in equal steps or in equal ratios.

    Attributes:
        low: Lower end.
        high: Upper end.
        log: Whether steps are ratios; then both ends are above 0.
    """

    low: float
    high: float
    log: bool = False

    def at(self, share: Floats) -> Floats:
        """Return the values at shares 0..1 of the way from low to high."""
        if self.log:
            return np.asarray(self.low * (self.high / self.low) ** share)
        return np.asarray(self.low + (self.high - self.low) * share)

    def share_of(self, value: float) -> float:
        """Return where a value lies, 0 = low, 1 = high; the inverse of `at`."""
        if self.log:
            return float(np.log(value / self.low) / np.log(self.high / self.low))
        return (value - self.low) / (self.high - self.low)
