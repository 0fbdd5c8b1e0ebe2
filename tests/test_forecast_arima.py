"""The fit of the ARIMA family against statsmodels, and what its forecasts promise."""

from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng
from statsmodels.tsa.statespace.sarimax import SARIMAX

from forecasters._arima import choose_orders
from forecasters._arima_errors import Series
from forecasters._arima_fit import fit_items
from forecasters._arima_order import Order, stationary
from forecasters.arima import Arima
from forecasters.sarima import Sarima
from replenish.arrays import Floats, Ints
from replenish.data.panel import Panel
from replenish.forecasting.arima import ArimaModel
from replenish.forecasting.point import rolled
from replenish.forecasting.statespace import expected, moved
from replenish.plugins import load_plugin
from tests.forecast_panels import WEEK, panel_of, shop

FAMILY = ("ar", "arma", "arima", "sarima")
KNOWN = [
    (Order(1, 0, 1), [0.8, 0.5]),
    (Order(2, 0, 0), [0.5, 0.3]),
    (Order(0, 1, 1), [0.7]),
    (Order(1, 1, 1), [0.4, 1.2]),
    (Order(1, 0, 1, 1, 0, 0, 7), [0.8, 0.4, 0.4]),
    (Order(0, 1, 1, 0, 1, 1, 7), [0.8, 1.0]),
]


def simulated(order: Order, free: list[float], seed: int, n: int = 300) -> Floats:
    """Return (2, n) of the process, with gaps."""
    rng, space = default_rng(seed), order.space(np.array([free, free]))
    state: Floats = np.zeros((space.size, 2))
    series = np.empty((2, n + 100))
    for period in range(n + 100):
        shock = rng.normal(size=2)
        series[:, period] = expected(space, state) + shock
        state[space.head :] += space.shock * shock
        state = moved(space, state)
    series = series[:, 100:]
    series[:, [50, 51, 200]] = np.nan
    series[1, 100:120] = np.nan
    return series


def series_of(values: Floats) -> Series:
    return Series(np.nan_to_num(values.T), ~np.isnan(values.T))


def reference(values: Floats, order: Order) -> Any:
    plain = (order.autoregressive, order.difference, order.moving_average)
    seasonal = (order.seasonal_autoregressive, order.seasonal_difference)
    season = order.season if order.season > 1 else 0
    return SARIMAX(
        values, order=plain, seasonal_order=(*seasonal, order.seasonal_moving_average, season)
    )


@pytest.mark.filterwarnings("ignore:Maximum Likelihood optimization failed")  # started on top
@pytest.mark.parametrize(("order", "free"), KNOWN)
def test_the_fit_is_as_likely_as_the_maximum_of_statsmodels(
    order: Order, free: list[float]
) -> None:
    values = simulated(order, free, seed=1)
    conditional = 2.0 if order.seasonal_difference else 0.5  # a season is set by 7 values alone
    for exact, allowed in ((False, conditional), (True, 1e-3)):
        fit = fit_items(order, series_of(values), shrinkage=0.0, exact=exact)
        for row in range(2):
            coefficients = [part[row] for part in order.coefficients(fit.free)]
            ours = np.array([*np.concatenate(coefficients), fit.variance[row]])
            model = reference(values[row], order)
            best = model.fit(start_params=ours, maxiter=500, disp=False).llf
            assert model.loglike(ours) > best - allowed


def test_an_item_with_little_to_say_leans_on_the_others() -> None:
    order = Order(1, 0, 0)
    values = np.concatenate([simulated(order, [0.9], seed) for seed in range(6)])
    values[0, 20:] = np.nan
    free = fit_items(order, series_of(values), shrinkage=0.0)
    leaning = fit_items(order, series_of(values), shrinkage=1e6)
    np.testing.assert_allclose(leaning.free, leaning.pooled[None] + np.zeros((12, 1)), atol=1e-3)
    shrunk = fit_items(order, series_of(values), shrinkage=30.0)
    before, after = (np.abs(fit.free - fit.pooled)[:, 0] for fit in (free, shrunk))
    assert after[0] < 0.6 * before[0]
    assert (after[1:] > 0.6 * before[1:]).sum() > 8


@pytest.mark.parametrize("lags", [1, 2, 3, 7])
def test_every_coefficient_is_stationary(lags: int) -> None:
    partial = np.tanh(default_rng(lags).normal(scale=3.0, size=(200, lags)))
    for phi in stationary(np.clip(partial, -0.999, 0.999)):
        assert (np.abs(np.roots([1.0, *-phi])) < 1.0).all()


def test_the_order_that_made_the_sales_is_chosen() -> None:
    orders = (Order(0, 0, 0), Order(1, 0, 0), Order(1, 0, 0, 1, 0, 0, 7), Order(0, 1, 1))
    makers = [(Order(1, 0, 0), [0.7]), (Order(1, 0, 0, 1, 0, 0, 7), [0.5, 0.6]), (orders[3], [0.5])]
    values = np.concatenate([simulated(order, free, 3, 800) for order, free in makers])
    chosen: dict[int, Order] = {}
    for rows, order in choose_orders(series_of(values), orders, shrinkage=0.0):
        chosen |= dict.fromkeys(rows.tolist(), order)
    assert [chosen[row] for row in range(6)] == [o for o, _ in makers for _ in range(2)]


