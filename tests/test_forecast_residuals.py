"""The distribution of summed demand covers what it says, for demand that is known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasters.exponential_smoothing import ExponentialSmoothing
from forecasters.naive import Naive
from forecasters.seasonal_naive import SeasonalNaive
from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.forecasting.calibrated import CalibratedForecaster
from replenish.forecasting.forecast import LEVELS, ForecastTable
from replenish.forecasting.point import PointForecast
from replenish.forecasting.residuals import calibrate
from tests.forecast_panels import panel_of


def summed(panel: Panel, table: ForecastTable) -> Floats:
    ahead = table.origins[:, None] + np.arange(1, table.horizon + 1)
    return np.asarray(np.cumsum(panel.sales[:, ahead], axis=2))


def negative_binomial(n_items: int, n_periods: int, seed: int) -> Panel:
    rng = np.random.default_rng(seed)
    mean = np.geomspace(0.5, 40.0, n_items)[:, None]
    return panel_of(rng.poisson(rng.gamma(4.0, mean / 4.0, (n_items, n_periods))).astype(float))


@pytest.mark.parametrize("forecaster", [SeasonalNaive(), ExponentialSmoothing()])
@pytest.mark.parametrize("periods", [1, 7, 14])
def test_quantiles_of_sums_cover_what_they_say(
    forecaster: SeasonalNaive | ExponentialSmoothing, periods: int
) -> None:
    panel = negative_binomial(60, 700, seed=4)
    table = forecaster.fit(panel.until(499), 14).roll(panel, np.arange(500, 686), 14)
    actual = summed(panel, table)[:, :, periods - 1]
    independent = 1.0 / (1.0 / (60 * 186 / periods) + 1.0 / (60 * 112 / periods))
    for level in (0.5, 0.9, 0.95, 0.99):
        q = table.sum_quantiles[:, :, periods - 1, LEVELS.index(level)]
        below, at_most = (actual < np.floor(q)).mean(), (actual <= q).mean()
        chance = 3.0 * np.sqrt(level * (1.0 - level) / independent)
        assert below - chance < level < at_most + chance


def test_the_deviation_of_a_sum_is_that_of_its_errors() -> None:
    rng = np.random.default_rng(2)
    panel = panel_of(np.maximum(rng.normal(100.0, 10.0, (40, 400)), 0.0))
    origins = np.arange(200, 380)
    point = PointForecast(np.full((40, 180, 9), 100.0))
    _, std, sum_std, _ = calibrate(point, panel, origins).spread_out(
        point, np.arange(40), np.array(LEVELS)
    )
    np.testing.assert_allclose(std.mean(axis=(0, 1)), 10.0, rtol=0.03)
    np.testing.assert_allclose(
        sum_std.mean(axis=(0, 1)), 10.0 * np.sqrt(np.arange(1, 10)), rtol=0.05
    )


def test_a_restless_item_gets_a_wider_band_than_a_calm_one() -> None:
    rng = np.random.default_rng(2)
    size = np.where(np.arange(40) < 20, 3.0, 12.0)[:, None]
    panel = panel_of(100.0 + size * rng.normal(size=(40, 400)))
    point = PointForecast(np.full((40, 180, 5), 100.0))
    model = calibrate(point, panel, np.arange(200, 380))
    assert model.item_factor[20:40].min() > 1.5 * model.item_factor[:20].max()
    assert model.item_factor[40] == 1.0


def test_stockouts_and_gaps_are_no_errors() -> None:
    panel = negative_binomial(10, 400, seed=1)
    hidden = np.random.default_rng(0).random(panel.sales.shape) < 0.05
    ruined = replace(panel, sales=np.where(hidden, 1e6, panel.sales), censored=hidden)
    gappy = replace(panel, sales=np.where(hidden, np.nan, panel.sales))
    point = PointForecast(np.full((10, 100, 7), 5.0))
    origins = np.arange(250, 350)
    first, second = calibrate(point, ruined, origins), calibrate(point, gappy, origins)
    np.testing.assert_array_equal(first.quantiles, second.quantiles)
    np.testing.assert_array_equal(first.item_factor, second.item_factor)


@settings(max_examples=30, deadline=None)
@given(
    scale=st.floats(1e-3, 1e4), spread=st.floats(0.1, 3.0), n=st.integers(1, 6), h=st.integers(1, 9)
)
def test_quantiles_rise_and_are_never_negative_whatever_the_volume(
    scale: float, spread: float, n: int, h: int
) -> None:
    rng = np.random.default_rng(n * 10 + h)
    panel = panel_of(np.maximum(scale * rng.gamma(0.3, 1.0, (n, 120)), 0.0))
    point = PointForecast(scale * rng.random((n, 40, h)), np.full((n, 40, h), spread))
    model = calibrate(point, panel, np.arange(60, 100))
    _, std, sum_std, quantiles = model.spread_out(point, np.arange(n), np.array(LEVELS))
    assert np.isfinite(quantiles).all()
    assert (quantiles >= 0).all()
    assert (np.diff(quantiles, axis=3) >= 0).all()
    assert (std > 0).all()
    assert (sum_std > 0).all()


def test_single_periods_cover_what_they_say_however_far_ahead_and_however_small() -> None:
    panel = negative_binomial(80, 700, seed=6)
    table = ExponentialSmoothing().fit(panel.until(499), 14).roll(panel, np.arange(500, 686), 14)
    ahead = table.origins[:, None] + np.arange(1, 15)
    actual = panel.sales[:, ahead]
    small = np.nanmean(panel.sales[:, :500], axis=1) < np.median(panel.sales[:, :500].mean(axis=1))
    for level in (0.75, 0.95):
        quantile = table.quantiles[..., list(table.levels).index(level)]
        cover = np.clip(quantile - actual + 0.5, 0.0, 1.0)
        for part in (cover[small], cover[~small], cover[:, :, 0], cover[:, :, 13]):
            assert part.mean() == pytest.approx(level, abs=0.025)


def test_a_shop_closed_on_sundays_is_as_well_covered_on_mondays_as_one_that_never_closes() -> None:
    rng = np.random.default_rng(3)
    sales = rng.poisson(np.geomspace(0.3, 30.0, 150)[:, None], (150, 700)).astype(float)
    closed = np.zeros(sales.shape)
    closed[:, 6::7] = 1.0  # the panel begins on a Monday
    panel = panel_of(np.where(closed > 0, 0.0, sales), known={"closed": closed})
    table = ExponentialSmoothing().fit(panel.until(499), 7).roll(panel, np.arange(500, 690), 7)
    shut = closed[:, table.origins[:, None] + np.arange(1, 8)] > 0
    actual = panel.sales[:, table.origins[:, None] + np.arange(1, 8)]
    level = list(table.levels).index(0.95)
    slow = np.arange(150) < 40
    for quantile in (table.sum_quantiles[:, :, :1, level], table.quantiles[:, :, :1, level]):
        cover = np.clip(quantile - actual[:, :, :1] + 0.5, 0.0, 1.0)
        assert cover[slow][~shut[slow][:, :, :1]].mean() == pytest.approx(0.95, abs=0.02)
        assert (quantile[shut[:, :, :1]] == 0).all()
    assert (table.std[shut] == 0).all()
    assert (table.quantiles[shut] == 0).all()


def test_the_quantile_of_a_sum_never_falls_with_one_more_period_nor_jumps_with_volume() -> None:
    panel = negative_binomial(80, 700, seed=6)
    fitted = ExponentialSmoothing().fit(panel.until(499), 14).fitted
    table = fitted.roll(panel, np.arange(500, 686), 14)
    assert (np.diff(table.sum_quantiles, axis=2) >= 0).all()
    assert isinstance(fitted, CalibratedForecaster)
    volumes = np.linspace(0.02, 60.0, 6000)
    point = PointForecast(volumes[:, None, None] * np.ones((1, 1, 14)))
    unknown = np.full(len(volumes), len(panel.item_ids))
    quantiles = fitted.errors.spread_out(point, unknown, np.array(LEVELS))[3][:, 0, 13]
    steps = np.diff(quantiles[:, LEVELS.index(0.95)])
    assert steps.min() > 0
    assert steps.max() < 14 * (volumes[1] - volumes[0]) * 4.0


def test_in_a_small_shop_the_first_sales_of_a_season_widen_no_other_item_s_band() -> None:
    rng, weeks = np.random.default_rng(5), np.arange(135)
    season = (weeks % 52 >= 15) & (weeks % 52 <= 40)
    sales = np.vstack([rng.poisson(20.0, (10, 135)), rng.poisson(60.0 * season, (10, 135))])
    panel = panel_of(sales.astype(float), frequency="W-MON")
    table = ExponentialSmoothing().fit(panel, 4).roll(panel, np.array([134]), 4)
    high = table.sum_quantiles[:10, 0, 3, LEVELS.index(0.95)]
    assert high.min() > 80.0  # of four weeks of 20: 95
    assert np.median(high) < 110.0
    assert high.max() < 150.0


def test_few_errors_of_one_size_stand_together() -> None:
    panel = negative_binomial(12, 80, seed=3)
    fitted = ExponentialSmoothing().fit(panel, 7).fitted
    assert isinstance(fitted, CalibratedForecaster)
    assert len(fitted.errors.centres) == 1


@pytest.mark.parametrize("kind", [Naive, SeasonalNaive])
def test_a_repeated_sale_of_nothing_is_no_sign_of_small_errors(
    kind: type[Naive | SeasonalNaive],
) -> None:
    rng = np.random.default_rng(0)
    sells = rng.random((60, 700)) < rng.uniform(0.02, 0.3, 60)[:, None]
    sales = np.where(sells, 1.0 + rng.poisson(6, (60, 700)), 0.0)
    panel, origins, level = panel_of(sales), np.arange(550, 690), LEVELS.index(0.95)
    table = kind().fit(panel.until(549), 14).fitted.roll(panel, origins, 7)
    high = table.sum_quantiles[:, :, 6, level]
    came = np.stack([sales[:, o + 1 : o + 8].sum(axis=1) for o in origins], axis=1)
    assert 0.92 < (came <= high).mean() < 0.975
    usual = np.maximum(np.quantile(came, 0.95, axis=1), 1.0)
    assert np.median(high.mean(axis=1) / usual) < 3.0  # 13 where nothing was sold "surely"
