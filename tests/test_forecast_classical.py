"""Trends, seasons and rare demand against textbooks, statsmodels and known truths."""

from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.holtwinters import ExponentialSmoothing as Reference
from statsmodels.tsa.seasonal import STL

from forecasters._grid import squared_errors
from forecasters._stl import decomposed, last_profile, without_gaps
from forecasters.double_exponential_smoothing import DoubleExponentialSmoothing
from forecasters.exponential_smoothing import ExponentialSmoothing
from forecasters.exponential_trend import ExponentialTrend
from forecasters.holt_winters import HoltWinters
from forecasters.linear_trend import LinearTrend
from forecasters.tsb import Tsb
from replenish.arrays import Floats
from replenish.data.panel import Panel
from replenish.forecasting.damped_trend import DampedTrendModel, TrendingLevel
from replenish.forecasting.holt_winters import SeasonalLevel
from replenish.forecasting.intermittent import CrostonModel, Demands, TsbModel
from replenish.forecasting.time_trend import STEADY, TimeTrendModel
from replenish.forecasting.walking import Damping, Walker
from tests.forecast_panels import WEEK, panel_of

STEPS = np.arange(1, 15)


def walked(state: Any, sales: Floats) -> Any:
    """Return where one row stands after these (T,) sales."""
    for value in sales:
        state = state.after(np.array([value]))
    return state


def flat_model(kind: Any, constants: list[float], level: float, *more: Any) -> Any:
    """Return a model of one item without a season."""
    rows = np.tile(constants, (2, 1))
    return kind(("a",), rows, np.ones((2, 1)), np.full(2, level), *more)


def begun(model: Any, periods: int = 500) -> Walker:
    state: Walker = model.begin(np.array([0]), np.zeros(periods, dtype=int))
    return state


def rmse(forecaster: Any, panel: Panel, cut: int, horizon: int = 14) -> float:
    origins = np.arange(cut, panel.n_periods - horizon)
    table = forecaster.fit(panel.until(cut), horizon).roll(panel, origins, horizon)
    actual = panel.sales[:, origins[:, None] + np.arange(1, horizon + 1)]
    return float(np.sqrt(((table.mean - actual) ** 2).mean()))


def test_the_damped_trend_is_that_of_statsmodels() -> None:
    sales = np.random.default_rng(2).poisson(np.linspace(20.0, 60.0, 120)).astype(float)
    state = TrendingLevel(
        0, np.array([18.0]), np.array([0.5]), np.array([np.inf]), np.array([[0.2], [0.1], [0.9]]),
        Damping.of(np.array([0.9])), np.ones((1, 1)), np.zeros(200, dtype=int),
    )  # fmt: skip
    reference = Reference(
        sales, trend="add", damped_trend=True, initialization_method="known",
        initial_level=18.0, initial_trend=0.5,
    ).fit(smoothing_level=0.2, smoothing_trend=0.1, damping_trend=0.9, optimized=False)  # fmt: skip
    after = walked(state, sales)
    np.testing.assert_allclose(after.level, reference.level[-1], rtol=1e-10)
    np.testing.assert_allclose(after.expected(STEPS)[0], reference.forecast(14), rtol=1e-10)


@pytest.mark.parametrize("season", ["mul", "add"])
def test_holt_winters_is_that_of_statsmodels(season: str) -> None:
    rng, additive = np.random.default_rng(3), season == "add"
    sales = rng.poisson(np.linspace(30.0, 60.0, 140) * np.tile(WEEK, 20)).astype(float)
    start = 30.0 * (WEEK - 1.0) if additive else WEEK
    state = SeasonalLevel(
        0, np.array([30.0]), np.array([0.3]), start[:, None], np.array([1000.0]),
        np.array([[0.15], [0.08], [0.95], [0.1]]), Damping.of(np.array([0.95])),
        np.arange(200) % 7, additive,
    )  # fmt: skip
    reference = Reference(
        sales, trend="add", damped_trend=True, seasonal=season, seasonal_periods=7,
        initialization_method="known", initial_level=30.0, initial_trend=0.3,
        initial_seasonal=start,
    ).fit(
        smoothing_level=0.15, smoothing_trend=0.08, smoothing_seasonal=0.1, damping_trend=0.95,
        optimized=False,
    )  # fmt: skip
    after = walked(state, sales)
    np.testing.assert_allclose(after.level, reference.level[-1], rtol=1e-10)
    there = STEPS % 7 > 0  # statsmodels forgets what the very last period taught of its place
    expected, told = after.expected(STEPS)[0], reference.forecast(14)
    np.testing.assert_allclose(expected[there], told[there], rtol=1e-10)


def test_in_a_gap_time_goes_on_and_nothing_is_learnt() -> None:
    state = walked(begun(flat_model(DampedTrendModel, [0.3, 0.3, 0.9], 5.0)), np.arange(9.0, 40.0))
    waited = walked(state, np.full(4, np.nan))
    np.testing.assert_allclose(waited.expected(STEPS[:8]), state.expected(STEPS)[:, 4:12])


