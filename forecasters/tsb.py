"""Intermittent demand whose probability falls when nothing is sold."""

from dataclasses import dataclass
from itertools import product

from forecasters._base import Calibrating
from forecasters._choice import mean_level
from forecasters._grid import judged_steps, with_best_constants
from forecasters._intermittent import mean_interval
from forecasters._options import Positive, Shares, Smoothings
from forecasters._season import fit_season_index
from replenish.data.panel import Panel
from replenish.forecasting.intermittent import TsbModel
from replenish.forecasting.point import observed_sales
from replenish.forecasting.walking import unset


@dataclass
class Tsb(Calibrating):
    """Size of demands times their probability (Teunter, Syntetos & Babai 2011).

    Attributes:
        alphas: Smoothing constants of the size to choose from, by the error on the past.
        betas: Smoothing constants of the probability.
        seasons: Shares of the season to choose from; 0 is a flat forecast.
        shrinkage: Units of sales that the shared season counts for against the item's own.
    """

    alphas: Smoothings = (0.01, 0.02, 0.05, 0.12, 0.3)
    betas: Smoothings = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
    seasons: Shares = (0.0, 1.0)
    shrinkage: Positive = 200.0

    def _train(self, past: Panel, horizon: int) -> TsbModel:
        sales = observed_sales(past)
        index, level = fit_season_index(past, self.shrinkage), mean_level(sales)
        seasons = (0.0,) if index.shape[1] == 1 else self.seasons
        grid = list(product(self.alphas, self.betas, seasons))
        model = TsbModel(past.item_ids, unset(level, 3), index, level, mean_interval(sales))
        return with_best_constants(model, grid, past, judged_steps(horizon))
