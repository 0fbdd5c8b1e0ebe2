"""No forecaster sees the future, and one that does, in fitting or afterwards, is found out."""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

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
CUT = 140


def rich_shop() -> Panel:
    """Return a shop with closed days, a past covariate and static texts beside the plan."""
    panel = shop(6, 170)
    closed = np.zeros(panel.sales.shape)
    closed[:, [60, 110, 136, 143]] = 1.0
    visitors = np.random.default_rng(1).poisson(50.0, panel.sales.shape).astype(float)
    return replace(
        panel,
        known={**panel.known, "closed": closed},
        past={"visitors": visitors},
        static={"store": ["north", "south"] * 3},
    )


def same(one: Panel, other: Panel) -> bool:
    """Return whether two panels hold the same, field by field."""
    return all(_equal(getattr(one, part.name), getattr(other, part.name)) for part in fields(one))


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return bool(np.all(one == other))


@pytest.mark.parametrize("name", plugin_names("forecasters"))
def test_no_forecaster_sees_the_future(name: str) -> None:
    """Fitted on a panel that ends at period 125: the same one whatever comes after."""
    fitted = load_plugin("forecasters", name)(**QUICK.get(name, {})).fit(rich_shop().until(125), 7)

    def forecasts(panel: Panel, origins: Ints) -> ForecastTable:
        assert same(panel.until(125), rich_shop().until(125))
        table: ForecastTable = fitted.roll(panel, origins, 7, in_sample=True)
        return table

    assert_no_leakage(forecasts, rich_shop(), CUT, tolerance=TOLERANCE.get(name, 0.0))


@dataclass
class Planted:
    """A flat forecast of the last days' mean that can be made to cheat.

    Attributes:
        leak: How.
        width: Periods averaged.
        scale: (N, 1) times the mean.
        profile: (7,) of the days ahead.
    """

    leak: str
    width: int = 7
    scale: Floats = field(default_factory=lambda: np.ones((1, 1)))
    profile: Floats = field(default_factory=lambda: np.ones(7))

    def fit(self, panel: Panel) -> Self:
        sales = panel.sales
        if self.leak == "scaler on the full series":
            self.scale = np.nanmean(sales, axis=1, keepdims=True) / 10.0
        if self.leak == "weekday profile on the full series":
            days = np.asarray(panel.dates.day_of_week)
            self.profile = np.array([np.nanmean(sales[:, days == day]) for day in range(7)])
        if self.leak == "window chosen on the holdout":
            later = np.nanmean(sales[:, CUT:])
            missed = {w: abs(np.nanmean(sales[:, CUT - w : CUT]) - later) for w in (7, 28)}
            self.width = min(missed, key=lambda width: missed[width])
        return self

    def _level(self, panel: Panel, origin: int) -> Floats:
        first, last, sales = origin + 1 - self.width, origin, panel.sales
        if self.leak == "level off by one":
            first, last = first + 1, last + 1
        if self.leak == "centred moving average":
            first, last = origin - 3, origin + 3
        if self.leak == "back-filled gaps":
            sales = pd.DataFrame(sales.T).bfill().to_numpy().T
        level = np.nanmean(sales[:, first : last + 1], axis=1)
        if self.leak == "other items' sales of the next day":
            level += 0.1 * np.nansum(sales[:, min(origin + 1, sales.shape[1] - 1)])
        return np.asarray(level)

    def roll(self, panel: Panel, origins: Ints, horizon: int) -> ForecastTable:
        level = np.stack([self._level(panel, int(origin)) for origin in origins], axis=1)
        mean = (self.scale * level)[:, :, None] * self.profile[np.arange(horizon) % 7]
        std = np.ones_like(mean)
        quantiles = np.repeat(mean.cumsum(axis=2)[..., None], len(LEVELS), axis=3)
        return ForecastTable(origins, mean, std, std, quantiles, np.array(LEVELS), 0 * origins)


def leakage(leak: str) -> None:
    panel = shop(6, 170)
    sales = panel.sales.copy()
    sales[2, CUT - 1 : CUT + 2] = np.nan  # a gap across the cut, for whoever fills it from behind
    assert_no_leakage(
        lambda panel, origins: Planted(leak).fit(panel).roll(panel, origins, 7),
        replace(panel, sales=sales),
        CUT,
    )


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
