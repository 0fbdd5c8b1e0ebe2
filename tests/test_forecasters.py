"""What every forecaster in the folder promises, whatever its name."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from replenish.data.panel import Panel
from replenish.errors import InputError
from replenish.forecasting.files import load_forecaster, save_forecaster
from replenish.forecasting.forecast import ForecastTable
from replenish.forecasting.point import Seen
from replenish.plugins import load_plugin, plugin_names
from tests.forecast_panels import panel_of, shop
from tests.quick_forecasters import NETWORKS, QUICK

NAMES = plugin_names("forecasters")
HORIZON = 14


def make(name: str) -> Any:
    return load_plugin("forecasters", name)(**QUICK.get(name, {}))


@cache
def fitted_on_shop(name: str) -> Any:
    return make(name).fit(shop().until(349), HORIZON)


def expect_usable(table: ForecastTable) -> None:
    for values in (table.mean, table.std, table.sum_std, table.sum_quantiles):
        assert np.isfinite(values).all()
        assert (values >= 0).all()
    assert (np.diff(table.sum_quantiles, axis=3) >= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_forecasts_are_finite_never_negative_and_rise_with_the_level(name: str) -> None:
    table = fitted_on_shop(name).roll(shop(), np.arange(350, 400), HORIZON)
    assert table.mean.shape == (12, 50, HORIZON)
    expect_usable(table)


@pytest.mark.parametrize("name", NAMES)
def test_how_far_one_looks_changes_nothing_on_the_way(name: str) -> None:
    origins = np.array([352, 380, 405])
    far, near = (fitted_on_shop(name).roll(shop(), origins, steps) for steps in (HORIZON, 1))
    for part in ("mean", "std", "sum_std", "sum_quantiles"):
        whole = getattr(far, part)[:, :, :1]
        np.testing.assert_allclose(getattr(near, part), whole, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_forecaster_forecasts_the_same(name: str, tmp_path: Path) -> None:
    origins = np.array([349, 360, 405])
    fitted = fitted_on_shop(name)
    save_forecaster(fitted.fitted, tmp_path / "forecaster")
    table = load_forecaster(tmp_path / "forecaster").roll(shop(), origins, HORIZON)
    expected = fitted.roll(shop(), origins, HORIZON)
    np.testing.assert_array_equal(table.mean, expected.mean)
    np.testing.assert_array_equal(table.sum_quantiles, expected.sum_quantiles)
    np.testing.assert_array_equal(table.fitted_until, [349, 349, 349])
    np.testing.assert_array_equal(expected.fitted_until, [349, 349, 349])


@pytest.mark.parametrize("name", NAMES)
def test_items_are_known_by_their_name_and_not_by_their_row(name: str) -> None:
    some = np.array([7, 2, 11])
    whole = fitted_on_shop(name).roll(shop(), np.array([380]), HORIZON)
    part = fitted_on_shop(name).roll(shop().take(some), np.array([380]), HORIZON)
    np.testing.assert_allclose(part.mean, whole.mean[some], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(part.sum_std, whole.sum_std[some], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_item_is_forecast_from_its_own_sales(name: str) -> None:
    panel = shop()
    stranger = Panel(
        ("stranger",),
        panel.dates,
        np.full((1, panel.n_periods), 40.0),
        np.zeros((1, panel.n_periods), dtype=bool),
        {"promotion": np.zeros((1, panel.n_periods)), "price": np.ones((1, panel.n_periods))},
    )
    table = fitted_on_shop(name).roll(stranger, np.array([400]), HORIZON)
    expect_usable(table)
    assert table.mean.mean() == pytest.approx(40.0, rel=0.25)


@pytest.mark.parametrize("name", NAMES)
def test_items_without_sales_or_history_get_a_forecast(name: str) -> None:
    sales = shop(6, 200).sales.copy()
    sales[0], sales[1], sales[2, :-5] = 0.0, np.nan, np.nan
    panel = panel_of(sales)
    fitted = make(name).fit(panel.until(179), HORIZON)
    table = fitted.roll(panel, np.array([0, 150, 199]), HORIZON, in_sample=True)
    expect_usable(table)
    assert (table.mean[0, -1] < 0.3).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_constant_series_is_forecast_by_its_constant(name: str) -> None:
    if name in NETWORKS:
        pytest.skip("a network learns a constant only roughly; see test_forecast_network.py")
    panel = panel_of(np.full((3, 300), 5.0))
    table = make(name).fit(panel.until(249), 7).roll(panel, np.array([260, 299]), 7)
    np.testing.assert_allclose(table.mean, 5.0, rtol=1e-3)
    np.testing.assert_allclose(table.sum_quantiles[:, :, 6], 35.0, rtol=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_a_horizon_longer_than_the_history_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="horizon is 30 periods, the history has 20"):
        make(name).fit(shop(3, 20), 30)


@pytest.mark.parametrize("name", NAMES)
def test_a_horizon_longer_than_that_of_fitting_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="fitted for 1 to 14"):
        fitted_on_shop(name).roll(shop(), np.array([400]), 15)


@pytest.mark.parametrize("name", NAMES)
def test_a_short_history_is_enough(name: str) -> None:
    panel = shop(4, 24)
    expect_usable(make(name).fit(panel, 10).roll(panel, np.array([0, 23]), 10, in_sample=True))


@pytest.mark.parametrize("name", NAMES)
def test_weekly_sales_are_forecast_too(name: str) -> None:
    rng = np.random.default_rng(3)
    panel = panel_of(rng.poisson(8.0, (5, 160)).astype(float), frequency="W-MON")
    table = make(name).fit(panel.until(139), 6).roll(panel, np.array([140, 150]), 6)
    expect_usable(table)
    assert table.mean.mean() == pytest.approx(8.0, rel=0.3)


@pytest.mark.parametrize("name", NAMES)
def test_sales_of_another_frequency_are_refused(name: str) -> None:
    weekly = panel_of(np.ones((1, 60)), frequency="W-MON")
    with pytest.raises(InputError, match="frequency 'W-MON'"):
        fitted_on_shop(name).roll(weekly, np.array([50]), 4)


def test_the_end_of_fitting_is_told_in_the_periods_of_the_panel_at_hand() -> None:
    late = panel_of(shop(12, 100).sales, start="2021-06-07")
    table = fitted_on_shop("seasonal_naive").roll(late, np.array([99]), 3, in_sample=True)
    assert table.fitted_until[0] == (shop().dates[349] - late.dates[0]).days
    after = panel_of(shop(12, 30).sales, start="2022-03-07")
    number = fitted_on_shop("seasonal_naive").roll(after, np.array([29]), 3).fitted_until[0]
    assert number == -(after.dates[0] - shop().dates[349]).days


@pytest.mark.parametrize("broken", ["missing", "changed", "kind", "text"])
def test_a_broken_saved_forecaster_is_refused_in_a_line(broken: str, tmp_path: Path) -> None:
    save_forecaster(fitted_on_shop("exponential_smoothing").fitted, tmp_path)
    description = tmp_path / "forecaster.json"
    if broken == "missing":
        (tmp_path / "arrays.npz").unlink()
    elif broken == "changed":
        (tmp_path / "arrays.npz").write_bytes(b"something else")
    elif broken == "kind":
        text = description.read_text().replace("exponential_smoothing", "exponential_smooting")
        description.write_text(text)
    else:
        description.write_text('{"kind": "exponential_smoothing"}')
    with pytest.raises(InputError) as caught:
        load_forecaster(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_saved_forecaster_is_not_overwritten(tmp_path: Path) -> None:
    save_forecaster(fitted_on_shop("seasonal_naive").fitted, tmp_path)
    with pytest.raises(InputError, match="exists"):
        save_forecaster(fitted_on_shop("seasonal_naive").fitted, tmp_path)


def test_an_unfitted_forecaster_says_so() -> None:
    with pytest.raises(ValueError, match="call fit first"):
        make("seasonal_naive").roll(shop(), np.array([3]), 1)


@pytest.mark.parametrize("name", NAMES)
def test_a_forecast_from_before_the_end_of_fitting_is_refused_unless_it_is_asked_for(
    name: str,
) -> None:
    with pytest.raises(InputError, match="origin 2021-12-18 lies before 2021-12-19"):
        fitted_on_shop(name).roll(shop(), np.array([348, 380]), HORIZON)
    table = fitted_on_shop(name).roll(shop(), np.array([348, 380]), HORIZON, in_sample=True)
    assert (table.origins < table.fitted_until).tolist() == [True, False]


@pytest.mark.parametrize("name", NAMES)
def test_one_period_after_the_other_forecasts_what_all_origins_at_once_do(name: str) -> None:
    fitted, panel = fitted_on_shop(name).fitted, with_rare_and_closed_days(shop())
    origins = np.arange(352, 380)
    rolled = fitted.roll(panel, origins, HORIZON)
    standing = fitted.start(panel.until(351), 70)
    for column, origin in enumerate(origins):
        standing = fitted.step(standing, Seen.of(panel, int(origin)))
        table = fitted.forecast(standing, HORIZON)
        assert table.origins.tolist() == [origin]
        for part in ("mean", "std", "quantiles", "sum_std", "sum_quantiles"):
            got, expected = getattr(table, part)[:, 0], getattr(rolled, part)[:, column]
            np.testing.assert_allclose(got, expected, rtol=2e-5, atol=1e-5, err_msg=part)


def with_rare_and_closed_days(panel: Panel) -> Panel:
    """Return the panel with a closed day, an item never observed and a long stockout."""
    sales, censored = panel.sales.copy(), panel.censored.copy()
    sales[3] = np.nan
    sales[9, 360:370], censored[9, 360:370] = 1.0, True
    closed = np.zeros(sales.shape)
    closed[:, [200, 364, 371, 385]] = 1.0
    return replace(panel, sales=sales, censored=censored, known={**panel.known, "closed": closed})


@pytest.mark.parametrize("name", ["seasonal_naive", "exponential_smoothing", "tsb"])
def test_a_week_with_a_day_open_is_forecast_and_a_week_without_is_not(name: str) -> None:
    sales = np.random.default_rng(0).poisson(20.0, (4, 130)).astype(float)
    closed = np.full((4, 140), 6.0 / 7.0)
    closed[:, 132] = 1.0
    weeks = panel_of(sales, frequency="W-MON")
    ahead = pd.date_range(weeks.dates[-1], periods=11, freq="W-MON")[1:]
    panel = replace(weeks, known={"closed": closed}, plan_dates=ahead)
    mean = make(name).fit(panel, 4).roll(panel, np.array([129]), 4).mean[:, 0]
    assert (mean[:, [0, 1, 3]] > 5.0).all()
    assert (mean[:, 2] == 0.0).all()


def test_quantiles_are_given_at_the_levels_one_asks_for() -> None:
    fitted, origins = fitted_on_shop("exponential_smoothing"), np.array([360, 390])
    usual = fitted.roll(shop(), origins, HORIZON)
    other = fitted.roll(shop(), origins, HORIZON, np.array([0.05, 0.5, 0.93, 0.95, 0.999]))
    assert other.sum_quantiles.shape == (12, 2, HORIZON, 5)
    known = [list(usual.levels).index(level) for level in (0.05, 0.5, 0.95)]
    np.testing.assert_allclose(
        other.sum_quantiles[..., [0, 1, 3]], usual.sum_quantiles[..., known], rtol=1e-5
    )
    assert (np.diff(other.sum_quantiles, axis=3) >= 0).all()
    np.testing.assert_allclose(other.quantiles[:, :, 0], other.sum_quantiles[:, :, 0], atol=1e-5)


@pytest.mark.parametrize("name", ["exponential_smoothing", "arima"])
def test_sampled_paths_have_the_means_and_deviations_of_slow_items_too(name: str) -> None:
    table = fitted_on_shop(name).roll(shop(), np.array([390]), HORIZON)
    paths = table.samples(40_000, np.random.default_rng(0))
    assert paths.shape == (40_000, 12, 1, HORIZON)
    assert (paths >= 0).all()
    np.testing.assert_allclose(paths.mean(axis=0), table.mean, rtol=0.06, atol=0.01)
    total = paths.sum(axis=3)
    np.testing.assert_allclose(total.std(axis=0), table.sum_std[..., -1], rtol=0.06)


@pytest.mark.parametrize("levels", [[0.95, 0.5], [0.5], [], [0.0, 0.5], [0.5, 1.0], [95.0, 99.0]])
def test_levels_that_are_no_rising_probabilities_are_refused(levels: list[float]) -> None:
    with pytest.raises(ValueError, match="levels must be two or more probabilities, rising"):
        fitted_on_shop("naive").roll(shop(), np.array([380]), 7, np.array(levels))


@pytest.mark.parametrize("name", NAMES)
def test_a_walk_beyond_what_was_laid_out_is_refused(name: str) -> None:
    fitted = fitted_on_shop(name).fitted
    standing = fitted.start(shop().until(380), 5)
    with pytest.raises(ValueError, match="start with more periods"):
        fitted.forecast(standing, HORIZON)
    for period in range(381, 386):
        standing = fitted.step(standing, Seen.of(shop(), period))
    with pytest.raises(ValueError, match="start with more periods"):
        fitted.step(standing, Seen.of(shop(), 386))


def test_a_negative_sale_is_refused_by_item_and_date() -> None:
    sales = shop(3, 90).sales.copy()
    sales[1, 70] = -2.0
    panel = panel_of(sales)
    with pytest.raises(InputError, match="item 'item1' on 2021-03-15: sales are -2"):
        make("naive").fit(panel, 7)
    fitted = make("naive").fit(panel.until(60), 7)
    with pytest.raises(InputError, match="expected 0 or more"):
        fitted.roll(panel, np.array([80]), 7)


@pytest.mark.parametrize("name", ["lstm", "gradient_boosting", "linear_regression", "combination"])
def test_what_no_later_period_could_test_is_smoothing(name: str) -> None:
    panel = shop(8, 60)
    smoothing = load_plugin("forecasters", "exponential_smoothing")(alphas=(0.05,))
    expected = smoothing.fit(panel.until(44), 21).roll(panel, np.array([44, 55]), 21)
    got = make(name).fit(panel.until(44), 21).roll(panel, np.array([44, 55]), 21)
    np.testing.assert_allclose(got.mean, expected.mean, rtol=1e-4)