@pytest.mark.parametrize("kind", [Arima, Sarima])
def test_every_item_may_have_an_order_of_its_own(kind: type[Arima | Sarima]) -> None:
    orders = (Order(2, 0, 0, 1, 0, 0, 7), Order(0, 0, 1), Order(1, 0, 1))
    free: tuple[list[float], ...] = ([0.3, 1.5, 0.8], [0.3], [1.6, -0.6])
    rows = [simulated(order, f, 5, 500) for order, f in zip(orders, free, strict=True)]
    fitted = kind(order="auto", difference=0)._train(panel_of(40.0 + np.concatenate(rows)), 7)
    lags = np.concatenate([fitted.autoregressive, fitted.seasonal_autoregressive], axis=1)
    patterns = {tuple(row != 0.0) for row in lags[:-1]}
    assert len(patterns) > 1
    np.testing.assert_array_equal(fitted.difference, 0)


@pytest.fixture(scope="module", params=FAMILY)
def model(request: pytest.FixtureRequest) -> ArimaModel:
    past = shop(6, 300).until(239)
    return load_plugin("forecasters", request.param)()._train(past, 7)  # type: ignore[no-any-return]


def stranger_and_gaps() -> Panel:
    """Return a panel with an unknown item, closed days, a late start and a long gap."""
    panel = shop(6, 300)
    sales = panel.sales.copy()
    sales[2, :100], sales[3, 200:230] = np.nan, np.nan
    known = {**panel.known, "closed": np.zeros(sales.shape)}
    known["closed"][:, 90:93] = 1.0
    names = ("stranger", *panel.item_ids[1:])
    return Panel(names, panel.dates, sales, panel.censored, known, frequency="D")


def test_all_origins_at_once_are_a_chain_of_steps_to_the_last_bit(model: ArimaModel) -> None:
    panel, origins = stranger_and_gaps(), np.array([0, 3, 92, 150, 229, 231, 290])
    once, chain = model.predict(panel, origins, 7), rolled(model, panel, origins, 7)
    np.testing.assert_array_equal(once.mean, chain.mean)
    assert once.spread is not None
    np.testing.assert_array_equal(once.spread, np.asarray(chain.spread))
    if model.difference[3]:  # a level that wanders, and 30 periods of which nothing is known
        assert (once.spread[3, 4] > once.spread[3, 3]).all()


def test_a_promotion_that_is_planned_is_in_the_forecast() -> None:
    rng = default_rng(5)
    promotion = (rng.random((4, 500)) < 0.1).astype(float)
    mean = 20.0 * np.tile(WEEK, 72)[:500] + 30.0 * promotion
    panel = panel_of(rng.poisson(mean).astype(float), known={"promotion": promotion})
    table = Arima().fit(panel.until(399), 14).roll(panel, np.arange(400, 486), 14)
    ahead: Ints = table.origins[:, None] + np.arange(1, 15)
    np.testing.assert_allclose(table.mean.mean(axis=1), mean[:, ahead].mean(axis=1), rtol=0.1)
    lift = table.mean[promotion[:, ahead] > 0].mean() - table.mean[promotion[:, ahead] == 0].mean()
    assert lift == pytest.approx(30.0, rel=0.15)


def test_after_a_long_gap_the_band_is_wider() -> None:
    sales = default_rng(0).poisson(20.0, (6, 500)).astype(float)
    level = np.cumsum(default_rng(1).normal(size=(6, 500)), axis=1)
    sales = np.maximum(sales + level, 0.0)
    whole = panel_of(sales)
    gappy = sales.copy()
    gappy[:, 430:450] = np.nan
    fitted = Arima().fit(whole.until(399), 7)
    usual = fitted.roll(whole, np.array([449]), 7).sum_std[:, 0, 6]
    after = fitted.roll(panel_of(gappy), np.array([449]), 7).sum_std[:, 0, 6]
    assert (after > 1.05 * usual).all()


def test_a_season_that_changes_is_followed_by_seasonal_differences() -> None:
    """The week turns round half way; regressors keep the old one, differences learn the new."""
    week = np.tile(WEEK, 60)[:420]
    mean = 30.0 * np.where(np.arange(420) < 210, week, week[::-1])
    panel = panel_of(default_rng(2).poisson(np.repeat(mean[None], 4, axis=0)).astype(float))
    origins = np.arange(390, 413)
    ahead = mean[origins[:, None] + np.arange(1, 8)]
    kinds = {"fixed": Arima(), "moving": Sarima(autoregressive=0, seasonal_difference=1)}
    errors = {}
    for name, forecaster in kinds.items():
        table = forecaster.fit(panel.until(379), 7).roll(panel, origins, 7)
        errors[name] = float(np.abs(table.mean - ahead).mean())
    assert errors["moving"] < 0.6 * errors["fixed"]


def test_a_season_of_weeks_is_left_to_the_waves_of_the_year() -> None:
    sales = default_rng(0).poisson(9.0, (3, 220)).astype(float)
    fitted = Sarima()._train(panel_of(sales, frequency="W-MON"), 8)
    assert fitted.season == 1
    assert fitted.seasonal_autoregressive.shape[1] == 0
    assert fitted.regressors.harmonics == 2
