"""ARIMA with regressors: the season and the plan by regression, the rest by a Kalman filter."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from replenish.arrays import Bools, Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.kalman import (
    Ahead,
    Belief,
    after,
    forecast_rows,
    means_ahead,
    settled_variances,
    unseen,
)
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import (
    Parts,
    PointForecast,
    Seen,
    expanding_mean,
    observed_sales,
)
from replenish.forecasting.regressors import Regressors
from replenish.forecasting.statespace import StateSpace, arima, with_season

WIDEST = 3.0  # times the usual error: before the first sale the filter knows nothing at all
BLOCK = 64  # periods whose regression part is added up at once: they stay in the cache
POLYNOMIALS = (
    "autoregressive",
    "moving_average",
    "seasonal_autoregressive",
    "seasonal_moving_average",
)
ARRAYS = ("difference", "seasonal_difference", *POLYNOMIALS, "variance", "effects", "scale")


@dataclass(frozen=True, eq=False)
class Group:
    """Rows that are differenced alike and run through one filter.

    Attributes:
        rows: (G,) row numbers.
        space: Their models.
    """

    rows: Ints
    space: StateSpace


@dataclass(frozen=True, eq=False)
class Course:
    """What is fixed before the first period.

    Attributes:
        groups: All rows, each in one group.
        effect: (periods, N) regression part, in scales.
        base: (N,) units, the scale of fitting.
        unit: (N,) units that the noise is measured in, the deviation of its shocks: what is
            thought of an unknown level then is as wide for every item.
        unknown: (N,) True where the item was not in the fit.
    """

    groups: tuple[Group, ...]
    effect: Floats
    base: Floats
    unit: Floats
    unknown: Bools

    def scale(self, mean_so_far: Floats) -> Floats:
        """Return (..., N) the fitted scale; of an unknown item the mean of its sales so far."""
        own = self.unknown & ~np.isnan(mean_so_far)
        return np.where(own, mean_so_far, self.base)


@dataclass(frozen=True, eq=False)
class ArimaState:
    """What is known after a number of periods.

    Attributes:
        course: What is fixed.
        period: Number of periods seen.
        beliefs: One per group.
        total: (N,) units sold so far.
        number: (N,) periods observed so far.
    """

    course: Course
    period: int
    beliefs: tuple[Belief, ...]
    total: Floats
    number: Ints

    @property
    def scale(self) -> Floats:
        """(N,) units that the regression's effects are multiplied by."""
        mean = np.where(self.number > 0, self.total / np.maximum(self.number, 1), np.nan)
        return self.course.scale(mean)


