"""Smoothing and seasonal naive against answers known beforehand."""

import numpy as np
import pytest
from statsmodels.tsa.holtwinters import SimpleExpSmoothing

from forecasters.exponential_smoothing import ExponentialSmoothing
from forecasters.seasonal_naive import SeasonalNaive
from replenish.forecasting.smoothing import smoothed_levels
from tests.forecast_panels import WEEK, panel_of


@pytest.mark.parametrize("alpha", [0.1, 0.25, 0.5])
def test_levels_are_those_of_statsmodels_once_the_mean_has_started_them(alpha: float) -> None:
    sales = np.random.default_rng(1).poisson(6.0, 80).astype(float)
    start = round(1 / alpha)  # up to here the level is the mean of what was seen
    levels = smoothed_levels(sales[None], np.ones((1, 80)), np.array([alpha]), np.zeros(1))
    assert levels[0, start - 1] == pytest.approx(sales[:start].mean())
    reference = SimpleExpSmoothing(
        sales[start:], initialization_method="known", initial_level=sales[:start].mean()
    ).fit(smoothing_level=alpha, optimized=False)
    np.testing.assert_allclose(levels[0, start:], reference.level, rtol=1e-12)


def test_a_gap_leaves_the_level_as_it_is() -> None:
    sales = np.array([[4.0, 6.0, np.nan, np.nan, 5.0]])
    levels = smoothed_levels(sales, np.ones((1, 5)), np.array([0.5]), np.zeros(1))
    np.testing.assert_allclose(levels, [[4.0, 5.0, 5.0, 5.0, 5.0]])


@pytest.mark.parametrize("forecaster", [SeasonalNaive(), ExponentialSmoothing()])
def test_a_pure_week_is_continued(forecaster: SeasonalNaive | ExponentialSmoothing) -> None:
    sales = np.array([[10.0], [300.0]]) * np.tile(WEEK, 40)
    panel = panel_of(sales)
    table = forecaster.fit(panel.until(209), 14).roll(panel, np.array([250, 263]), 14)
    for column, origin in enumerate(table.origins):
        truth = sales[:, (np.arange(1, 15) + origin) % 7]
        np.testing.assert_allclose(table.mean[:, column], truth, rtol=0.01)


def test_seasonal_naive_repeats_last_week_and_looks_a_week_further_back_over_a_gap() -> None:
    sales = np.arange(35.0)[None]
    sales[0, 30] = np.nan
    panel = panel_of(sales)
    table = SeasonalNaive().fit(panel, 9).roll(panel, np.array([34]), 9)
    np.testing.assert_array_equal(table.mean[0, 0], [28, 29, 23, 31, 32, 33, 34, 28, 29])


def test_a_stockout_does_not_pull_the_forecast_down() -> None:
    sales = np.full((2, 200), 10.0)
    censored = np.zeros((2, 200), dtype=bool)
    sales[:, 170:], censored[:, 170:] = 0.0, True
    panel = panel_of(sales, censored=censored)
    table = ExponentialSmoothing().fit(panel, 7).roll(panel, np.array([199]), 7)
    np.testing.assert_allclose(table.mean, 10.0, rtol=1e-6)
