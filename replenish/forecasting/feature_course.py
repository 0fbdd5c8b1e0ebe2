"""What the regressions know beforehand: the plan, the calendar, and what kind of item it is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.forecasting.matching import match_items
from replenish.forecasting.regressors import Regressors, known_column
from replenish.forecasting.smoothing import SmoothingModel, index_by_period, season_places

FAST = (0.15, 0.4)  # smoothing constants of the levels that tell how demand moves right now
AROUND = (-3, -2, -1, 1, 2, 3)  # periods around the one ahead whose plan is read, too


@dataclass(frozen=True, eq=False)
class Course:
    """What is known beforehand of P periods of N items.

    Attributes:
        index: (P, N) season index.
        own: (P, N, C) float32 plan that differs between items.
        plain: How many of its columns, the first ones, are of the period itself.
        shared: (P, K) float32 columns that are the same for all.
        codes: (N, S) float32 number of each static text, -1 where unknown.
        start: (N,) units, the level before the first observation.
        alpha: (3, N) smoothing constants: of the level, and of the two faster ones.
    """

    index: Floats
    own: Floats
    plain: int
    shared: Floats
    codes: Floats
    start: Floats
    alpha: Floats


def course_of(
    smoothing: SmoothingModel,
    regressors: Regressors,
    texts: Mapping[str, tuple[str, ...]],
    panel: Panel,
    periods: int,
) -> Course:
    """Return what is known beforehand of the panel's items over ``periods`` periods.

    Args:
        smoothing: The level and season that everything is measured by.
        regressors: What is known ahead.
        texts: Column of `Panel.static` -> its texts, in the order of their codes.
        panel: N rows; names, dates, plan and static texts are read, and nothing else.
        periods: From the panel's first one on.
    """
    rows = match_items(panel.item_ids, smoothing.item_ids)
    index = index_by_period(smoothing.index[rows], panel, periods)
    plain, around = _plan(regressors, panel, periods)
    own = [np.log(index), *plain, *around]
    alpha = [smoothing.alpha[rows], *(np.full(len(rows), fast) for fast in FAST)]
    places = season_places(panel, periods, smoothing.index.shape[1])
    waves = regressors.shared(panel, periods)
    waves = waves[:, waves.shape[1] - 2 * regressors.harmonics :]  # the season has its index
    return Course(
        np.ascontiguousarray(index.T),
        np.stack([column.T for column in own], axis=2).astype(np.float32),
        1 + len(plain),
        np.concatenate([places[:, None], waves], axis=1).astype(np.float32),
        _codes(texts, panel),
        smoothing.level[rows].astype(float),
        np.stack(alpha),
    )


def _plan(regressors: Regressors, panel: Panel, periods: int) -> tuple[list[Floats], list[Floats]]:
    """Return (N, periods) columns of the plan: of each period, and of those around it."""
    first, last = AROUND[0], AROUND[-1]
    plain, around = [], []
    for name, size in zip(regressors.names, regressors.sizes, strict=True):
        values = known_column(panel, name, periods + last) / size
        plain.append(values[:, :periods])
        if name != "price":
            padded = np.pad(values, ((0, 0), (-first, 0)))
            around += [padded[:, o - first : o - first + periods] for o in AROUND]
    return plain, around


def _codes(texts: Mapping[str, tuple[str, ...]], panel: Panel) -> Floats:
    """Return (N, S) float32 the number of each static text, -1 where fitting did not see it."""
    columns = [np.zeros((panel.n_items, 0), dtype=np.float32)]
    for name, known in texts.items():
        code = {text: number for number, text in enumerate(known)}
        told = panel.static.get(name, [""] * panel.n_items)
        columns.append(np.array([[code.get(text, -1)] for text in told], dtype=np.float32))
    return np.concatenate(columns, axis=1)
