"""No forecaster sees the future, and a forecaster that does is found out."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
import pytest

from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.forecast import LEVELS, ForecastTable
from replenish.forecasting.leakage import assert_no_leakage
from replenish.plugins import load_plugin, plugin_names
from tests.forecast_panels import shop
from tests.quick_forecasters import NETWORKS, QUICK

TOLERANCE = dict.fromkeys(NETWORKS, 1e-6)


@pytest.mark.parametrize("name", plugin_names("forecasters"))
def test_no_forecaster_sees_the_future(name: str) -> None:
    assert_no_leakage(
        lambda: load_plugin("forecasters", name)(**QUICK.get(name, {})),
        shop(6, 260),
        cut=220,
        horizon=7,
        fit_until=200,
        tolerance=TOLERANCE.get(name, 0.0),
    )


@dataclass
class Planted:
    """A flat forecast of the last 7 days' mean that can be made to cheat."""

    leak: str

    def fit(self, past: Panel, horizon: int) -> Self:
        return self

    def _level(self, panel: Panel, origin: int) -> Floats:
        first, last, sales = origin - 6, origin, panel.sales
        if self.leak == "level off by one":
            first, last = origin - 5, origin + 1
        if self.leak == "centred moving average":
            first, last = origin - 3, origin + 3
        if self.leak == "back-filled gaps":
            sales = pd.DataFrame(sales.T).bfill().to_numpy().T
        if self.leak == "window chosen on the holdout":
            later = np.nanmean(sales[:, origin:])
            missed = {
                w: abs(np.nanmean(sales[:, origin - w + 1 : origin + 1]) - later) for w in (7, 28)
            }
            first = origin + 1 - min(missed, key=lambda width: missed[width])
        level = np.nanmean(sales[:, first : last + 1], axis=1)
        if self.leak == "scaler on the full series":
            level *= np.nanmean(sales[:, :origin], axis=1) / np.nanmean(sales, axis=1)
        if self.leak == "other items' sales of the next day":
            level += 0.1 * np.nansum(sales[:, min(origin + 1, sales.shape[1] - 1)])
        return np.asarray(level)

    def roll(
        self,
        panel: Panel,
        origins: Ints,
        horizon: int,
        levels: Floats | None = None,
        *,
        in_sample: bool = False,
    ) -> ForecastTable:
        level = np.stack([self._level(panel, int(origin)) for origin in origins], axis=1)
        mean = np.repeat(level[:, :, None], horizon, axis=2)
        if self.leak == "weekday profile on the full series":
            days = np.asarray(panel.dates.day_of_week)
            profile = np.array([np.nanmean(panel.sales[:, days == day]) for day in range(7)])
            mean = mean * profile[np.arange(horizon) % 7]
        std = np.ones_like(mean)
        quantiles = np.repeat(mean.cumsum(axis=2)[..., None], len(LEVELS), axis=3)
        return ForecastTable(origins, mean, std, std, quantiles, np.array(LEVELS), 0 * origins)


def leakage(leak: str) -> None:
    panel = shop(6, 260)
    sales = panel.sales.copy()
    sales[2, 219:222] = np.nan  # a gap across the cut, for whoever fills it from behind
    assert_no_leakage(lambda: Planted(leak), replace(panel, sales=sales), cut=220)


def test_the_honest_twin_of_the_planted_leaks_passes() -> None:
    leakage("none")


@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
@pytest.mark.parametrize(
    "leak",
    [
        "level off by one",
        "centred moving average",
        "scaler on the full series",
        "weekday profile on the full series",
        "back-filled gaps",
        "window chosen on the holdout",
        "other items' sales of the next day",
    ],
)
def test_a_planted_leak_is_found(leak: str) -> None:
    with pytest.raises(AssertionError, match="a leak: the future"):
        leakage(leak)
