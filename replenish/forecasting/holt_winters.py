"""Holt-Winters: level, damped trend and a season that is learnt on."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.forecasting.walking import Damping, WalkingModel, grown

LEAST_INDEX, MOST_INDEX = 0.1, 10.0  # beyond, a few sales at a dead place would shake the level
LEAST_LEVEL = 0.01  # units: below, a sale tells nothing of the season


@dataclass(frozen=True, eq=False)
class SeasonalLevel:
    """Level, trend and season of N rows at the end of a period.

    Attributes:
        period: Number of periods seen.
        level: (N,) units.
        trend: (N,) units per period.
        season: (S, N) index, or units where additive.
        number: (N,) periods observed.
        constants: (4, N) alpha, beta, phi, gamma.
        damping: How far the trend gets.
        places: (periods,) place of each period in the season.
        additive: Whether the season is added to the level.
    """

    period: int
    level: Floats
    trend: Floats
    season: Floats
    number: Floats
    constants: Floats
    damping: Damping
    places: Ints
    additive: bool

    def expected(self, steps: Ints) -> Floats:
        """Return (N, K) the level that the damped trend leads to, with its season."""
        ahead = grown(self.level, self.damping.reach(steps) * self.trend[:, None])
        season = self.season[self.places[self.period + steps - 1]].T
        return np.maximum(ahead + season if self.additive else ahead * season, 0.0)

    def after(self, sales: Floats) -> "SeasonalLevel":
        """Return the state after a period with these (N,) sales."""
        alpha, beta, phi, gamma = self.constants
        seen, season = ~np.isnan(sales), self.season[self.places[self.period]]
        number = self.number + seen
        trend = phi * self.trend
        base = grown(self.level, trend[:, None])[:, 0]
        told = np.where(seen, sales, 0.0)
        freed = told - season if self.additive else told / season
        error = np.where(seen, freed - base, 0.0)
        gain = np.maximum(alpha, 1.0 / np.maximum(number, 1.0))
        level = np.maximum(base + gain * error, 0.0)
        settled = alpha * number >= 1.0
        trend = trend + np.where(settled, alpha * beta * error, 0.0)
        learnt = self.season.copy()
        known = seen & settled & (base > LEAST_LEVEL)
        learnt[self.places[self.period]] = np.where(
            known, self._learnt(season, told, base, gamma), season
        )
        return replace(
            self, period=self.period + 1, level=level, trend=trend, season=learnt, number=number
        )

    def _learnt(self, season: Floats, sales: Floats, base: Floats, gamma: Floats) -> Floats:
        """Return the (N,) season at the place of a period, after that period."""
        if self.additive:
            return np.asarray(season + gamma * (sales - base - season))
        index = season + gamma * (sales / np.maximum(base, LEAST_LEVEL) - season)
        return np.clip(index, LEAST_INDEX, MOST_INDEX)


@dataclass(frozen=True, eq=False)
class HoltWintersModel(WalkingModel):
    """Holt-Winters' method with a damped trend (Winters 1960; Hyndman & Athanasopoulos 2021, 8.3).

    With s the season of the period and base = level + phi trend (all of the period before):

    - multiplicative: ``level = base + alpha (y / s - base)``, ``s = s + gamma (y / base - s)``;
    - additive: ``level = base + alpha (y - s - base)``, ``s = s + gamma (y - base - s)``;
    - ``trend = phi trend + beta (change of the level - phi trend)``.

    The level is the mean of what was seen until it has seen enough; trend and season rest until
    then. Time goes on where nothing is observed. The constants are alpha, beta, phi and gamma.

    Attributes:
        additive: Whether the season is added to the level.
    """

    kind: ClassVar[str] = "holt_winters"
    additive: bool = False

    def begin(self, rows: Ints, places: Ints) -> SeasonalLevel:
        """Return level and season of fitting, without a trend; see `WalkingModel.begin`."""
        nothing, level = np.zeros(len(rows)), self.level[rows].astype(float)
        constants = np.ascontiguousarray(self.constants[rows].T)
        season = np.clip(self.index[rows].T, LEAST_INDEX, MOST_INDEX)
        if self.additive:
            season = (season - 1.0) * level
        damping = Damping.of(constants[2])
        return SeasonalLevel(
            0, level, nothing, season, nothing, constants, damping, places, self.additive
        )