@dataclass(frozen=True, eq=False)
class ArimaModel:
    """Regression with seasonal ARIMA errors, one per item; orders may differ between items.

    ``sales = scale * effects . regressors + noise``, the noise an ARIMA process. Periods
    that say nothing are skipped by the filter, which then knows less and says so. An unknown
    item has the pooled parameters and the mean of its own sales so far as scale.

    Attributes:
        item_ids: (M,) items of fitting.
        season: s, periods; 1 where no item has a seasonal part.
        regressors: What is known ahead.
        difference: (M + 1,) d, 0 or 1, the last pooled; so in all that follow.
        seasonal_difference: (M + 1,) D, 0 or 1.
        autoregressive: (M + 1, p) coefficients, 0 beyond an item's own order.
        moving_average: (M + 1, q).
        seasonal_autoregressive: (M + 1, P).
        seasonal_moving_average: (M + 1, Q).
        variance: (M + 1,) of the one-step error, in squared scales.
        effects: (M + 1, K + 1) shared columns, own columns, constant; in scales.
        scale: (M + 1,) units.
    """

    kind: ClassVar[str] = "arima"
    item_ids: tuple[str, ...]
    season: int
    regressors: Regressors
    difference: Ints
    seasonal_difference: Ints
    autoregressive: Floats
    moving_average: Floats
    seasonal_autoregressive: Floats
    seasonal_moving_average: Floats
    variance: Floats
    effects: Floats
    scale: Floats

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return regression plus filtered noise from every origin; see `PointModel.predict`.

        Each number is made by the same sums as in a chain of `step`, for all periods at once
        where one does not depend on another.
        """
        last, starts = int(origins[-1]), np.asarray(origins)
        course = self._course(panel, last + 1 + horizon)
        sales = observed_sales(panel)[:, : last + 1]
        scale = course.scale(expanding_mean(sales).T)  # (T, N)
        noise = ((sales.T - scale * course.effect[: last + 1]) / course.unit).T
        shape = (panel.n_items, len(starts), horizon)
        mean, spread = np.empty(shape), np.empty(shape)
        for group in course.groups:
            rows = group.rows
            mean[rows], _, sums = forecast_rows(group.space, noise[rows], starts, horizon)
            spread[rows] = relative_spread(group.space, sums)
        ahead = starts + np.arange(1, horizon + 1)[:, None]  # (H, O)
        regression = scale[starts] * course.effect[ahead]  # (H, O, N)
        mean = mean * course.unit[:, None, None] + regression.transpose(2, 1, 0)
        return PointForecast(np.maximum(mean, 0.0), spread)

    def start(self, panel: Panel, periods: int) -> ArimaState:
        """Return the state before the first period; see `PointModel.start`."""
        course = self._course(panel, periods)
        beliefs = tuple(unseen(group.space) for group in course.groups)
        nothing = np.zeros(panel.n_items)
        return ArimaState(course, 0, beliefs, nothing, nothing.astype(int))

    def step(self, state: ArimaState, seen: Seen) -> ArimaState:
        """Return the state after one more period; see `PointModel.step`."""
        course, total, number = state.course, state.total, state.number
        if course.unknown.any():
            known = ~np.isnan(seen.sales)
            total, number = total + np.where(known, seen.sales, 0.0), number + known
        so_far = ArimaState(course, state.period + 1, state.beliefs, total, number)
        noise = (seen.sales - so_far.scale * course.effect[state.period]) / course.unit
        pairs = zip(course.groups, state.beliefs, strict=True)
        beliefs = tuple(after(g.space, belief, noise[g.rows])[0] for g, belief in pairs)
        return ArimaState(course, so_far.period, beliefs, total, number)

    def forecast(self, state: ArimaState, horizon: int) -> PointForecast:
        """Return what is expected from here; see `PointModel.forecast`."""
        course, shape = state.course, (len(state.total), 1, horizon)
        mean, spread = np.empty(shape), np.ones(shape)
        for group, belief in zip(course.groups, state.beliefs, strict=True):
            space, settled = group.space, belief.mean[:, None]
            mean[group.rows] = means_ahead(space, settled, horizon).transpose(2, 1, 0)
            unsettled = belief.open
            if len(unsettled.rows):
                everyone = np.arange(len(unsettled.rows))
                ahead = Ahead.of(unsettled.space, horizon)
                _, sums = ahead.variances(unsettled.covariance, everyone)
                spread[group.rows[unsettled.rows], 0] = relative_spread(
                    unsettled.space, sums.T[:, None]
                )[:, 0]
        regression = state.scale * course.effect[state.period : state.period + horizon]  # (H, N)
        mean = mean * course.unit[:, None, None] + regression.T[:, None]
        return PointForecast(np.maximum(mean, 0.0), spread)

    def _course(self, panel: Panel, periods: int) -> Course:
        known = match_items(panel.item_ids, self.item_ids)
        effect = effect_by_period(self.regressors, self.effects[known], panel, periods)
        unknown = known == len(self.item_ids)
        base = self.scale[known]
        unit = base * np.sqrt(self.variance[known])
        return Course(self._groups(known), effect, base, unit, unknown)

    def _groups(self, known: Ints) -> tuple[Group, ...]:
        """Return the rows by (d, D), each with its models; ``known`` (N,) as of `match_items`."""
        kinds = 2 * self.difference[known] + self.seasonal_difference[known]
        groups = []
        for kind in np.unique(kinds):
            rows = np.flatnonzero(kinds == kind)
            mine, season = known[rows], self.season
            plain, seasonal = self.autoregressive[mine], self.seasonal_autoregressive[mine]
            lags = with_season(plain, seasonal, season, -1.0)
            plain, seasonal = self.moving_average[mine], self.seasonal_moving_average[mine]
            shocks = with_season(plain, seasonal, season, 1.0)
            orders = (int(kind) // 2, int(kind) % 2, season)
            groups.append(Group(rows, arima(lags, shocks, np.ones(len(rows)), *orders)))
        return tuple(groups)

    def parts(self) -> Parts:
        """Return the season, the regressors and the parameters."""
        arrays = {name: getattr(self, name) for name in ARRAYS}
        settings = {"season": self.season, "regressors": self.regressors.description()}
        return Parts(settings, {"item_ids": np.array(self.item_ids), **arrays}, {})

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from."""
        return cls(
            tuple(str(name) for name in parts.arrays["item_ids"]),
            int(parts.settings["season"]),
            Regressors.described(parts.settings["regressors"]),
            *(parts.arrays[name] for name in ARRAYS),
        )


def relative_spread(space: StateSpace, sums: Floats) -> Floats:
    """Return (N, O, H) the deviation of sums over the usual one, from their variances."""
    usual = settled_variances(space, sums.shape[2])[1]  # (H, N)
    return np.minimum(np.sqrt(sums / usual.T[:, None]), WIDEST)


def effect_by_period(regressors: Regressors, effects: Floats, panel: Panel, periods: int) -> Floats:
    """Return (periods, N) the regression part, in scales.

    Products are added column by column: a number does not depend on how many periods are asked
    for, which a product of matrices would not promise to the last bit.
    """
    shared, own = regressors.shared(panel, periods), regressors.own(panel, periods)
    total = np.repeat(effects[:, -1][None], periods, axis=0)
    for first in range(0, periods, BLOCK):
        block = total[first : first + BLOCK]
        for column in range(shared.shape[1]):
            block += shared[first : first + BLOCK, column, None] * effects[:, column]
        for column, values in enumerate(own, start=shared.shape[1]):
            block += values.T[first : first + BLOCK] * effects[:, column]
    return total