def test_a_trend_is_followed_further_than_by_simple_smoothing() -> None:
    rng = np.random.default_rng(4)
    mean = np.linspace(10.0, 90.0, 400) + 5.0 * np.sin(np.arange(400) / 60.0)
    panel = panel_of(rng.normal(mean, 3.0, (20, 400)))
    simple = rmse(ExponentialSmoothing(), panel, 299)
    assert rmse(DoubleExponentialSmoothing(), panel, 299) < 0.9 * simple
    assert rmse(LinearTrend(), panel, 299) < 0.9 * simple


@pytest.mark.parametrize("forecaster", [DoubleExponentialSmoothing(), HoltWinters(), LinearTrend()])
def test_where_there_is_no_trend_none_is_seen(forecaster: Any) -> None:
    sales = np.random.default_rng(5).poisson(6.0, (20, 400)).astype(float)
    panel = panel_of(sales)
    assert rmse(forecaster, panel, 299) < 1.01 * rmse(ExponentialSmoothing(), panel, 299)


def test_a_season_that_changes_is_learnt_on() -> None:
    rng, share = np.random.default_rng(6), np.linspace(0.0, 1.0, 560)[:, None]
    week = np.tile(WEEK, 80) * (1 - share[:, 0]) + np.tile(WEEK[::-1], 80) * share[:, 0]
    panel = panel_of(rng.poisson(40.0 * week, (10, 560)).astype(float))
    steady = rmse(ExponentialSmoothing(), panel, 449)
    for season in ("multiplicative", "additive"):
        assert rmse(HoltWinters(season), panel, 449) < 0.8 * steady


def test_the_line_is_that_of_discounted_least_squares() -> None:
    keep, rng = 0.97, np.random.default_rng(7)
    sales = rng.normal(np.linspace(20.0, 35.0, 90), 3.0)
    sales[[10, 50, 88]] = np.nan
    state = walked(begun(flat_model(TimeTrendModel, [keep, 1.0], 20.0)), sales)
    known = np.flatnonzero(~np.isnan(sales))
    weight, when = keep ** (89 - known), known - 89.0
    # the level of the start, 20 units, counts for 0.05 periods just before the first
    weight, when = np.append(weight, 0.05 * keep**90), np.append(when, -90.0)
    values = np.append(sales[known], 20.0)
    x, z = np.average(when, weights=weight), np.average(values, weights=weight)
    spread = (weight * (when - x) ** 2).sum() + STEADY
    along = (weight * (when - x) * (values - z)).sum()
    rest = (weight * (values - z) ** 2).sum() - along**2 / spread
    slope = along / spread * (1.0 - rest / weight.sum() / (along**2 / spread))
    level, found = state.fitted()
    np.testing.assert_allclose((level[0], found[0]), (z - slope * x, slope), rtol=1e-10)


def test_a_log_is_brought_back_to_units_without_bias() -> None:
    rng = np.random.default_rng(8)
    wander = np.exp(np.cumsum(rng.normal(0.0, 0.005, (60, 700)), axis=1))
    mean = 8.0 * np.exp(rng.normal(0.0, 0.5, (60, 1))) * wander
    sales = rng.poisson(rng.gamma(1.2, mean / 1.2)).astype(float)
    origins = np.arange(450, 686)
    fitted = ExponentialTrend().fit(panel_of(sales).until(449), 14)
    forecast = fitted.roll(panel_of(sales), origins, 14).mean
    ahead = origins[:, None] + STEPS
    assert abs(forecast.sum() / mean[:, ahead].sum() - 1.0) < 0.02
    uncorrected = np.expm1(np.log1p(sales).mean(axis=1)) / sales.mean(axis=1)
    assert uncorrected.mean() < 0.8  # the bias that there is to correct


@pytest.mark.parametrize("logarithmic", [False, True])
def test_no_growth_goes_on_for_ever(logarithmic: bool) -> None:
    model = flat_model(TimeTrendModel, [0.98, 1.0], 1.0, logarithmic)
    state = walked(begun(model), 1.1 ** np.arange(100))
    far = state.expected(np.array([1, 400]))[0]
    assert far[0] < far[1] <= 2.0 * far[0]


def test_croston_and_its_correction_give_the_textbook_numbers() -> None:
    sales = np.array([0, 0, 6, 0, np.nan, 3, 9.0])  # intervals 3, 2 (the gap says nothing), 1
    start = Demands(
        0, np.array([4.0]), np.array([2.0]), np.zeros(1), np.array([np.inf]), np.array([0.2]),
        np.ones((1, 1)), np.zeros(30, dtype=int), corrected=False,
    )  # fmt: skip
    state = walked(start, sales)
    size = ((4 * 0.8 + 6 * 0.2) * 0.8 + 3 * 0.2) * 0.8 + 9 * 0.2
    interval = ((2 * 0.8 + 3 * 0.2) * 0.8 + 2 * 0.2) * 0.8 + 1 * 0.2
    np.testing.assert_allclose(state.expected(STEPS), size / interval)
    corrected = flat_model(CrostonModel, [0.2, 1.0], 5.0, np.full(2, 4.0), True)
    np.testing.assert_allclose(begun(corrected).expected(STEPS), 5.0 * (1 - 0.2 / 2))


