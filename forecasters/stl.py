"""Seasonal decomposition: the season as it is lately, and a smoothed level under it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from forecasters._base import Calibrating
from forecasters._choice import mean_level
from forecasters._grid import judged_steps, with_best_constants
from forecasters._options import LoessWindow, Positive, Smoothings
from forecasters._stl import last_profile
from replenish.data.panel import Panel
from replenish.forecasting.damped_trend import DampedTrendModel
from replenish.forecasting.point import observed_sales
from replenish.forecasting.walking import unset


@dataclass
class Stl(Calibrating):
    """Seasonal-trend decomposition by loess at fitting (Cleveland et al. 1990).

    The profile of the last season is kept; what it leaves of sales is smoothed
    exponentially, period by period.

    Attributes:
        window: Seasons that the loess of each place of the season looks at, odd, 7 or more.
        alphas: Smoothing constants of the level to choose from, by the error on the past.
        shrinkage: Units of sales that the shared season counts for against the item's own.
    """

    search_space: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "window": ("choice", 7, 9, 13, 21, 35),
        "shrinkage": ("log", 40.0, 1000.0),
    }
    window: LoessWindow = 13
    alphas: Smoothings = (0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.4)
    shrinkage: Positive = 200.0

    def _train(self, past: Panel, horizon: int) -> DampedTrendModel:
        index = last_profile(past, self.window, self.shrinkage)
        level = mean_level(observed_sales(past))
        grid = [(alpha, 0.0, 0.9) for alpha in self.alphas]
        model = DampedTrendModel(past.item_ids, unset(level, 3), index, level)
        return with_best_constants(model, grid, past, judged_steps(horizon))
