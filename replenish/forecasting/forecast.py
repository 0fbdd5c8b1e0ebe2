"""Forecast types: demand per period, and demand summed over the next k periods.

An order is decided on the distribution of demand *summed* over lead time plus review period.
Quantiles of single periods do not add up, so sums carry their own.
"""

from copy import copy
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from scipy.special import ndtri

from replenish.arrays import Floats, Ints, expect_shape
from replenish.forecasting.sampling import sampled_paths

LEVELS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995)


class Bracket(NamedTuple):
    """Where one normal score per row lies among the scores of the stored levels.

    Attributes:
        left: (N,) number of the stored level below.
        share: (N,) of the way from it to the next one; outside 0..1 beyond the outermost.
    """

    left: Ints
    share: Floats

    @classmethod
    def of(cls, levels: Floats, score: Floats) -> "Bracket":
        """Return the bracket of (N,) normal scores among (Q,) probabilities."""
        scores = ndtri(levels)  # (Q,)
        left = np.clip(np.searchsorted(scores, score) - 1, 0, len(scores) - 2)
        return cls(left, (score - scores[left]) / (scores[left + 1] - scores[left]))


CONTEXT = ("bias", "spread", "promotion")  # see `replenish.forecasting.context`


@dataclass(frozen=True, eq=False)
class DemandSum:
    """Distribution of demand summed over a number of periods, one row per item.

    Attributes:
        mean: (N,) units.
        std: (N,) units.
        quantiles: (N, Q) units, not falling along Q.
        levels: (Q,) probabilities, rising, strictly between 0 and 1.
    """

    mean: Floats
    std: Floats
    quantiles: Floats
    levels: Floats

    def quantile(self, level: Floats | float) -> Floats:
        """Return the (N,) units that demand stays below with this probability.

        Between two stored levels the quantile is linear in the normal score of the level;
        beyond the outermost it goes on with the slope of the last pair; never negative.

        Args:
            level: One probability, or (N,) one per item.
        """
        return self.at_score(ndtri(np.asarray(level, dtype=float)))

    def at_score(self, score: Floats | float) -> Floats:
        """Return the (N,) units of `quantile` at the level with this normal score, one or (N,)."""
        wanted = np.broadcast_to(np.asarray(score, dtype=float), self.mean.shape)
        return self.within(Bracket.of(self.levels, wanted))

    def within(self, bracket: Bracket) -> Floats:
        """Return the (N,) units that demand stays below, `quantile` of scores looked up before."""
        rows, left = np.arange(len(self.mean)), bracket.left
        low, high = self.quantiles[rows, left], self.quantiles[rows, left + 1]
        return np.asarray(np.maximum(low + bracket.share * (high - low), 0.0))


@dataclass(frozen=True, eq=False)
class Forecast:
    """What is expected from one origin on, one row per item; column h - 1 is h periods ahead.

    Attributes:
        mean: (N, H) units per period.
        std: (N, H) units per period.
        lead_time_demand: Demand summed over the item's own lead time + review period.
        context: (N, C) numbers in the order of `CONTEXT`; None = nothing is known beside the
            forecast.
    """

    mean: Floats
    std: Floats
    lead_time_demand: DemandSum
    context: Floats | None = None

    def mean_at(self, columns: Ints | int) -> Floats:
        """Return the (N,) mean of one column, or of one column per row."""
        return np.asarray(self.mean[np.arange(len(self.mean)), columns])

    def with_sum(self, total: DemandSum) -> Self:
        """Return the forecast with another distribution of lead-time demand.

        A copy, not `replace`: a kind that gathers its periods when asked has them not yet.
        """
        other = copy(self)
        other.__dict__["lead_time_demand"] = total
        return other

    def take(self, rows: Ints) -> "Forecast":
        """Return the forecasts of these rows, in this order, repeats allowed."""
        total = self.lead_time_demand
        some = DemandSum(total.mean[rows], total.std[rows], total.quantiles[rows], total.levels)
        context = None if self.context is None else self.context[rows]
        return Forecast(self.mean[rows], self.std[rows], some, context)


@dataclass(frozen=True, eq=False)
class Singles:
    """How the demand of single periods is distributed, taken apart to be kept small.

    Attributes:
        scale: (N, O, H) units.
        place: (N, O, H) between which of the C shapes it lies, 0 to C - 1.
        shapes: (C, H, Q) quantiles of the errors in scales.
    """

    scale: Floats
    place: Floats
    shapes: Floats

    @property
    def away(self) -> Floats:
        """(N, O, H, Q) units from the mean to each quantile."""
        steps = np.arange(self.scale.shape[2])
        left = np.floor(self.place).astype(int)
        right = np.minimum(left + 1, len(self.shapes) - 1)
        share = (self.place - left)[..., None]
        low, high = self.shapes[left, steps], self.shapes[right, steps]
        return np.asarray(self.scale[..., None] * (low + share * (high - low)))

    def at_origins(self, some: slice) -> "Singles":
        """Return those of some of the origins, by their place."""
        return Singles(self.scale[:, some], self.place[:, some], self.shapes)

    @classmethod
    def joined(cls, parts: list["Singles"]) -> "Singles":
        """Return one of several, their origins one after the other."""
        before = np.cumsum([0, *(len(part.shapes) for part in parts[:-1])])
        return cls(
            np.concatenate([part.scale for part in parts], axis=1),
            np.concatenate([p.place + b for p, b in zip(parts, before, strict=True)], axis=1),
            np.concatenate([part.shapes for part in parts]),
        )


