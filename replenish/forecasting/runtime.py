"""Fitted forecasters as files: a folder with JSON, arrays and perhaps an ONNX network.

A fitted forecaster is two things: the fitting, which stands in ``forecasters/`` and may need
torch or statsmodels, and what it runs on, which stands here and needs neither. Training,
evaluation and Monday's orders run the same object, so that they cannot differ.
"""

from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

from replenish.arrays import Ints
from replenish.data.panel import Panel
from replenish.forecasting.forecast import ForecastTable


@runtime_checkable
class FittedForecaster(Protocol):
    """What a forecaster runs on once it is fitted; without torch, without statsmodels."""

    def roll(self, panel: Panel, origins: Ints, horizon: int) -> ForecastTable:
        """Return forecasts from every origin (see `replenish.protocols.Forecaster.roll`)."""
        ...

    def save(self, folder: Path) -> dict[str, Any]:
        """Write arrays and networks into the folder and return the JSON that describes them."""
        ...

    @classmethod
    def load(cls, folder: Path, description: dict[str, Any]) -> Self:
        """Return the forecaster that `save` wrote."""
        ...
