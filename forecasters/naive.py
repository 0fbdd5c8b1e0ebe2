"""Naive: demand stays what it was in the last period."""

from dataclasses import dataclass

from forecasters._base import Calibrating
from forecasters._choice import mean_level
from replenish.data.panel import Panel
from replenish.forecasting.point import observed_sales
from replenish.forecasting.seasonal_naive import SeasonalNaiveModel


@dataclass
class Naive(Calibrating):
    """Repeats the last value seen (Hyndman & Athanasopoulos 2021, 5.2)."""

    def _train(self, past: Panel, horizon: int) -> SeasonalNaiveModel:  # noqa: ARG002
        return SeasonalNaiveModel(1, past.item_ids, mean_level(observed_sales(past)))