@dataclass(frozen=True, eq=False)
class ForecastTable:
    """Forecasts of N items from O origins, H periods ahead, made in one call.

    Attributes:
        origins: (O,) period numbers, rising; the origin is the last period observed.
        mean: (N, O, H) units; ``[:, :, h - 1]`` is the forecast h periods after the origin.
        std: (N, O, H) units.
        sum_std: (N, O, H) standard deviation of demand summed over the next k = 1..H periods.
        sum_quantiles: (N, O, H, Q) quantiles of demand summed over the next k periods.
        levels: (Q,) probability of each quantile.
        fitted_until: (O,) last period that fitting and calibration of each forecast saw; an
            origin before it is in sample.
        context: (N, O, C) numbers in the order of `CONTEXT`, or None (see
            `replenish.forecasting.context`).
        singles: Distribution of single periods; None = normal with ``mean`` and ``std``.
    """

    origins: Ints
    mean: Floats
    std: Floats
    sum_std: Floats
    sum_quantiles: Floats
    levels: Floats
    fitted_until: Ints
    context: Floats | None = None
    singles: Singles | None = None

    def __post_init__(self) -> None:
        n, o, h = self.mean.shape
        expect_shape("origins", self.origins, (o,))
        expect_shape("fitted_until", self.fitted_until, (o,))
        expect_shape("std", self.std, (n, o, h))
        expect_shape("sum_std", self.sum_std, (n, o, h))
        expect_shape("sum_quantiles", self.sum_quantiles, (n, o, h, len(self.levels)))

    @property
    def horizon(self) -> int:
        """Number of periods ahead, H."""
        return int(self.mean.shape[2])

    @property
    def sum_mean(self) -> Floats:
        """(N, O, H) mean of demand summed over the next k = 1..H periods."""
        return np.cumsum(self.mean, axis=2)

    @property
    def quantiles(self) -> Floats:
        """(N, O, H, Q) quantiles of single periods, never negative, not falling along Q.

        Sums have quantiles of their own: these do not add up.
        """
        told = self.singles
        away = self.std[..., None] * ndtri(self.levels) if told is None else told.away
        return np.maximum(self.mean[..., None] + away, 0.0)

    def since(self, origin: int) -> "ForecastTable":
        """Return the forecasts from this origin on."""
        return self.at_origins(slice(int(np.searchsorted(self.origins, origin)), None))

    def at_origins(self, some: slice) -> "ForecastTable":
        """Return the forecasts of some of the origins, by their place."""
        return replace(
            self,
            origins=self.origins[some],
            mean=self.mean[:, some],
            std=self.std[:, some],
            sum_std=self.sum_std[:, some],
            sum_quantiles=self.sum_quantiles[:, some],
            fitted_until=self.fitted_until[some],
            context=None if self.context is None else self.context[:, some],
            singles=None if self.singles is None else self.singles.at_origins(some),
        )

    def with_rows(self, rows: Ints, other: "ForecastTable") -> "ForecastTable":
        """Return the table with (K,) rows taken from another's K, all but its ``singles``."""

        def put(ours: Floats, theirs: Floats) -> Floats:
            merged = ours.copy()
            merged[rows] = theirs
            return merged

        context = None
        if self.context is not None and other.context is not None:
            context = put(self.context, other.context)
        return replace(
            self,
            mean=put(self.mean, other.mean),
            std=put(self.std, other.std),
            sum_std=put(self.sum_std, other.sum_std),
            sum_quantiles=put(self.sum_quantiles, other.sum_quantiles),
            context=context,
            singles=None,
        )

    def samples(self, number: int, rng: np.random.Generator) -> Floats:
        """Return (S, N, O, H) paths of demand, units (see `sampling.sampled_paths`).

        Each period and the sum over all H have the mean and the deviation that are told here;
        the shape is a gamma distribution's.

        Args:
            number: S, of paths.
            rng: Source of chance.
        """
        return sampled_paths(self.mean, self.std, self.sum_std[..., -1], number, rng)

    def from_origin(self, origin: int, periods: Ints) -> Forecast:
        """Return the forecast from one origin.

        Args:
            origin: A period number in ``origins``.
            periods: (N,) lead time + review period of each item.

        Raises:
            ValueError: The origin is not in the table, or an item needs more than H periods.
        """
        column = int(np.searchsorted(self.origins, origin))
        if column >= len(self.origins) or self.origins[column] != origin:
            raise ValueError(f"origin {origin} is not in the table")
        if int(np.max(periods)) > self.horizon:
            raise ValueError(
                f"lead time + review period is {int(np.max(periods))} periods, "
                f"the forecast reaches {self.horizon}; raise the horizon"
            )
        rows, k = np.arange(len(self.mean)), np.asarray(periods) - 1
        total = DemandSum(
            mean=self.mean[:, column].cumsum(axis=1)[rows, k],
            std=self.sum_std[rows, column, k],
            quantiles=self.sum_quantiles[rows, column, k],
            levels=self.levels,
        )
        context = None if self.context is None else self.context[:, column]
        return Forecast(self.mean[:, column], self.std[:, column], total, context)
