"""Demand of a period as probabilities of 0, 1, 2, ... units: what exact solvers count with."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.demand_families import DemandFamily
from replenish.errors import InputError

TAIL = 1e-13  # probability left out at the upper end of an unbounded family
MOST_UNITS = 1_000_000  # of demand in a period; no exact solver holds more
_SLACK = 1e-9  # by which given probabilities may miss a sum of one, for rounding


@dataclass(frozen=True, eq=False)
class DiscreteDemand:
    """Independent demand per period in whole units.

    Attributes:
        pmf: (D,) probability of a demand of 0, 1, ..., D - 1 units; sums to one.
    """

    pmf: Floats

    def __post_init__(self) -> None:
        pmf = np.array(self.pmf, dtype=float)
        _check(pmf)
        pmf = np.trim_zeros(pmf / pmf.sum(), "b")
        pmf.setflags(write=False)
        object.__setattr__(self, "pmf", pmf)

    @classmethod
    def of_family(cls, family: DemandFamily, tail: float = TAIL) -> Self:
        """Return a family's demand, cut where less than ``tail`` of the probability is left.

        Args:
            family: Poisson, geometric or negative binomial.
            tail: Share of the probability that may be left out.

        Raises:
            InputError: There are too many units to count with.
        """
        distribution = family.sum_over(1)
        most = float(distribution.isf(tail))
        if not most <= MOST_UNITS:
            raise InputError(
                f"demand_mean is {family.mean:g} units, up to {most:g} in a period, more than "
                f"{MOST_UNITS:,}; count demand in larger units, such as packs"
            )
        mass = np.asarray(distribution.pmf(np.arange(int(most) + 1)), dtype=float)
        return cls(mass / mass.sum())

    @classmethod
    def empirical(cls, observations: Sequence[float] | Floats | Ints) -> Self:
        """Return demand that repeats past demands, each as likely as it was often.

        Args:
            observations: (T,) whole units of demand, 0 or more.

        Raises:
            InputError: There is none, or one is not a whole number of 0 or more.
        """
        values = np.asarray(observations, dtype=float)
        if values.ndim != 1 or values.size == 0:
            raise InputError(
                f"observations has shape {values.shape}, expected (T,) demands with T of 1 or more"
            )
        bad = ~((values >= 0) & (values == np.floor(values)) & np.isfinite(values))
        if bad.any():
            at = int(np.argmax(bad))
            raise InputError(
                f"observations[{at}] is {values[at]}, expected a whole number of 0 units or more"
            )
        if values.max() > MOST_UNITS:
            raise InputError(
                f"observations[{int(values.argmax())}] is {values.max():g}, more than "
                f"{MOST_UNITS:,} units; count demand in larger units, such as packs"
            )
        return cls(np.bincount(values.astype(np.int64)) / values.size)

    @property
    def most(self) -> int:
        """Largest demand of a period, units."""
        return len(self.pmf) - 1

    @cached_property
    def mean(self) -> float:
        """Expected demand, units per period."""
        return float(np.arange(len(self.pmf)) @ self.pmf)

    @cached_property
    def std(self) -> float:
        """Standard deviation of demand, units per period."""
        away = np.arange(len(self.pmf)) - self.mean
        return float(np.sqrt(away**2 @ self.pmf))

    @cached_property
    def cumulative(self) -> Floats:
        """(D,) probability of a demand of at most 0, 1, ..., D - 1 units; the last is one."""
        total = np.cumsum(self.pmf)
        total[-1] = 1.0
        return total

    def cdf(self, units: Ints | int) -> Floats:
        """Return the probability of a demand of at most so many units, same shape."""
        at = np.asarray(units)
        known = self.cumulative[np.clip(at, 0, self.most)]
        return np.asarray(np.where(at < 0, 0.0, known))

    def quantile(self, probability: float) -> int:
        """Return the smallest number of units that suffices with this probability."""
        at = int(np.searchsorted(self.cumulative, probability - 1e-14))
        return min(at, self.most)

    def sum_over(self, periods: int) -> "DiscreteDemand":
        """Return the demand of so many periods together; of 0 periods, it is zero.

        Raises:
            InputError: Periods are not a whole number of 0 or more.
        """
        if periods < 0 or periods != int(periods):
            raise InputError(f"periods is {periods}, expected a whole number of 0 or more")
        total = np.ones(1)
        for _ in range(int(periods)):
            total = np.convolve(total, self.pmf)
        return DiscreteDemand(total)


def _check(pmf: Floats) -> None:
    """Raise ``InputError`` unless these are probabilities that sum to one."""
    if pmf.ndim != 1 or pmf.size == 0:
        raise InputError(
            f"demand.pmf has shape {pmf.shape}, expected (D,) probabilities of 0, 1, ... units"
        )
    bad = ~(np.isfinite(pmf) & (pmf >= 0))
    if bad.any():
        units = int(np.argmax(bad))
        raise InputError(
            f"demand.pmf[{units}] is {pmf[units]}, expected a probability of 0 or more"
        )
    total = float(pmf.sum())
    if abs(total - 1.0) > _SLACK:
        raise InputError(
            f"demand.pmf sums to {total:.10g}, expected 1; divide the probabilities by their sum"
        )
