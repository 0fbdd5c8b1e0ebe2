"""Holt-Winters: level, damped trend and a season that goes on changing."""

from dataclasses import dataclass
from itertools import product
from typing import Literal

from forecasters._base import Calibrating
from forecasters._choice import mean_level
from forecasters._grid import judged_steps, with_best_constants
from forecasters._options import Positive, Smoothings
from forecasters._season import fit_season_index
from replenish.data.panel import Panel
from replenish.forecasting.holt_winters import HoltWintersModel
from replenish.forecasting.point import observed_sales
from replenish.forecasting.walking import unset

TRENDS = ((0.0, 0.9), (0.05, 0.9), (0.05, 0.98))  # beta and damping; the first is no trend


@dataclass
class HoltWinters(Calibrating):
    """Holt-Winters' method, started with the season that all items share (Winters 1960).

    Attributes:
        season: Whether the season multiplies the level or is added to it.
        alphas: Smoothing constants of the level to choose from, by the error on the past.
        gammas: Smoothing constants of the season; leaving it alone is always among them.
        shrinkage: Units of sales that the shared season counts for in the one to start with.
    """

    season: Literal["multiplicative", "additive"] = "multiplicative"
    alphas: Smoothings = (0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.4)
    gammas: Smoothings = (0.01, 0.03, 0.1)
    shrinkage: Positive = 200.0

    def _train(self, past: Panel, horizon: int) -> HoltWintersModel:
        index, level = fit_season_index(past, self.shrinkage), mean_level(observed_sales(past))
        gammas = (0.0,) if index.shape[1] == 1 else (0.0, *self.gammas)
        grid = [(a, *trend, g) for a, trend, g in product(self.alphas, TRENDS, gammas)]
        additive = self.season == "additive"
        model = HoltWintersModel(past.item_ids, unset(level, 4), index, level, additive)
        return with_best_constants(model, grid, past, judged_steps(horizon))
