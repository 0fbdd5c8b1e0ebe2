"""The filter over all rows against statsmodels, one call per origin, and against simulation."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from statsmodels.tsa.statespace.sarimax import SARIMAX

from forecasters._arima_order import Order
from replenish.arrays import Floats
from replenish.forecasting.kalman import (
    after,
    forecast_rows,
    means_ahead,
    settled_variances,
    unseen,
)
from replenish.forecasting.statespace import (
    StateSpace,
    arima,
    expected,
    first_covariance,
    moved,
    moved_back,
    shock_covariance,
)

ORDERS = [
    Order(1, 0, 1),
    Order(2, 0, 0),
    Order(0, 1, 1),
    Order(1, 1, 1),
    Order(3, 1, 2),
    Order(2, 0, 0, 1, 0, 1, 7),
    Order(0, 1, 1, 0, 1, 1, 7),
    Order(1, 0, 1, 1, 1, 1, 7),
    Order(1, 1, 1, 1, 1, 1, 12),
]
ORIGINS = np.array([5, 30, 60, 61, 90, 119])
HORIZON = 14


def parameters(order: Order, row: int) -> tuple[list[Floats], float]:
    """Return coefficients of each kind and variance, different for each row."""
    free = np.array([0.6, -0.5, 0.3, 0.2, -0.4, 0.3, 0.5, 0.1])[: order.n_coefficients]
    return list(order.coefficients(free * (1.0 - 0.7 * row))), [1.3, 0.4][row]


def models(order: Order) -> StateSpace:
    both = [parameters(order, row) for row in range(2)]
    free = np.array([0.6, -0.5, 0.3, 0.2, -0.4, 0.3, 0.5, 0.1])[: order.n_coefficients]
    space = order.space(np.stack([free, free * 0.3]))
    variance = np.array([variance for _, variance in both])
    return StateSpace(
        order.difference,
        order.seasonal_difference,
        order.season,
        space.autoregressive,
        space.shock,
        variance,
    )


def gappy(difference: int) -> Floats:
    series = default_rng(4).normal(size=(2, 120))
    series = 20.0 + (np.cumsum(series, axis=1) if difference else series)
    series[:, [3, 40, 41, 42, 61, 100]] = np.nan
    series[1, 62:75] = np.nan
    return series


def reference(series: Floats, order: Order, row: int) -> Any:
    """Return statsmodels' results with its own early end of the covariance's updates off."""
    plain = (order.autoregressive, order.difference, order.moving_average)
    seasonal = (order.seasonal_autoregressive, order.seasonal_difference)
    season = order.season if order.season > 1 else 0
    model = SARIMAX(
        series, order=plain, seasonal_order=(*seasonal, order.seasonal_moving_average, season)
    )
    model.ssm.tolerance = 0.0
    coefficients, variance = parameters(order, row)
    return model.smooth(np.array([*np.concatenate(coefficients), variance]))


def label(order: Order) -> str:
    return f"{order.sizes} d={order.difference} D={order.seasonal_difference} s={order.season}"


@pytest.mark.parametrize("order", ORDERS, ids=label)
def test_forecasts_from_every_origin_are_those_of_statsmodels(order: Order) -> None:
    series = gappy(order.difference)
    mean, variance, _ = forecast_rows(models(order), series, ORIGINS, HORIZON)
    for row in range(2):
        for column, origin in enumerate(ORIGINS):
            theirs = reference(series[row, : origin + 1], order, row).get_forecast(HORIZON)
            early = 1e-8 if origin < order.differenced else 1e-10  # of a variance of 1e6
            np.testing.assert_allclose(mean[row, column], theirs.predicted_mean, rtol=1e-10)
            np.testing.assert_allclose(variance[row, column], theirs.var_pred_mean, rtol=early)


@pytest.mark.parametrize("order", ORDERS, ids=label)
def test_the_variance_of_a_sum_is_that_of_simulated_sums(order: Order) -> None:
    space, rng = models(order), default_rng(0)
    sums = settled_variances(space, 10)[1]
    paths = 40_000
    for row in range(2):
        one = space.take(np.array([row]))
        state: Floats = np.zeros((one.size, paths, 1))
        total = np.zeros(paths)
        for step in range(10):
            shock = rng.normal(0.0, np.sqrt(one.variance[0]), (paths, 1))
            total += (expected(one, state) + shock)[:, 0]
            state[one.head :] += one.shock[:, None] * shock
            state = moved(one, state)
            assert total.var() == pytest.approx(sums[step, row], rel=0.04)


def test_the_variance_of_a_sum_holds_the_covariances_of_its_periods() -> None:
    space = arima(np.array([[0.7]]), np.array([[0.2]]), np.array([1.0]), 0)
    series = np.zeros((1, 200))
    sums = forecast_rows(space, series, np.array([199]), 5)[2][0, 0]
    weights = np.cumsum(np.concatenate([[1.0], 0.9 * 0.7 ** np.arange(4)]))  # of each shock
    np.testing.assert_allclose(sums, np.cumsum(weights**2), rtol=1e-9)


def test_sums_after_a_gap_vary_as_the_joint_normal_distribution_says() -> None:
    """Of an AR(1) with 3 periods missing: everything is known in closed form."""
    space = arima(np.array([[0.8]]), np.zeros((1, 0)), np.array([1.0]), 0)
    series = np.zeros((1, 60))
    series[0, 57:] = np.nan
    sums = forecast_rows(space, series, np.array([59]), 2)[2][0, 0]
    first = sum(0.8 ** (2 * j) for j in range(4))  # variance four periods after the last value
    np.testing.assert_allclose(sums, [first, first * 1.8**2 + 1.0], rtol=1e-12)


@pytest.mark.parametrize("order", ORDERS, ids=label)
def test_rows_that_have_settled_are_forecast_as_if_they_had_not(order: Order) -> None:
    """A row filtered beside rows with gaps is the row filtered alone, to the last bit."""
    space = models(order)
    series = np.repeat(gappy(order.difference)[:1], 2, axis=0)
    series[0] = np.nan_to_num(series[0], nan=20.0)
    together = forecast_rows(space, series, ORIGINS, HORIZON)
    alone = forecast_rows(space.take(np.array([0])), series[:1], ORIGINS, HORIZON)
    for ours, theirs in zip(together, alone, strict=True):
        np.testing.assert_array_equal(ours[:1], theirs)


def test_rows_settle_apart_and_a_gap_opens_them_again() -> None:
    space = arima(np.zeros((2, 0)), np.array([[-0.2], [-0.95]]), np.ones(2), 1)
    belief = unseen(space)
    for _ in range(80):
        belief, _ = after(space, belief, np.zeros(2))
    assert belief.open.rows.tolist() == [1]
    belief, _ = after(space, belief, np.array([np.nan, 0.0]))
    assert belief.open.rows.tolist() == [0, 1]
    np.testing.assert_array_less(
        shock_covariance(space)[0, 0, 0] - 1e-12, belief.open.covariance[0, 0, 0]
    )


@given(st.integers(0, 2**32 - 1), st.sampled_from(ORDERS))
@settings(max_examples=25, deadline=None)
def test_weights_moved_back_give_what_states_moved_on_give(seed: int, order: Order) -> None:
    rng, space = default_rng(seed), models(order)
    state, weight = rng.normal(size=(2, space.size, 2))
    on = (weight * moved(space, state)).sum(axis=0)
    back = (moved_back(space, weight) * state).sum(axis=0)
    np.testing.assert_allclose(on, back, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("order", [o for o in ORDERS if not o.differenced], ids=label)
def test_the_stationary_start_is_where_the_model_would_stay(order: Order) -> None:
    space = models(order)
    start = first_covariance(space)
    later = moved(space, np.swapaxes(moved(space, start), 0, 1)) + shock_covariance(space)
    np.testing.assert_allclose(later, start, rtol=1e-12, atol=1e-12)


def test_a_season_is_repeated_by_a_seasonal_difference() -> None:
    space = arima(np.zeros((1, 0)), np.zeros((1, 0)), np.ones(1), 0, 1, season=7)
    belief, values = unseen(space), np.arange(14.0)
    for value in values:
        belief, _ = after(space, belief, np.array([value]))
    ahead = means_ahead(space, belief.mean, 8)[:, 0]
    np.testing.assert_allclose(ahead, [7, 8, 9, 10, 11, 12, 13, 7], atol=1e-4)
