"""Moving average of the last periods, freed of the season and given it back."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import Parts, PointForecast, observed_sales
from replenish.forecasting.smoothing import index_by_period, level_times_index


@dataclass(frozen=True, eq=False)
class MovingAverageModel:
    """Sales of the last ``window`` periods over their indices, times the index ahead.

    Periods not observed or out of stock count neither above nor below the line. Where a window
    holds no observation the last level stands; before the first one, that of fitting.

    Attributes:
        item_ids: (M,) items of fitting.
        window: (M + 1,) periods, the last for unknown items; so in all that follow.
        index: (M + 1, S) season index around 1.
        level: (M + 1,) units, the level where nothing was observed yet.
    """

    kind: ClassVar[str] = "moving_average"
    item_ids: tuple[str, ...]
    window: Ints
    index: Floats
    level: Floats

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return level times index from every origin; see `PointModel.predict`."""
        rows = match_items(panel.item_ids, self.item_ids)
        index = index_by_period(self.index[rows], panel, int(origins[-1]) + horizon + 1)
        sales = observed_sales(panel)[:, : int(origins[-1]) + 1]
        levels = averaged_levels(sales, index, self.window[rows], self.level[rows])
        return PointForecast(level_times_index(levels, index, origins, horizon))

    def parts(self) -> Parts:
        """Return names, windows, indices and levels."""
        arrays = {
            "item_ids": np.array(self.item_ids),
            "window": self.window,
            "index": self.index,
            "level": self.level,
        }
        return Parts({}, arrays, {})

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from."""
        a = parts.arrays
        names = tuple(str(name) for name in a["item_ids"])
        return cls(names, a["window"], a["index"], a["level"])


def averaged_levels(sales: Floats, index: Floats, window: Ints, start: Floats) -> Floats:
    """Return (N, T) the level after each period: sales over indices within the window.

    Args:
        sales: (N, T) units, NaN where not observed.
        index: (N, at least T) season index of each period.
        window: (N,) periods.
        start: (N,) units before the first observation.
    """
    n_periods = sales.shape[1]
    seen = ~np.isnan(sales)
    sold = np.cumsum(np.where(seen, sales, 0.0), axis=1)
    due = np.cumsum(np.where(seen, index[:, :n_periods], 0.0), axis=1)
    before = np.arange(n_periods) - window[:, None]  # (N, T) last period left of the window
    outside = np.maximum(before, 0)
    sold = sold - np.where(before >= 0, np.take_along_axis(sold, outside, axis=1), 0.0)
    due = due - np.where(before >= 0, np.take_along_axis(due, outside, axis=1), 0.0)
    levels = np.where(due > 1e-9, sold / np.maximum(due, 1e-9), np.nan)
    level = start.astype(float)
    for period in range(n_periods):
        level = np.where(np.isnan(levels[:, period]), level, levels[:, period])
        levels[:, period] = level
    return np.maximum(levels, 0.0)
