"""What the networks read: one item's sales in units of its own level, and what is known ahead.

Every number at period t is known at the end of period t, and each is found twice by the same
functions: for a whole history at once, and period by period as it is seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from replenish.arrays import Bools, Floats
from replenish.data.panel import Panel
from replenish.forecasting.matching import match_items
from replenish.forecasting.point import observed_sales
from replenish.forecasting.regressors import Regressors
from replenish.forecasting.smoothing import SmoothingModel, index_by_period, moved

FAST = (0.15, 0.4)  # smoothing constants of the levels that tell how demand moves right now
SMALL = 0.1  # units: keeps ratios of nearly nothing finite
LARGEST_RATIO = 20.0  # of a sale to what was expected: beyond it the network learns nothing more
FEW_PERIODS = 7.0  # observed, after which half of the correction counts
FEWEST_ITEMS = 5  # that a store, department or category needs to be told apart from the rest


@dataclass(frozen=True)
class Statics:
    """Texts per item as columns of zeros and ones; a text not seen in fitting is all zeros.

    Attributes:
        levels: Column of `Panel.static` -> its texts that are told apart.
    """

    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def learnt(cls, past: Panel) -> Self:
        """Return the texts that at least `FEWEST_ITEMS` items share and not all of them."""
        levels: dict[str, tuple[str, ...]] = {}
        for name, texts in past.static.items():
            number = {text: list(texts).count(text) for text in sorted(set(texts))}
            enough = tuple(t for t, n in number.items() if FEWEST_ITEMS <= n < past.n_items)
            if enough:
                levels[name] = enough
        return cls(levels)

    @property
    def width(self) -> int:
        """Number of columns S."""
        return sum(len(texts) for texts in self.levels.values())

    def columns(self, panel: Panel) -> Floats:
        """Return (N, S) float32; a column that the panel lacks counts as not known."""
        parts = [np.zeros((panel.n_items, 0), dtype=np.float32)]
        for name, levels in self.levels.items():
            texts: Sequence[str] = panel.static.get(name, [""] * panel.n_items)
            parts.append(np.array([[t == level for level in levels] for t in texts], np.float32))
        return np.concatenate(parts, axis=1)


@dataclass(frozen=True, eq=False)
class Ahead:
    """What is known beforehand of P periods, from the panel's first one on.

    Attributes:
        index: (P, N) season index.
        own: (P, N, C) float32 columns that differ between items.
        shared: (P, K) float32 columns that are the same for all.
        static: (N, S) float32.
        start: (N,) units, the level before the first observation.
        alpha: (3, N) smoothing constants: of the level, and of the two faster ones.
    """

    index: Floats
    own: Floats
    shared: Floats
    static: Floats
    start: Floats
    alpha: Floats

    def plan(self, first: int, end: int) -> Floats:
        """Return (end - first, N, G) float32 of the periods first .. end - 1."""
        own, shared = self.own[first:end], self.shared[first:end, None]
        wide = np.broadcast_to(shared, (*own.shape[:2], shared.shape[2]))
        return np.concatenate([own, wide], axis=2)


def known_ahead(
    smoothing: SmoothingModel, regressors: Regressors, statics: Statics, panel: Panel, periods: int
) -> Ahead:
    """Return what is known beforehand of the panel's items over ``periods`` periods."""
    rows = match_items(panel.item_ids, smoothing.item_ids)
    index = index_by_period(smoothing.index[rows], panel, periods)
    own = [np.log(index), *regressors.own(panel, periods)]
    alpha = [smoothing.alpha[rows], *(np.full(len(rows), fast) for fast in FAST)]
    return Ahead(
        np.ascontiguousarray(index.T),
        np.stack([column.T for column in own], axis=2).astype(np.float32),
        regressors.shared(panel, periods).astype(np.float32),
        statics.columns(panel),
        smoothing.level[rows].astype(float),
        np.stack(alpha),
    )


def features(
    before: Floats, after: Floats, sales: Floats, index: Floats, censored: Bools
) -> Floats:
    """Return (..., N, 8) float32: how sales compare with what was expected, and how they move.

    Args:
        before: (3, ..., N) levels before each period.
        after: (3, ..., N) levels after it.
        sales: (..., N) units, NaN where they say nothing.
        index: (..., N) season index.
        censored: (..., N) True where the item was out of stock.
    """
    seen = ~np.isnan(sales)
    ratio = np.minimum((sales + SMALL) / (before[0] * index + SMALL), LARGEST_RATIO)
    columns = [
        np.where(seen, np.log(ratio), 0.0),
        np.where(seen, ratio - 1.0, 0.0) / 4.0,
        seen,
        censored,
        *(np.log((faster + SMALL) / (after[0] + SMALL)) for faster in after[1:]),
        np.log(after[0] + SMALL) / 3.0,
    ]
    return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=-1)


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a network reads of a whole history.

    Attributes:
        history: (T, N, F) float32 per period: features, and the period's own plan.
        plan: (T + H, N, G) float32 what is known ahead of each period.
        static: (N, S) float32.
        level: (T, N) units, smoothed.
        index: (T + H, N) season index.
        sureness: (T, N) share of the correction that counts; see `sureness`.
    """

    history: Floats
    plan: Floats
    static: Floats
    level: Floats
    index: Floats
    sureness: Floats


def sureness(weight: Floats) -> Floats:
    """Return the share of the correction that counts after so many periods observed.

    Of an item without sales nothing is known that a network could correct, and what it learnt
    of items about to be launched would be believed of all.
    """
    return np.asarray(weight / (weight + FEW_PERIODS))


def network_inputs(ahead: Ahead, panel: Panel, periods: int) -> Inputs:
    """Return what is read of the first ``periods`` periods, and of the plan as far as it goes."""
    sales = observed_sales(panel)[:, :periods].T
    level = np.empty((len(ahead.alpha), periods + 1, panel.n_items))  # (3, T + 1, N)
    level[:, 0] = ahead.start
    weight = np.zeros((periods + 1, panel.n_items))
    for period in range(periods):
        level[:, period + 1], weight[period + 1] = moved(
            level[:, period], weight[period], sales[period], ahead.index[period], ahead.alpha
        )
    plan = ahead.plan(0, len(ahead.index))
    told = features(
        level[:, :-1], level[:, 1:], sales, ahead.index[:periods], panel.censored[:, :periods].T
    )
    history = np.concatenate([told, plan[:periods]], axis=2)
    return Inputs(history, plan, ahead.static, level[0, 1:], ahead.index, sureness(weight[1:]))
