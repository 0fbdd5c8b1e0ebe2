"""Demand drawn from a known distribution, with the exact distribution of its sums."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy import stats

from replenish.arrays import Floats, Ints
from replenish.errors import unknown
from replenish.forecasting.forecast import LEVELS, DemandSum, Forecast

Distribution: TypeAlias = Any  # scipy.stats' frozen distribution


@dataclass(frozen=True)
class DemandFamily:
    """Independent demand per period with a known mean; sums over k periods are exact.

    Attributes:
        name: ``poisson``, ``geometric`` (on 0, 1, 2, ...) or ``negative_binomial``.
        mean: Units per period.
        std: Units per period; used by ``negative_binomial`` only, where it exceeds sqrt(mean).
    """

    name: str
    mean: float
    std: float = 0.0

    def __post_init__(self) -> None:
        if self.name not in _SUMS:
            raise unknown("demand family", self.name, _SUMS)
        if not self.mean > 0:
            raise ValueError(f"demand_mean is {self.mean}, expected more than 0 units per period")
        if self.name != "negative_binomial" and self.std:
            raise ValueError(
                f"demand_std is {self.std}, but the mean says all of {self.name!r}; leave it out, "
                "or choose 'negative_binomial'"
            )
        if self.name == "negative_binomial" and not self.std**2 > self.mean:
            raise ValueError(
                f"demand_std is {self.std}, expected more than sqrt(demand_mean) = "
                f"{self.mean**0.5:.3g}; use 'poisson' for equality"
            )

    def sum_over(self, periods: int) -> "Distribution":
        """Return the frozen scipy distribution of demand summed over this many periods."""
        return _SUMS[self.name](self, periods)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
        """Return demand of this shape, units."""
        if self.name == "poisson":
            return rng.poisson(self.mean, shape).astype(float)
        size, chance = _negative_binomial(self)
        return rng.negative_binomial(size, chance, shape).astype(float)

    def forecast(self, protection_period: Ints, levels: Floats | None = None) -> Forecast:
        """Return the true distribution as the forecast of N rows.

        Args:
            protection_period: (N,) lead time + review period.
            levels: (Q,) probabilities of the quantiles; `LEVELS` by default.
        """
        levels = np.array(LEVELS) if levels is None else levels
        n, horizon = len(protection_period), int(protection_period.max())
        std = float(self.sum_over(1).std())
        lengths = {int(k): self.sum_over(int(k)) for k in np.unique(protection_period)}
        totals = [lengths[int(k)] for k in protection_period]
        quantiles = {k: d.ppf(levels) for k, d in lengths.items()}
        lead_time_demand = DemandSum(
            mean=np.array([d.mean() for d in totals]),
            std=np.array([d.std() for d in totals]),
            quantiles=np.array([quantiles[int(k)] for k in protection_period], dtype=float),
            levels=levels,
        )
        means, stds = np.full((n, horizon), self.mean), np.full((n, horizon), std)
        return Forecast(means, stds, lead_time_demand)


def _negative_binomial(family: DemandFamily) -> tuple[float, float]:
    """Return size and success probability of scipy's negative binomial."""
    if family.name == "geometric":
        return 1.0, 1.0 / (1.0 + family.mean)
    size = family.mean**2 / (family.std**2 - family.mean)
    return size, size / (size + family.mean)


def _sum_of_negative_binomials(family: DemandFamily, periods: int) -> "Distribution":
    size, chance = _negative_binomial(family)
    return stats.nbinom(size * periods, chance)


_SUMS: dict[str, Callable[[DemandFamily, int], "Distribution"]] = {
    "poisson": lambda family, periods: stats.poisson(family.mean * periods),
    "geometric": _sum_of_negative_binomials,
    "negative_binomial": _sum_of_negative_binomials,
}
