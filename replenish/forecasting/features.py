"""What the regressions read of an item, an origin and a period ahead, all in units of its level.

Every number is known at the origin; beyond it only the plan is read. Each is found by the same
functions from a whole history at once and period by period, from sums that grow by one period
at a time, so that both ways give the same bits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.forecasting.calendar import season_length
from replenish.forecasting.feature_course import Course, course_of
from replenish.forecasting.feature_memory import (
    MISSED,
    ROWS,
    SALE,
    SEEN,
    SINCE,
    SMALL,
    SOLD,
    ZEROS,
    FeatureState,
    Past,
    Told,
    Walked,
    grown,
    last_known,
    log_ratio,
)
from replenish.forecasting.point import Seen, observed_sales
from replenish.forecasting.regressors import Regressors
from replenish.forecasting.smoothing import SmoothingModel, moved

LEAST_LEVEL = 0.02  # units: what a forecast is a multiple of
LARGEST_RATIO = 8.0  # of a sale to the level: beyond it nothing more is learnt
LONGEST_RUN = 60.0  # periods without sales: beyond it nothing more is learnt
LAGS = (0, 1, 2, 3, 4, 5, 6, 13, 20, 27)
WINDOWS = {"D": (7, 14, 28, 56, 91, 182, 364), "": (2, 4, 8, 13, 26, 52)}
RANGES = (28, 91)  # periods over which zeros and errors are counted
SEASONS = (4, 8)  # seasons whose same place is averaged
YEARS = {"D": 364, "B": 260, "W": 52, "MS": 12, "ME": 12, "QS": 4, "QE": 4}


@dataclass(frozen=True)
class Features:
    """How the features of a panel are found, the same at fitting and at forecasting.

    Attributes:
        smoothing: The level and season that everything is measured by.
        regressors: What is known ahead.
        texts: Column of `Panel.static` -> its texts, in the order of their codes.
        past: Columns of `Panel.past` -> largest absolute value in fitting.
    """

    smoothing: SmoothingModel
    regressors: Regressors
    texts: Mapping[str, tuple[str, ...]]
    past: Mapping[str, float]

    @property
    def frequency(self) -> str:
        """Of the panel, without its anchor."""
        return self.regressors.frequency.partition("-")[0]

    @property
    def season(self) -> int:
        """Periods of a season that is followed place by place, 1 without one."""
        length = season_length(self.regressors.frequency)
        return length if length <= 12 else 1

    @property
    def year(self) -> int:
        """Periods of a year, 0 where it is too long to be remembered."""
        return YEARS.get(self.frequency, 0)

    @property
    def windows(self) -> tuple[int, ...]:
        """Periods that means are taken over."""
        return WINDOWS["D" if self.frequency in {"D", "B", "h"} else ""]

    @property
    def memory(self) -> int:
        """Number of last periods that are remembered."""
        return max(self.year + 32, self.windows[-1] + 1, SEASONS[-1] * self.season, max(RANGES) + 1)

    @classmethod
    def learnt(cls, past: Panel, smoothing: SmoothingModel) -> Self:
        """Return the features that the past can tell something about."""
        texts = {
            name: tuple(sorted(set(told)))
            for name, told in past.static.items()
            if 1 < len(set(told)) < past.n_items
        }
        sizes = {name: float(np.nanmax(np.abs(v), initial=0.0)) for name, v in past.past.items()}
        kept = {name: size for name, size in sizes.items() if size > 0}
        return cls(smoothing, Regressors.learnt(past), texts, kept)

    def course(self, panel: Panel, periods: int) -> Course:
        """Return what is known beforehand of the panel's items over ``periods`` periods."""
        return course_of(self.smoothing, self.regressors, self.texts, panel, periods)

    def start(self, panel: Panel, periods: int) -> FeatureState:
        """Return the state before the first period; see `PointModel.start`."""
        course = self.course(panel, periods)
        nothing: Floats = np.zeros((ROWS, panel.n_items))
        level = np.tile(course.start, (len(course.alpha), 1))
        past = np.zeros((len(self.past), panel.n_items))
        return FeatureState(course, 0, level, nothing[0], (nothing,) * self.memory, past)

    def step(self, state: FeatureState, seen: Seen) -> FeatureState:
        """Return the state after one more period; see `PointModel.step`."""
        index = state.course.index[state.period]
        level, weight = moved(state.level, state.weight, seen.sales, index, state.course.alpha)
        row = grown(state.recent[-1], seen.sales, index, state.level[0])
        unknown = np.full(len(seen.sales), np.nan)
        news = [seen.past.get(name, unknown) / size for name, size in self.past.items()]
        past = np.where(np.isnan(news), state.past, news) if news else state.past
        return replace(
            state,
            period=state.period + 1,
            level=level,
            weight=weight,
            recent=(*state.recent[1:], row),
            past=past,
        )

    def walked(self, panel: Panel, course: Course, periods: int) -> Walked:
        """Return what is remembered at the end of each of the panel's first periods."""
        sales = observed_sales(panel)[:, :periods].T
        levels = np.empty((periods, len(course.alpha), panel.n_items))
        recent = np.zeros((periods + self.memory, ROWS, panel.n_items))
        pasts = np.zeros((periods, len(self.past), panel.n_items))
        level: Floats = np.tile(course.start, (len(course.alpha), 1))
        weight: Floats = np.zeros(panel.n_items)
        for period in range(periods):
            row, index, before = self.memory + period, course.index[period], level[0]
            level, weight = moved(level, weight, sales[period], index, course.alpha)
            recent[row] = grown(recent[row - 1], sales[period], index, before)
            levels[period] = level
        for column, (name, size) in enumerate(self.past.items()):
            if name not in panel.past:
                raise InputError(
                    f"the panel lacks the past column {name!r}, which the forecaster was fitted "
                    "with; bring it or fit again without it"
                )
            pasts[:, column] = last_known(panel.past[name][:, :periods].T / size)
        return Walked(levels, recent, pasts)

    def at_origins(self, walked: Walked, origins: Ints) -> Told:
        """Return what is known at some origins (O,) of a walk through a history."""
        level = walked.levels[origins].transpose(1, 0, 2)
        last = origins + self.memory
        return self.told(
            level, walked.pasts[origins], lambda lag: walked.recent[last - lag].transpose(1, 0, 2)
        )

    def at(self, state: FeatureState) -> Told:
        """Return what is known where a walk stands."""
        return self.told(
            state.level[:, None], state.past[None], lambda lag: state.recent[-1 - lag][:, None]
        )

    def told(self, level: Floats, pasts: Floats, past: Past) -> Told:
        """Return what is known at origins.

        Args:
            level: (3, O, N) units.
            pasts: (O, C, N) past columns.
            past: Sums at a lag.
        """
        base = np.maximum(level[0], LEAST_LEVEL)
        columns = [np.log(base), *(np.log((fast + SMALL) / (base + SMALL)) for fast in level[1:])]
        now = past(0)
        columns.append(np.log1p(np.minimum(now[SEEN], self.windows[-1])) / 6.0)
        columns.append(np.log1p(np.minimum(now[SINCE], LONGEST_RUN)))
        for lag in LAGS:
            here = past(lag)
            ratio = np.minimum(here[SALE] / base, LARGEST_RATIO)
            columns.append(np.where(here[SEEN] > past(lag + 1)[SEEN], ratio, 1.0))
        columns += [log_ratio(now - past(window), base) for window in self.windows]
        for window in RANGES:
            gone = now - past(window)
            number = np.maximum(gone[SEEN], 1.0)
            columns += [gone[ZEROS] / number, np.minimum(gone[MISSED] / number / base, 8.0)]
        columns += list(np.moveaxis(pasts, 1, 0))
        places = [self._same_place(past, place, base) for place in range(self.season)]
        return Told(
            base,
            np.stack(columns, axis=2).astype(np.float32),
            np.stack(places, axis=1).astype(np.float32),
            past,
        )

    def _same_place(self, past: Past, place: int, base: Floats) -> Floats:
        """Return (O, N, G) how the last sales at one place of the season compare."""
        total: Floats = np.zeros(base.shape)
        number: Floats = np.zeros(base.shape)
        means = []
        for back in range(SEASONS[-1]):
            lag = place + back * self.season
            if lag + 1 < self.memory:
                seen = past(lag)[SEEN] > past(lag + 1)[SEEN]
                total = total + np.where(seen, past(lag)[SALE], 0.0)
                number = number + seen
            if back + 1 in SEASONS:
                mean = np.minimum(total / np.maximum(number, 1.0) / base, LARGEST_RATIO)
                means.append(np.where(number > 0, mean, 1.0))
        return np.stack(means, axis=2)

    def rows(self, told: Told, course: Course, origins: Ints, horizon: int) -> Floats:
        """Return (O, H, N, F) float32 of each period ahead."""
        ahead = origins[:, None] + np.arange(1, horizon + 1)  # (O, H)
        shape = (*ahead.shape, len(course.codes))
        steps = np.arange(1, horizon + 1)
        place = -steps % self.season
        year_ago = self._year_ago(told.past, horizon, shape)
        now = course.own[origins][..., : course.plain]
        blocks = [
            np.broadcast_to(told.columns[:, None], (*shape, told.columns.shape[2])),
            told.by_place[:, place],
            year_ago,
            course.own[ahead],
            np.broadcast_to(now[:, None], (*shape, now.shape[2])),
            np.broadcast_to(course.shared[ahead][:, :, None], (*shape, course.shared.shape[1])),
            np.broadcast_to(course.codes, (*shape, course.codes.shape[1])),
            np.broadcast_to(steps.astype(np.float32)[:, None, None], (*shape, 1)),
        ]
        return np.concatenate(blocks, axis=3, dtype=np.float32)

    def _year_ago(self, past: Past, horizon: int, shape: tuple[int, int, int]) -> Floats:
        """Return (O, H, N, 2) how the same weeks of last year compare with the four before."""
        if self.year == 0:
            return np.zeros((*shape, 0), dtype=np.float32)
        halves, month = ((3, 10), 28) if self.year > 52 else ((0, 1), 4)
        result = np.zeros((*shape, len(halves)), dtype=np.float32)
        then = past(self.year) - past(self.year + month)
        usual = then[SOLD] / np.maximum(then[SEEN], 1.0)
        for step in range(horizon):
            for column, half in enumerate(halves):
                lag = max(self.year - step - 1, half)
                told = log_ratio(past(lag - half) - past(lag + half + 1), usual)
                result[:, step, :, column] = np.where(then[SEEN] > 0, told, 0.0)
        return result
