"""Point forecasts from every origin: what a model gives before it gets its distribution."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from replenish.arrays import Bools, Floats, Ints
from replenish.data.panel import Panel


@dataclass(frozen=True, eq=False)
class PointForecast:
    """Expected demand per period and how wide its errors are compared with usual.

    Attributes:
        mean: (N, O, H) units, never negative, never NaN.
        spread: (N, O, H) standard deviation of demand summed over k periods relative to what
            the model usually shows for this mean; None = always as usual.
    """

    mean: Floats
    spread: Floats | None = None


@dataclass(frozen=True)
class Parts:
    """A model taken apart for the disk.

    Attributes:
        settings: Numbers and texts for JSON.
        arrays: Arrays without objects.
        files: File name -> content (networks).
    """

    settings: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    files: Mapping[str, bytes]


class PointModel(Protocol):
    """A fitted model that forecasts the mean; runs without torch and statsmodels."""

    kind: ClassVar[str]

    def predict(self, panel: Panel, origins: Ints, horizon: int) -> PointForecast:
        """Return the forecast from every origin (O,), reading sales up to each one only."""
        ...

    def parts(self) -> Parts:
        """Return what `assemble` needs to build the same model."""
        ...

    @classmethod
    def assemble(cls, parts: Parts) -> Self:
        """Return the model that `parts` came from."""
        ...


def observed_sales(panel: Panel) -> Floats:
    """Return (N, T) sales with NaN where they say nothing of demand on an open day.

    That is where nothing was observed, the item was out of stock, or the shop was closed.
    """
    use = panel.observed & ~closed(panel, panel.n_periods)
    return np.where(use, panel.sales, np.nan).astype(float)


def closed(panel: Panel, periods: int) -> Bools:
    """Return (N, periods) True where the plan's column ``closed`` says so; beyond it, open."""
    result = np.zeros((panel.n_items, periods), dtype=bool)
    if "closed" in panel.known:
        told = np.nan_to_num(np.asarray(panel.known["closed"], dtype=float))[:, :periods] > 0.5
        result[:, : told.shape[1]] = told
    return result


def expanding_mean(sales: Floats) -> Floats:
    """Return (N, T) the mean of all that was observed up to each period; NaN before the first."""
    seen = ~np.isnan(sales)
    total = np.cumsum(np.where(seen, sales, 0.0), axis=1)
    number = np.cumsum(seen, axis=1)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def open_days_only(point: PointForecast, panel: Panel, origins: Ints) -> PointForecast:
    """Return the forecast with a mean of 0 where the plan says closed."""
    horizon = point.mean.shape[2]
    ahead = np.asarray(origins)[:, None] + np.arange(1, horizon + 1)  # (O, H)
    shut = closed(panel, int(origins[-1]) + horizon + 1)[:, ahead]
    return PointForecast(np.where(shut, 0.0, point.mean), point.spread)
