"""Fitted forecasters as files: a folder with JSON, arrays and perhaps an ONNX network.

A fitted forecaster is two things: the fitting, which stands in ``forecasters/`` and may need
torch or statsmodels, and what it runs on, which stands here and needs neither. Training,
evaluation and Monday's orders run the same object, so that they cannot differ.
"""

from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

import pandas as pd

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.forecast import ForecastTable
from replenish.forecasting.point import Seen


@runtime_checkable
class Rolling(Protocol):
    """Whatever forecasts demand from any number of origins in one call."""

    def roll(
        self,
        panel: Panel,
        origins: Ints,
        horizon: int,
        levels: Floats | None = None,
        *,
        in_sample: bool = False,
    ) -> ForecastTable:
        """Return forecasts from every origin; nothing after an origin, the plan excepted, counts.

        Args:
            panel: (N, T) sales, N items that need not be the ones of `fit`.
            origins: (O,) period numbers, rising.
            horizon: Number of periods ahead, at most the one of `fit`.
            levels: (Q,) probabilities of the quantiles, rising; `forecast.LEVELS` by default.
            in_sample: Whether origins before the end of fitting are allowed; they are refused
                otherwise, because an agent that learns on such forecasts trusts them too much.
        """
        ...


@runtime_checkable
class FittedForecaster(Rolling, Protocol):
    """What a forecaster runs on once it is fitted; without torch, without statsmodels."""

    @property
    def fitted_until_date(self) -> pd.Timestamp:
        """Start of the last period that fitting and calibration saw."""
        ...

    def start(self, past: Panel, periods: int, *, in_sample: bool = False) -> Any:
        """Return where the forecaster stands at the end of the past, ready for more periods."""
        ...

    def step(self, standing: Any, seen: Seen) -> Any:
        """Return where it stands after one more period, the same that `roll` reads there."""
        ...

    def forecast(self, standing: Any, horizon: int, levels: Floats | None = None) -> ForecastTable:
        """Return the forecast from here, a table of one origin."""
        ...

    def save(self, folder: Path) -> dict[str, Any]:
        """Write arrays and networks into the folder and return the JSON that describes them."""
        ...

    @classmethod
    def load(cls, folder: Path, description: dict[str, Any]) -> Self:
        """Return the forecaster that `save` wrote."""
        ...
