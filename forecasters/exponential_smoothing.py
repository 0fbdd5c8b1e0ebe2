"""Exponential smoothing with a season that all items share and each may bend."""

from dataclasses import dataclass

import numpy as np

from forecasters._base import Calibrating
from forecasters._choice import choose_per_item, mean_level
from forecasters._options import Positive, Smoothings
from forecasters._season import fit_season_index
from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.forecasting.matching import with_pooled
from replenish.forecasting.point import observed_sales
from replenish.forecasting.smoothing import SmoothingModel, index_by_period, smoothed_levels

ALPHAS = (0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5)


@dataclass
class ExponentialSmoothing(Calibrating):
    """Simple smoothing of sales freed of their season, one constant per item.

    Attributes:
        alphas: Smoothing constants to choose from, by the one-step error on the past.
        shrinkage: Units of sales that the shared season counts for against the item's own.
    """

    alphas: Smoothings = ALPHAS
    shrinkage: Positive = 200.0

    def _train(self, past: Panel, horizon: int) -> SmoothingModel:  # noqa: ARG002
        sales = observed_sales(past)
        index = fit_season_index(past, self.shrinkage)
        level = mean_level(sales)
        laid = index_by_period(index[:-1], past, past.n_periods)  # (N, T)

        def one_step(alpha: float) -> Floats:
            constants = np.full(len(sales), alpha)
            levels = smoothed_levels(sales, laid, constants, level[:-1])
            return np.concatenate([level[:-1, None], levels[:, :-1]], axis=1) * laid

        alpha, pooled = choose_per_item(self.alphas, one_step, sales)
        return SmoothingModel(past.item_ids, with_pooled(alpha, pooled), index, level)
