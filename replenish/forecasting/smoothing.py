"""Simple exponential smoothing of a level that carries a multiplicative season."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.calendar import following_dates, season_position
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import Parts, PointForecast, Seen, observed_sales


@dataclass(frozen=True, eq=False)
class Smoothed:
    """The level of N rows at the end of a period.

    Attributes:
        period: Number of periods seen.
        level: (N,) units.
        weight: (N,) sum of the indices of what was observed.
        alpha: (N,) smoothing constants.
        index: (N, S) season index.
        places: (periods,) place of each period in the season.
    """

    period: int
    level: Floats
    weight: Floats
    alpha: Floats
    index: Floats
    places: Ints

    @property
    def settled(self) -> Bools:
        """(N,) True where the level has seen enough to be smoothed, not yet the mean of a few."""
        return np.asarray(self.weight * self.alpha >= 1.0)

    def expected(self, horizon: int) -> Floats:
        """Return (N, H) level times index of the periods ahead."""
        ahead = self.places[self.period : self.period + horizon]
        return np.maximum(self.level[:, None] * self.index[:, ahead], 0.0)

    def after(self, sales: Floats) -> "Smoothed":
        """Return the state after a period with these (N,) sales."""
        index = self.index[:, self.places[self.period]]
        level, weight = moved(self.level, self.weight, sales, index, self.alpha)
        return replace(self, period=self.period + 1, level=level, weight=weight)


@dataclass(frozen=True, eq=False)
class SmoothingModel:
    """Level times season index, the level moved by a share of each error.

    ``level += gain * (sales - index * level)`` with ``gain = max(alpha, 1 / sum of indices)``:
    the mean of what was seen until it has seen enough, simple exponential smoothing from then
    on (Brown 1959; Hyndman & Athanasopoulos 2021, 8.1). Periods not observed leave the level as
    it is. Before the first observation the level is that of fitting.

    Attributes:
        item_ids: (M,) items of fitting.
        alpha: (M + 1,) smoothing constants, the last for unknown items; so in all that follow.
        index: (M + 1, S) season index around 1.
        level: (M + 1,) units, the level where nothing was observed yet.
    """

    kind: ClassVar[str] = "exponential_smoothing"
    item_ids: tuple[str, ...]
    alpha: Floats
    index: Floats
    level: Floats

    def start(self, panel: Panel, periods: int) -> Smoothed:
        """Return the levels of fitting; see `PointModel.start`."""
        rows = match_items(panel.item_ids, self.item_ids)
        places = season_places(panel, periods, self.index.shape[1])
        nothing = np.zeros(len(rows))
        return Smoothed(
            0, self.level[rows].astype(float), nothing, self.alpha[rows], self.index[rows], places
        )

    def step(self, state: Smoothed, seen: Seen) -> Smoothed:
        """Return the levels after one more period; see `PointModel.step`."""
        return state.after(seen.sales)

    def forecast(self, state: Smoothed, horizon: int) -> PointForecast:
        """Return level times index; see `PointModel.forecast`."""
        return PointForecast(state.expected(horizon)[:, None])

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return level times index from every origin; see `PointModel.predict`."""
        rows = match_items(panel.item_ids, self.item_ids)
        index = index_by_period(self.index[rows], panel, int(origins[-1]) + horizon + 1)
        sales = observed_sales(panel)[:, : int(origins[-1]) + 1]
        levels = smoothed_levels(sales, index, self.alpha[rows], self.level[rows])
        return PointForecast(level_times_index(levels, index, origins, horizon))

    def parts(self) -> Parts:
        """Return names, constants, indices and levels."""
        arrays = {
            "item_ids": np.array(self.item_ids),
            "alpha": self.alpha,
            "index": self.index,
            "level": self.level,
        }
        return Parts({}, arrays, {})

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from."""
        a = parts.arrays
        return cls(tuple(str(name) for name in a["item_ids"]), a["alpha"], a["index"], a["level"])


def season_places(panel: Panel, periods: int, season: int) -> Ints:
    """Return (periods,) the place of each period in a season index of S columns."""
    if season == 1:
        return np.zeros(periods, dtype=int)
    return season_position(following_dates(panel, periods), panel.frequency)


def index_by_period(index: Floats, panel: Panel, periods: int) -> Floats:
    """Return (N, periods) the season index (N, S) laid along the calendar of the panel."""
    if index.shape[1] == 1:
        return np.broadcast_to(index, (len(index), periods))
    return index[:, season_places(panel, periods, index.shape[1])]


def moved(
    level: Floats, weight: Floats, sales: Floats, index: Floats, alpha: Floats
) -> tuple[Floats, Floats]:
    """Return the (N,) level and the sum of indices after one more period.

    Args:
        level: (N,) units.
        weight: (N,) sum of the indices of what was observed before.
        sales: (N,) units, NaN where not observed.
        index: (N,) season index of the period.
        alpha: (N,) smoothing constants.
    """
    observed = ~np.isnan(sales)
    weight = weight + np.where(observed, index, 0.0)
    gain = np.maximum(alpha, 1.0 / np.maximum(weight, 1e-9))
    gain = np.minimum(gain, 1.0 / np.maximum(index, 1e-9))
    return level + np.where(observed, gain * (sales - index * level), 0.0), weight


def smoothed_levels(sales: Floats, index: Floats, alpha: Floats, start: Floats) -> Floats:
    """Return (N, T) the level after each period.

    Args:
        sales: (N, T) units, NaN where not observed.
        index: (N, at least T) season index of each period.
        alpha: (N,) smoothing constants.
        start: (N,) units before the first observation.
    """
    level: Floats = start.astype(float)
    weight: Floats = np.zeros(len(sales))
    levels = np.empty_like(sales)  # (N, T)
    for period in range(sales.shape[1]):
        level, weight = moved(level, weight, sales[:, period], index[:, period], alpha)
        levels[:, period] = level
    return levels


def level_times_index(levels: Floats, index: Floats, origins: Ints, horizon: int) -> Floats:
    """Return (N, O, H) the level at each origin times the index of each period ahead."""
    ahead = np.asarray(origins)[:, None] + np.arange(1, horizon + 1)  # (O, H)
    return np.maximum(levels[:, origins][:, :, None] * index[:, ahead], 0.0)
