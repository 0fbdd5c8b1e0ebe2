"""What linear and exponential trend share: how a line that forgets is fitted."""

from abc import ABC
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

from forecasters._base import Calibrating
from forecasters._choice import mean_level
from forecasters._grid import judged_steps, with_best_constants
from forecasters._options import Counts, Positive, Shares
from forecasters._season import fit_season_index
from replenish.data.panel import Panel
from replenish.forecasting.point import observed_sales
from replenish.forecasting.time_trend import TimeTrendModel
from replenish.forecasting.walking import unset


@dataclass
class TimeTrend(Calibrating, ABC):
    """Regression on time.

    Attributes:
        half_lives: Periods after which a sale counts half, to choose from by the error on the past.
        slopes: Shares of the slope that are believed, to choose from.
        shrinkage: Units of sales that the shared season counts for against the item's own.
    """

    logarithmic: ClassVar[bool]

    half_lives: Counts = (7, 14, 28, 56, 112, 224, 448)
    slopes: Shares = (0.0, 0.25, 0.5, 1.0)
    shrinkage: Positive = 200.0

    def _train(self, past: Panel, horizon: int) -> TimeTrendModel:
        index, level = fit_season_index(past, self.shrinkage), mean_level(observed_sales(past))
        grid = [(0.5 ** (1.0 / life), s) for life, s in product(self.half_lives, self.slopes)]
        empty = unset(level, 2)
        model = TimeTrendModel(past.item_ids, empty, index, level, self.logarithmic)
        return with_best_constants(model, grid, past, judged_steps(horizon))
