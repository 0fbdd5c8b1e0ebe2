"""Orders of ARIMA models, and coefficients that are stationary and invertible by construction."""

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from replenish.arrays import Floats
from replenish.forecasting.statespace import StateSpace, arima, with_season

FIRST_PARTIALS = (0.0, 0.3, 0.6, 0.9)  # of the autoregressive part: where the search may start
FIRST_MOVING = (-0.95, -0.8, -0.5, 0.0, 0.3)  # of the moving-average part
FIRST_SEASONAL = -0.7  # of a seasonal moving average of seasonal differences
LIMIT = float(np.arctanh(0.9995))  # of the free numbers, so that no root comes to lie on the circle


@dataclass(frozen=True)
class Order:
    """(p, d, q)(P, D, Q) with a season of s periods.

    Attributes:
        autoregressive: p.
        difference: d, 0 or 1.
        moving_average: q.
        seasonal_autoregressive: P.
        seasonal_difference: D, 0 or 1.
        seasonal_moving_average: Q.
        season: s.
    """

    autoregressive: int
    difference: int
    moving_average: int
    seasonal_autoregressive: int = 0
    seasonal_difference: int = 0
    seasonal_moving_average: int = 0
    season: int = 1

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """(p, q, P, Q)."""
        seasonal = (self.seasonal_autoregressive, self.seasonal_moving_average)
        return (self.autoregressive, self.moving_average, *seasonal)

    @property
    def n_coefficients(self) -> int:
        """K = p + q + P + Q."""
        return sum(self.sizes)

    @property
    def differenced(self) -> int:
        """Number of first periods that only set levels, d + s D."""
        return self.difference + self.season * self.seasonal_difference

    @property
    def reach(self) -> int:
        """Number of first periods that a term of the model looks back to, all lags together."""
        lags = self.autoregressive + self.season * self.seasonal_autoregressive
        return self.differenced + lags

    def coefficients(self, free: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return phi (..., p), theta (..., q), seasonal phi (..., P) and theta (..., Q).

        Args:
            free: (..., K) any numbers; their hyperbolic tangents are partial autocorrelations.
        """
        ends = np.cumsum((0, *self.sizes))
        phi, theta, seasonal_phi, seasonal_theta = (
            stationary(np.tanh(free[..., a:b])) for a, b in pairwise(ends)
        )
        return phi, -theta, seasonal_phi, -seasonal_theta

    def space(self, free: Floats) -> StateSpace:
        """Return the N models of free numbers (N, K), with shocks of variance 1."""
        phi, theta, seasonal_phi, seasonal_theta = self.coefficients(free)
        return arima(
            with_season(phi, seasonal_phi, self.season, -1.0),
            with_season(theta, seasonal_theta, self.season, 1.0),
            np.ones(len(free)),
            self.difference,
            self.seasonal_difference,
            self.season,
        )

    def starts(self) -> Floats:
        """Return (C, K) free numbers that a search may start from."""
        p, q, seasonal_p, seasonal_q = self.sizes
        rows = []
        phis, thetas = FIRST_PARTIALS if p else (0.0,), FIRST_MOVING if q else (0.0,)
        for phi, theta in product(phis, thetas):
            seasonal = FIRST_SEASONAL if self.seasonal_difference else 0.0
            firsts = ((p, phi), (q, -theta), (seasonal_p, 0.0), (seasonal_q, -seasonal))
            rows.append([v for n, first in firsts for v in [first, *[0.0] * (n - 1)][:n]])
        return np.asarray(np.arctanh(np.array(rows)))


def stationary(partial: Floats) -> Floats:
    """Return (..., p) autoregressive coefficients of partial autocorrelations inside -1 and 1.

    The Durbin-Levinson recursion (Barndorff-Nielsen & Schou 1973; Monahan 1984).
    """
    phi = partial[..., :0]
    for lag in range(partial.shape[-1]):
        last = partial[..., lag : lag + 1]
        phi = np.concatenate([phi - last * phi[..., ::-1], last], axis=-1)
    return np.asarray(phi)
