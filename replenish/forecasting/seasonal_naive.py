"""Seasonal naive: demand repeats the last value seen one season earlier."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import (
    Parts,
    PointForecast,
    Seen,
    expanding_mean,
    observed_sales,
)
from replenish.forecasting.saved import put_together, taken_apart
from replenish.forecasting.smoothing import moved, smoothed_levels

ALPHA = 0.05  # smoothing constant of the level that errors are measured by


@dataclass(frozen=True, eq=False)
class LastSeason:
    """What N rows sold last at each place of the season.

    Attributes:
        period: Number of periods seen.
        latest: (N, S) units, NaN where never observed; period t stands in column t modulo S.
        total: (N,) units observed so far.
        number: (N,) periods observed so far.
        level: (N,) units, the smoothed level; the size of errors goes with it where it is more
            than what is repeated.
        weight: (N,) as `moved` counts it.
        fallback: (N,) units, the mean of fitting.
    """

    period: int
    latest: Floats
    total: Floats
    number: Floats
    level: Floats
    weight: Floats
    fallback: Floats


@dataclass(frozen=True, eq=False)
class SeasonalNaiveModel:
    """The last observed sale at the same place of the season (Hyndman & Athanasopoulos 2021, 5.2).

    A place never observed gets the item's mean so far; an item never observed the mean of
    fitting, an unknown item without history the median of all items.

    Attributes:
        season: Periods after which demand repeats; 1 = the plain naive forecast.
        item_ids: (M,) items of fitting.
        means: (M + 1,) mean sales of fitting, last the pooled one.
    """

    kind: ClassVar[str] = "seasonal_naive"
    season: int
    item_ids: tuple[str, ...]
    means: Floats

    def start(self, panel: Panel, periods: int) -> LastSeason:  # noqa: ARG002
        """Return the state before the first period; see `PointModel.start`."""
        fallback = self.means[match_items(panel.item_ids, self.item_ids)]
        nothing = np.zeros(len(fallback))
        latest = np.full((len(fallback), self.season), np.nan)
        return LastSeason(0, latest, nothing, nothing, fallback, nothing, fallback)

    def step(self, state: LastSeason, seen: Seen) -> LastSeason:
        """Return the state after one more period; see `PointModel.step`."""
        known = ~np.isnan(seen.sales)
        latest, place = state.latest.copy(), state.period % self.season
        even, alpha = np.ones(len(latest)), np.full(len(latest), ALPHA)
        level, weight = moved(state.level, state.weight, seen.sales, even, alpha)
        latest[known, place] = seen.sales[known]
        return replace(
            state,
            period=state.period + 1,
            latest=latest,
            total=state.total + np.where(known, seen.sales, 0.0),
            number=state.number + known,
            level=level,
            weight=weight,
        )

    def forecast(self, state: LastSeason, horizon: int) -> PointForecast:
        """Return the repeated season; see `PointModel.forecast`."""
        places = (state.period + np.arange(horizon)) % self.season
        so_far = np.where(
            state.number > 0, state.total / np.maximum(state.number, 1), state.fallback
        )
        repeated = state.latest[:, places]
        mean = np.where(np.isnan(repeated), so_far[:, None], repeated)
        mean = np.maximum(mean, 0.0)[:, None]
        return PointForecast(mean, level=np.maximum(mean, state.level[:, None, None]))

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return the repeated season from every origin; see `PointModel.predict`."""
        sales = observed_sales(panel)
        fallback = self.means[match_items(panel.item_ids, self.item_ids)][:, None]  # (N, 1)
        so_far = expanding_mean(sales)
        so_far = np.where(np.isnan(so_far), fallback, so_far)  # (N, T)
        latest = last_seen(sales, self.season)  # (N, T) value to repeat one season later
        steps = np.arange(1, horizon + 1)
        back = (steps - 1) % self.season + 1 - self.season  # place relative to the origin, <= 0
        columns = np.asarray(origins)[:, None] + back  # (O, H)
        repeated = latest[:, np.maximum(columns, 0)]
        missing = np.isnan(repeated) | (columns < 0)
        mean = np.where(missing, so_far[:, origins][:, :, None], repeated)
        alpha = np.full(len(sales), ALPHA)
        levels = smoothed_levels(sales, np.ones_like(sales), alpha, fallback[:, 0])
        mean = np.maximum(mean, 0.0)
        return PointForecast(mean, level=np.maximum(mean, levels[:, origins][:, :, None]))

    def parts(self) -> Parts:
        """Return the fields; see `saved.taken_apart`."""
        return taken_apart(self)

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from."""
        return put_together(cls, parts)


def last_seen(sales: Floats, season: int) -> Floats:
    """Return (N, T) each sale, and where it is NaN the last one whole seasons earlier."""
    filled = sales.copy()
    for period in range(season, sales.shape[1]):
        now = filled[:, period]
        filled[:, period] = np.where(np.isnan(now), filled[:, period - season], now)
    return filled
