"""Double exponential smoothing: a level and a damped trend that carry a multiplicative season."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.forecasting.walking import Damping, WalkingModel, grown


@dataclass(frozen=True, eq=False)
class TrendingLevel:
    """Level and trend of N rows at the end of a period.

    Attributes:
        period: Number of periods seen.
        level: (N,) units.
        trend: (N,) units per period.
        weight: (N,) sum of the indices of what was observed.
        constants: (3, N) alpha, beta, phi.
        damping: How far the trend gets.
        index: (N, S) season index.
        places: (periods,) place of each period in the season.
    """

    period: int
    level: Floats
    trend: Floats
    weight: Floats
    constants: Floats
    damping: Damping
    index: Floats
    places: Ints

    def expected(self, steps: Ints) -> Floats:
        """Return (N, K) the level that the damped trend leads to, times the index."""
        ahead = grown(self.level, self.damping.reach(steps) * self.trend[:, None])
        return np.asarray(ahead * self.index[:, self.places[self.period + steps - 1]])

    def after(self, sales: Floats) -> "TrendingLevel":
        """Return the state after a period with these (N,) sales."""
        alpha, beta, phi = self.constants
        index, seen = self.index[:, self.places[self.period]], ~np.isnan(sales)
        weight = self.weight + np.where(seen, index, 0.0)
        gain = np.maximum(alpha, 1.0 / np.maximum(weight, 1e-9))
        gain = np.minimum(gain, 1.0 / np.maximum(index, 1e-9))
        trend = phi * self.trend
        base = grown(self.level, trend[:, None])[:, 0]
        error = np.where(seen, sales - index * base, 0.0)
        level = np.maximum(base + gain * error, 0.0)
        settled = alpha * weight > 1.0  # before, an error tells of the level and not of its trend
        trend = trend + np.where(settled, alpha * beta * error, 0.0)
        return replace(self, period=self.period + 1, level=level, trend=trend, weight=weight)


@dataclass(frozen=True, eq=False)
class DampedTrendModel(WalkingModel):
    """Holt's linear method with a damped trend (Gardner & McKenzie 1985, error-correction form).

    With e the error of the one-step forecast of sales freed of their season:
    ``level = level + phi trend + alpha e``, ``trend = phi trend + alpha beta e``; k periods ahead
    ``level + (phi + ... + phi^k) trend``, at most half or twice the level. The level is the mean
    of what was seen until it has seen enough, and the trend rests until then. Time goes on
    where nothing is observed. The constants are alpha, beta and phi; beta = 0 is no trend.
    """

    kind: ClassVar[str] = "double_exponential_smoothing"

    def begin(self, rows: Ints, places: Ints) -> TrendingLevel:
        """Return the levels of fitting, without a trend; see `WalkingModel.begin`."""
        nothing = np.zeros(len(rows))
        constants = np.ascontiguousarray(self.constants[rows].T)
        level = self.level[rows].astype(float)
        damping = Damping.of(constants[2])
        return TrendingLevel(
            0, level, nothing, nothing, constants, damping, self.index[rows], places
        )
