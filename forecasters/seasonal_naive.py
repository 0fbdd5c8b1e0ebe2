"""Seasonal naive: the forecast to beat."""

from dataclasses import dataclass

from forecasters._base import Calibrating
from forecasters._choice import mean_level
from forecasters._options import Count
from replenish.data.panel import Panel
from replenish.forecasting.calendar import season_length
from replenish.forecasting.point import observed_sales
from replenish.forecasting.seasonal_naive import SeasonalNaiveModel


@dataclass
class SeasonalNaive(Calibrating):
    """Repeats the last season seen.

    Attributes:
        season: Periods after which demand repeats; None = 7 days, 52 weeks, 12 months, as the
            frequency says, and 1 where the history holds less than two seasons.
    """

    season: Count | None = None

    def _train(self, past: Panel, horizon: int) -> SeasonalNaiveModel:  # noqa: ARG002
        season = self.season or season_length(past.frequency)
        if past.n_periods < 2 * season:
            season = 1
        return SeasonalNaiveModel(season, past.item_ids, mean_level(observed_sales(past)))
