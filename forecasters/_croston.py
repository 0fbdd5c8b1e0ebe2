"""What Croston's method and its correction share."""

from abc import ABC
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

from forecasters._base import Calibrating
from forecasters._choice import mean_level
from forecasters._grid import judged_steps, with_best_constants
from forecasters._intermittent import mean_interval
from forecasters._options import Positive, Shares, Smoothings
from forecasters._season import fit_season_index
from replenish.data.panel import Panel
from replenish.forecasting.intermittent import CrostonModel
from replenish.forecasting.point import observed_sales
from replenish.forecasting.walking import unset


@dataclass
class CrostonFamily(Calibrating, ABC):
    """Sizes over intervals.

    Attributes:
        alphas: Smoothing constants to choose from, by the error on the past.
        seasons: Shares of the season to choose from; 0 is Croston's flat forecast.
        shrinkage: Units of sales that the shared season counts for against the item's own.
    """

    corrected: ClassVar[bool]

    alphas: Smoothings = (0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3)
    seasons: Shares = (0.0, 1.0)
    shrinkage: Positive = 200.0

    def _train(self, past: Panel, horizon: int) -> CrostonModel:
        sales = observed_sales(past)
        index, level = fit_season_index(past, self.shrinkage), mean_level(sales)
        seasons = (0.0,) if index.shape[1] == 1 else self.seasons
        grid = list(product(self.alphas, seasons))
        interval, empty = mean_interval(sales), unset(level, 2)
        model = CrostonModel(past.item_ids, empty, index, level, interval, self.corrected)
        return with_best_constants(model, grid, past, judged_steps(horizon))
