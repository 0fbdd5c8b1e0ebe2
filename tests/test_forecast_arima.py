"""The state space and the fit against statsmodels."""

from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

from forecasters._least_squares import Order, mean_square, search
from forecasters.arima import Arima
from replenish.arrays import Floats, Ints
from replenish.forecasting.statespace import arima, filter_rows, forecast
from tests.forecast_panels import WEEK, panel_of

ORDERS = [(1, 0, 1), (0, 1, 1), (1, 1, 1), (1, 0, 0), (0, 0, 1)]
ORIGINS = np.array([5, 60, 61, 90, 119])


def simulated(seed: int, phi: float, theta: float, difference: int, n: int = 120) -> Floats:
    shocks = np.random.default_rng(seed).normal(size=n + 1)
    arma = np.zeros(n + 1)
    for t in range(1, n + 1):
        arma[t] = phi * arma[t - 1] + shocks[t] + theta * shocks[t - 1]
    return np.cumsum(arma[1:]) if difference else arma[1:]


def reference(series: Floats, order: tuple[int, int, int], parameters: Floats) -> Any:
    model = SARIMAX(series, order=order, trend="n", concentrate_scale=False)
    return model.filter(parameters)


def with_gaps(series: Floats) -> Floats:
    gappy = series.copy()
    gappy[[3, 40, 41, 42, 61, 100]] = np.nan
    return gappy


@pytest.mark.parametrize("order", ORDERS)
def test_forecasts_from_every_origin_are_those_of_statsmodels(order: tuple[int, int, int]) -> None:
    p, d, q = order
    phi, theta = np.array([0.6, -0.2]) * p, np.array([-0.5, 0.4]) * q
    variance = np.array([1.3, 0.4])
    rows = np.stack([with_gaps(simulated(row, phi[row], theta[row], d)) for row in range(2)])
    space = arima(phi, theta, variance, d)
    mean, spread, _ = forecast(space, filter_rows(space, rows, ORIGINS), 14)
    for row in range(2):
        named = [phi[row]] * p + [theta[row]] * q + [variance[row]]
        whole = reference(rows[row, : ORIGINS[0] + 1], order, np.array(named))
        for column, origin in enumerate(ORIGINS):
            expected = whole.apply(rows[row, : origin + 1]).get_forecast(14)
            np.testing.assert_allclose(mean[row, column], expected.predicted_mean, atol=1e-8)
            np.testing.assert_allclose(spread[row, column], expected.var_pred_mean, rtol=1e-8)


def test_the_variance_of_a_sum_is_that_of_simulated_sums() -> None:
    space = arima(np.array([0.7]), np.array([0.2]), np.array([1.0]), 0)
    settled = filter_rows(space, np.zeros((1, 200)), np.array([199]))
    sums = forecast(space, settled, 5)[2][0, 0]
    weights = np.cumsum(np.concatenate([[1.0], 0.9 * 0.7 ** np.arange(4)]))  # of each shock
    expected = np.cumsum(weights**2)
    np.testing.assert_allclose(sums, expected, rtol=1e-9)


@pytest.mark.parametrize(("order", "phi", "theta"), [((1, 0, 1), 0.8, -0.4), ((0, 1, 1), 0, -0.7)])
def test_the_fit_is_as_likely_as_that_of_statsmodels(
    order: tuple[int, int, int], phi: float, theta: float
) -> None:
    p, d, q = order
    rows = np.stack([simulated(seed, phi, theta, d, 600) for seed in range(3)])
    seen = np.ones(rows.shape, dtype=bool)
    found, _ = search(rows, seen, Order(p, d, q), shrinkage=0.0)
    variance = mean_square(rows, seen, found[:, :1], found[:, 1:], d)[:, 0]
    for row in range(3):
        model = SARIMAX(rows[row], order=order, trend="n")
        named = [found[row, 0]] * p + [found[row, 1]] * q + [variance[row]]
        best = model.fit(disp=False).llf
        assert model.loglike(np.array(named)) > best - 0.5


def test_a_promotion_that_is_planned_is_in_the_forecast() -> None:
    rng = np.random.default_rng(5)
    promotion = (rng.random((4, 500)) < 0.1).astype(float)
    mean = 20.0 * np.tile(WEEK, 72)[:500] + 30.0 * promotion
    panel = panel_of(rng.poisson(mean).astype(float), known={"promotion": promotion})
    table = Arima().fit(panel.until(399), 14).roll(panel, np.arange(400, 486), 14)
    ahead: Ints = table.origins[:, None] + np.arange(1, 15)
    np.testing.assert_allclose(table.mean.mean(axis=1), mean[:, ahead].mean(axis=1), rtol=0.1)
    lift = table.mean[promotion[:, ahead] > 0].mean() - table.mean[promotion[:, ahead] == 0].mean()
    assert lift == pytest.approx(30.0, rel=0.15)


def test_after_a_long_gap_the_band_is_wider() -> None:
    sales = np.random.default_rng(0).poisson(20.0, (6, 500)).astype(float)
    level = np.cumsum(np.random.default_rng(1).normal(size=(6, 500)), axis=1)
    sales = np.maximum(sales + level, 0.0)
    whole = panel_of(sales)
    gappy = sales.copy()
    gappy[:, 430:450] = np.nan
    fitted = Arima().fit(whole.until(399), 7)
    usual = fitted.roll(whole, np.array([449]), 7).sum_std[:, 0, 6]
    after = fitted.roll(panel_of(gappy), np.array([449]), 7).sum_std[:, 0, 6]
    assert (after > 1.05 * usual).all()
