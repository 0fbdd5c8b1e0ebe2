"""Simple exponential smoothing of a level that carries a multiplicative season."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.calendar import following_dates, season_position
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import Parts, PointForecast, observed_sales


@dataclass(frozen=True, eq=False)
class SmoothingModel:
    """Level times season index, the level moved by a share of each error.

    ``level += gain * (sales - index * level)`` with ``gain = max(alpha, 1 / sum of indices)``:
    the mean of what was seen until it has seen enough, simple exponential smoothing from then
    on (Brown 1959; Hyndman & Athanasopoulos 2021, 8.1). Periods not observed or out of stock
    leave the level as it is. Before the first observation the level is that of fitting.

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


def index_by_period(index: Floats, panel: Panel, periods: int) -> Floats:
    """Return (N, periods) the season index (N, S) laid along the calendar of the panel."""
    if index.shape[1] == 1:
        return np.broadcast_to(index, (len(index), periods))
    return index[:, season_position(following_dates(panel, periods), panel.frequency)]


def smoothed_levels(sales: Floats, index: Floats, alpha: Floats, start: Floats) -> Floats:
    """Return (N, T) the level after each period.

    Args:
        sales: (N, T) units, NaN where not observed.
        index: (N, at least T) season index of each period.
        alpha: (N,) smoothing constants.
        start: (N,) units before the first observation.
    """
    level, seen = start.astype(float), np.zeros(len(sales))
    levels = np.empty_like(sales)  # (N, T)
    for period in range(sales.shape[1]):
        now, weight = sales[:, period], index[:, period]
        observed = ~np.isnan(now)
        seen = seen + np.where(observed, weight, 0.0)
        gain = np.maximum(alpha, 1.0 / np.maximum(seen, 1e-9))
        gain = np.minimum(gain, 1.0 / np.maximum(weight, 1e-9))
        level = level + np.where(observed, gain * (now - weight * level), 0.0)
        levels[:, period] = level
    return levels


def level_times_index(levels: Floats, index: Floats, origins: Ints, horizon: int) -> Floats:
    """Return (N, O, H) the level at each origin times the index of each period ahead."""
    ahead = np.asarray(origins)[:, None] + np.arange(1, horizon + 1)  # (O, H)
    return np.maximum(levels[:, origins][:, :, None] * index[:, ahead], 0.0)