def test_the_correction_takes_off_what_croston_has_too_much() -> None:
    rng = np.random.default_rng(9)
    sales = np.where(rng.random((300, 300)) < 0.15, rng.poisson(4.0, (300, 300)) + 1.0, 0.0)
    bias = []
    for corrected in (False, True):
        rows = np.tile([0.2, 1.0], (301, 1))
        model = CrostonModel(
            tuple(f"item{row}" for row in range(300)), rows, np.ones((301, 1)),
            np.full(301, 0.75), np.full(301, 6.7), corrected,
        )  # fmt: skip
        mean = model.predict(panel_of(sales), np.arange(100, 299), 1).mean
        bias.append(float(mean.mean() / (0.15 * 5.0) - 1.0))
    assert bias[0] > 0.06
    assert abs(bias[1]) < 0.03


def test_tsb_falls_when_nothing_is_sold() -> None:
    state: Any = begun(flat_model(TsbModel, [0.1, 0.05, 1.0], 2.0, np.full(2, 2.0)))
    state = walked(state, np.tile([0.0, 4.0], 40))
    before = state.expected(STEPS)[0, 0]
    later = walked(state, np.zeros(30)).expected(STEPS)
    np.testing.assert_allclose(later, before * 0.95**30)
    chance = state.chance[0]
    np.testing.assert_allclose(walked(state, np.array([8.0])).chance, chance + 0.05 * (1 - chance))
    np.testing.assert_allclose(walked(state, np.array([8.0])).size, 4.0 + 0.1 * (8.0 - 4.0))


def test_an_item_that_died_is_given_up() -> None:
    rng = np.random.default_rng(10)
    sales = rng.poisson(0.4, (8, 500)).astype(float)
    sales[0, 300:] = 0.0
    table = Tsb().fit(panel_of(sales).until(399), 14).roll(panel_of(sales), np.array([499]), 14)
    assert table.mean[0].max() < 0.05
    assert table.mean[1:].mean() == pytest.approx(0.4, rel=0.3)


def test_seasons_are_split_off_as_by_statsmodels() -> None:
    sales = np.random.default_rng(11).poisson(20.0 * np.tile(WEEK, 60)).astype(float)
    season, trend = decomposed(sales, 7, 13)
    reference = STL(sales, period=7, seasonal=13).fit(inner_iter=2)
    np.testing.assert_allclose(season, reference.seasonal, atol=0.2)
    np.testing.assert_allclose(trend, reference.trend, atol=0.2)


def test_the_last_profile_is_that_of_the_last_weeks() -> None:
    sales = 200.0 * np.concatenate([np.tile(WEEK[::-1], 40), np.tile(WEEK, 20)])[None]
    sales[0, [100, 415]] = np.nan
    index = last_profile(panel_of(sales), 7, 1.0)
    np.testing.assert_allclose(index, np.tile(WEEK, (2, 1)), atol=0.05)


def test_gaps_are_drawn_through_what_the_season_leaves() -> None:
    sales = np.array([[np.nan, 4.0, np.nan, np.nan, 10.0], np.full(5, np.nan)])
    index = np.array([[1.0, 1.0, 2.0, 1.0, 1.0]] * 2)
    expected = np.array([[4.0, 4.0, 12.0, 8.0, 10.0], [0.0] * 5])
    np.testing.assert_allclose(without_gaps(sales, index), expected)


def test_candidates_that_walk_together_err_as_each_alone() -> None:
    rng = np.random.default_rng(12)
    panel = panel_of(rng.poisson(5.0 * np.tile(WEEK, 10), (4, 70)).astype(float))
    grid = np.array([[0.1, 0.0, 0.9], [0.3, 0.2, 0.9], [0.3, 0.2, 0.98]])
    rows, index = np.zeros((5, 3)), np.tile(WEEK, (5, 1))
    model = DampedTrendModel(panel.item_ids, rows, index, np.full(5, 4.0))
    together, _ = squared_errors(model, grid, panel, np.array([1, 3]))
    for column, constants in enumerate(grid):
        alone = DampedTrendModel(panel.item_ids, np.tile(constants, (5, 1)), index, model.level)
        total = np.zeros(4)
        state = alone.start(panel, 80)
        for period in range(70):
            for step in (1, 3):
                if 70 // 3 < period + step <= 70:  # the first third is not judged
                    missed = panel.sales[:, period + step - 1] - state.expected(np.array([step])).T
                    total += missed[0] ** 2 / 2
            state = state.after(panel.sales[:, period])
        np.testing.assert_allclose(together[:, column], total, rtol=1e-12)


def test_a_short_memory_survives_a_long_silence() -> None:
    sales = np.full((2, 1600), np.nan)
    sales[0], sales[1, 1500:] = 4.0, 6.0
    fitted = LinearTrend(half_lives=(1,)).fit(panel_of(sales), 7)
    table = fitted.roll(panel_of(sales), np.array([1400, 1599]), 7, in_sample=True)
    assert np.isfinite(table.mean).all()
    np.testing.assert_allclose(table.mean[1, 1], 6.0, rtol=0.05)
