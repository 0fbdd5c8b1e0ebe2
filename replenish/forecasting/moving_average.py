"""Moving average of the last periods, freed of the season and given it back."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import Parts, PointForecast, Seen, observed_sales
from replenish.forecasting.saved import put_together, taken_apart
from replenish.forecasting.smoothing import (
    Smoothed,
    index_by_period,
    level_times_index,
    season_places,
)


@dataclass(frozen=True, eq=False)
class Averaged:
    """The last periods of N rows; each step adds one and takes away what leaves the window.

    Attributes:
        smoothed: Level, index and calendar; the level is the weighted mean over the window.
        total: (2, N) units sold within the window and the season indices due for them.
        tilted: (2, N) the same with weights that fall linearly with age.
        history: (2, N) of each of the last periods, the latest last.
        groups: Each window's length and the rows that have it.
    """

    smoothed: Smoothed
    total: Floats
    tilted: Floats
    history: tuple[Floats, ...]
    groups: tuple[tuple[int, Ints], ...]

    def leaving(self) -> Floats:
        """Return the (2, N) of the periods that the next one pushes out of the windows."""
        found = np.zeros_like(self.total)
        for length, rows in self.groups:
            if len(self.history) >= length:
                found[:, rows] = self.history[-length][:, rows]
        return found


@dataclass(frozen=True, eq=False)
class MovingAverageModel:
    """Sales of the last ``window`` periods over their indices, times the index ahead.

    Periods not observed count neither above nor below the line. Where a window holds no
    observation the last level stands; before the first one, that of fitting.

    Attributes:
        item_ids: (M,) items of fitting.
        window: (M + 1,) periods, the last for unknown items; so in all that follow.
        index: (M + 1, S) season index around 1.
        level: (M + 1,) units, the level where nothing was observed yet.
        weighted: Whether weights fall linearly with age, as in a weighted moving average.
    """

    kind: ClassVar[str] = "moving_average"
    item_ids: tuple[str, ...]
    window: Ints
    index: Floats
    level: Floats
    weighted: bool = False

    def start(self, panel: Panel, periods: int) -> Averaged:
        """Return empty windows; see `PointModel.start`."""
        rows = match_items(panel.item_ids, self.item_ids)
        window, nothing = self.window[rows], np.zeros(len(rows))
        places = season_places(panel, periods, self.index.shape[1])
        level = self.level[rows].astype(float)
        smoothed = Smoothed(0, level, nothing, nothing, self.index[rows], places)
        groups = tuple((int(w), np.flatnonzero(window == w)) for w in np.unique(window))
        empty = np.zeros((2, len(rows)))
        return Averaged(smoothed, empty, empty, (), groups)

    def step(self, state: Averaged, seen: Seen) -> Averaged:
        """Return the windows after one more period; see `PointModel.step`."""
        before, known = state.smoothed, ~np.isnan(seen.sales)
        index = before.index[:, before.places[before.period]]
        now = np.where(known, np.stack((seen.sales, index)), 0.0)
        total = state.total + now - state.leaving()
        tilted = state.tilted
        if self.weighted:
            window = np.empty(len(known))
            for length, rows in state.groups:
                window[rows] = length
            tilted = tilted + now - state.total / window
        above, below = tilted if self.weighted else total
        some = below > 1e-9
        level = np.where(some, np.maximum(above, 0.0) / np.where(some, below, 1.0), before.level)
        smoothed = replace(before, period=before.period + 1, level=level)
        history = (*state.history, now)[-state.groups[-1][0] :]
        return replace(state, smoothed=smoothed, total=total, tilted=tilted, history=history)

    def forecast(self, state: Averaged, horizon: int) -> PointForecast:
        """Return level times index; see `PointModel.forecast`."""
        return PointForecast(state.smoothed.expected(horizon)[:, None])

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return level times index from every origin; see `PointModel.predict`."""
        rows = match_items(panel.item_ids, self.item_ids)
        index = index_by_period(self.index[rows], panel, int(origins[-1]) + horizon + 1)
        sales = observed_sales(panel)[:, : int(origins[-1]) + 1]
        window = self.window[rows]
        levels = averaged_levels(sales, index, window, self.level[rows], weighted=self.weighted)
        return PointForecast(level_times_index(levels, index, origins, horizon))

    def parts(self) -> Parts:
        """Return the fields; see `saved.taken_apart`."""
        return taken_apart(self)

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from."""
        return put_together(cls, parts)


def averaged_levels(
    sales: Floats, index: Floats, window: Ints, start: Floats, *, weighted: bool = False
) -> Floats:
    """Return (N, T) the level after each period: sales over indices within the window.

    Args:
        sales: (N, T) units, NaN where not observed.
        index: (N, at least T) season index of each period.
        window: (N,) periods.
        start: (N,) units before the first observation.
        weighted: Whether weights fall linearly with age.
    """
    seen = ~np.isnan(sales)
    sold = np.where(seen, sales, 0.0)
    due = np.where(seen, index[:, : sales.shape[1]], 0.0)
    total, base = (_within(part, window, weighted=weighted) for part in (sold, due))
    levels = np.where(base > 1e-9, total / np.maximum(base, 1e-9), np.nan)
    level = start.astype(float)
    for period in range(sales.shape[1]):
        level = np.where(np.isnan(levels[:, period]), level, levels[:, period])
        levels[:, period] = level
    return np.maximum(levels, 0.0)


def _within(values: Floats, window: Ints, *, weighted: bool) -> Floats:
    """Return (N, T) sums over each period's window, all weights 1 or falling linearly with age."""
    when = np.arange(values.shape[1])
    before = when - window[:, None]  # (N, T) last period left of the window
    plain, tilted = np.cumsum(values, axis=1), np.cumsum(values * when, axis=1)

    def since(total: Floats) -> Floats:
        earlier = np.take_along_axis(total, np.maximum(before, 0), axis=1)
        return np.asarray(total - np.where(before >= 0, earlier, 0.0))

    if not weighted:
        return since(plain)
    return np.asarray((since(tilted) - before * since(plain)) / window[:, None])
