"""Double exponential smoothing: a level with a damped trend."""

from dataclasses import dataclass
from itertools import product

from forecasters._base import Calibrating
from forecasters._choice import mean_level
from forecasters._grid import judged_steps, with_best_constants
from forecasters._options import Positive, Smoothings
from forecasters._season import fit_season_index
from replenish.data.panel import Panel
from replenish.forecasting.damped_trend import DampedTrendModel
from replenish.forecasting.point import observed_sales
from replenish.forecasting.walking import unset

NO_TREND = (0.0, 0.9)


@dataclass
class DoubleExponentialSmoothing(Calibrating):
    """Holt's linear trend, damped, on sales freed of their season (Gardner & McKenzie 1985).

    Attributes:
        alphas: Smoothing constants of the level to choose from, by the error on the past.
        betas: Smoothing constants of the trend; having no trend is always among the candidates.
        dampings: Shares of the trend that are left a period later.
        shrinkage: Units of sales that the shared season counts for against the item's own.
    """

    alphas: Smoothings = (0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.4)
    betas: Smoothings = (0.02, 0.06, 0.2)
    dampings: Smoothings = (0.9, 0.98)
    shrinkage: Positive = 200.0

    def _train(self, past: Panel, horizon: int) -> DampedTrendModel:
        index, level = fit_season_index(past, self.shrinkage), mean_level(observed_sales(past))
        trends = [NO_TREND, *product(self.betas, self.dampings)]
        grid = [(alpha, *trend) for alpha, trend in product(self.alphas, trends)]
        model = DampedTrendModel(past.item_ids, unset(level, 3), index, level)
        return with_best_constants(model, grid, past, judged_steps(horizon))
