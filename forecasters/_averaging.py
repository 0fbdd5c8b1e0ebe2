"""What simple and weighted moving averages share."""

from abc import ABC
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from forecasters._base import Calibrating
from forecasters._choice import choose_per_item, mean_level
from forecasters._options import Counts, Positive
from forecasters._season import fit_season_index
from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.forecasting.matching import with_pooled
from replenish.forecasting.moving_average import MovingAverageModel, averaged_levels
from replenish.forecasting.point import observed_sales
from replenish.forecasting.smoothing import index_by_period


@dataclass
class Averaging(Calibrating, ABC):
    """Mean of the last periods freed of their season, one window per item.

    Attributes:
        windows: Numbers of periods to choose from, by the one-step error on the past.
        shrinkage: Units of sales that the shared season counts for against the item's own.
    """

    weighted: ClassVar[bool]

    windows: Counts = (4, 7, 14, 28, 56, 91, 182)
    shrinkage: Positive = 200.0

    def _train(self, past: Panel, horizon: int) -> MovingAverageModel:  # noqa: ARG002
        sales = observed_sales(past)
        index = fit_season_index(past, self.shrinkage)
        level = mean_level(sales)
        laid = index_by_period(index[:-1], past, past.n_periods)  # (N, T)

        def one_step(window: float) -> Floats:
            widths = np.full(len(sales), int(window))
            levels = averaged_levels(sales, laid, widths, level[:-1], weighted=self.weighted)
            return np.concatenate([level[:-1, None], levels[:, :-1]], axis=1) * laid

        window, pooled = choose_per_item(self.windows, one_step, sales)
        widths = with_pooled(window, pooled).astype(int)
        return MovingAverageModel(past.item_ids, widths, index, level, self.weighted)
