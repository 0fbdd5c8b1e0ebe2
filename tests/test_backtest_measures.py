"""Measures of forecast accuracy: known answers, and laws that hold for any sales."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import poisson

from replenish.arrays import Floats, Ints
from replenish.backtest.measures import (
    MEASURES,
    coverage_table,
    group_measures,
    item_measures,
    level_table,
    measures,
)
from replenish.backtest.quantile_scores import below, crps, losses
from replenish.backtest.tally import tally
from replenish.data.panel import Panel
from replenish.forecasting.forecast import LEVELS, ForecastTable, Singles
from replenish.item_classes import abc_classes, demand_classes, sales_value
from tests.forecast_panels import panel_of, shop

LEVEL = np.array(LEVELS)


def table_of(panel: Panel, mean: Floats, origins: Ints, std: float = 1.0) -> ForecastTable:
    """Return normal forecasts of these means (N, O, H), independent from period to period."""
    steps = np.arange(1, mean.shape[2] + 1)
    sum_std = np.broadcast_to(std * np.sqrt(steps), mean.shape)
    total = np.cumsum(mean, axis=2)[..., None] + sum_std[..., None] * ndtri(LEVEL)
    return ForecastTable(
        origins=origins,
        mean=mean,
        std=np.full(mean.shape, std),
        sum_std=sum_std.copy(),
        sum_quantiles=np.maximum(total, 0.0),
        levels=LEVEL,
        fitted_until=np.full(len(origins), int(origins[0])),
    )


def constant(panel: Panel, value: float, origins: Ints, horizon: int) -> ForecastTable:
    return table_of(panel, np.full((panel.n_items, len(origins), horizon), value), origins)


def test_point_measures_of_a_small_example_are_those_of_pen_and_paper() -> None:
    panel = panel_of(np.array([[4.0, 6.0, 4.0, 6.0, 2.0, 0.0, 4.0]]))
    found = measures(panel, constant(panel, 3.0, np.array([3]), 3), fit_end=3)
    # sold 2, 0, 4 against 3: errors 1, 3, -1; naive changes of the fit part: 2, -2, 2
    assert found["mse"] == pytest.approx(11 / 3)
    assert found["rmse"] == pytest.approx(np.sqrt(11 / 3))
    assert found["mae"] == pytest.approx(5 / 3)
    assert found["wape"] == pytest.approx(5 / 6)
    assert found["bias"] == pytest.approx(9 / 6 - 1)
    assert found["mase"] == pytest.approx(5 / 3 / 2)
    assert found["rmsse"] == pytest.approx(np.sqrt(11 / 3 / 4))
    assert found["mape"] == pytest.approx((1 / 2 + 1 / 4) / 2)
    assert found["mape_periods"] == pytest.approx(2 / 3)
    assert found["smape"] == pytest.approx((2 / 5 + 2 * 3 / 3 + 2 / 7) / 3)
    assert found["r2"] == pytest.approx(1 - 11 / 8)
    assert found["periods"] == 3


def test_what_says_nothing_of_demand_is_not_judged() -> None:
    sales = np.tile([4.0, 6.0], (1, 10))
    closed = np.zeros((1, 20))
    plain = panel_of(sales, known={"closed": closed})
    spoilt = sales.copy()
    spoilt[0, 15:18] = [np.nan, 0.0, 999.0]  # not observed, out of stock, closed
    out = np.zeros((1, 20), dtype=bool)
    out[0, 16], shut = True, closed.copy()
    shut[0, 17] = 1.0
    panel = panel_of(spoilt, censored=out, known={"closed": shut})
    table = constant(plain, 5.0, np.arange(12, 16), 4)
    found = measures(panel, table, fit_end=11)
    assert found["mae"] == pytest.approx(1.0)
    ahead = np.arange(12, 16)[:, None] + np.arange(1, 5)
    assert found["periods"] == (~np.isin(ahead, [15, 16, 17])).sum()


def test_a_closed_day_counts_as_zero_in_a_sum() -> None:
    sales = np.full((1, 12), 2.0)
    shut = np.zeros((1, 12))
    shut[0, 9] = 1.0
    panel = panel_of(sales, known={"closed": shut})
    found = tally(panel, constant(panel, 2.0, np.array([8]), 3), fit_end=7)
    assert found.sums.window_count[0, 0] == 1
    off = found.sums.sum_loss[0, list(LEVELS).index(0.5)]
    assert off == pytest.approx((0.0 / 1 + 2.0 * 0.5 / 2 + 2.0 * 0.5 / 3) + 0.5 * 2.0)


def test_the_best_forecast_has_no_error_and_no_bias() -> None:
    panel = shop()
    origins = np.arange(380, 400)
    ahead = origins[:, None] + np.arange(1, 8)
    found = measures(panel, table_of(panel, np.nan_to_num(panel.sales[:, ahead]), origins), 379)
    assert found["mse"] == found["wape"] == found["rmsse"] == 0
    assert found["bias"] == pytest.approx(0.0)
    assert found["r2"] == 1.0


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31 - 1), st.floats(0.5, 20.0))
def test_scaled_measures_do_not_depend_on_the_unit(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    sales = rng.gamma(2.0, 3.0, (4, 40))
    mean = rng.gamma(2.0, 3.0, (4, 10, 5))
    origins = np.arange(24, 34)
    one = measures(panel_of(sales), table_of(panel_of(sales), mean, origins), 23)
    larger = panel_of(unit * sales)
    other = measures(larger, table_of(larger, unit * mean, origins, unit), 23)
    for name in ("rmsse", "mase", "wape", "bias", "pinball", "r2", "mape", "smape"):
        assert other[name] == pytest.approx(one[name], rel=1e-9)
    for name in ("rmse", "mae", "crps", "crps_own"):
        assert other[name] == pytest.approx(unit * one[name], rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 9), st.integers(1, 11))
def test_origins_may_be_counted_in_any_number_of_parts(cut: int, rows: int) -> None:
    panel, origins = shop(12, 120), np.arange(100, 110)
    mean = np.random.default_rng(cut).gamma(2.0, 3.0, (12, 10, 5))
    whole = tally(panel, table_of(panel, mean, origins), 99, np.full(12, 4))
    parts = [
        tally(panel, table_of(panel, mean[:, some], origins[some]), 99, np.full(12, 4))
        for some in (slice(0, cut), slice(cut, None))
    ]
    some = np.arange(12) < rows
    for name, value in group_measures(parts[0] + parts[1], some).items():
        assert value == pytest.approx(group_measures(whole, some)[name], nan_ok=True)


def test_items_may_be_counted_in_any_number_of_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    panel, origins = shop(12, 120), np.arange(100, 110)
    rng = np.random.default_rng(10)
    made = table_of(panel, rng.gamma(2.0, 3.0, (12, 10, 5)), origins)
    shapes = np.sort(rng.normal(0.0, 1.0, (3, 5, len(LEVELS))), axis=2)
    singles = Singles(rng.gamma(2.0, 1.0, made.mean.shape), rng.random(made.mean.shape), shapes)
    table = replace(made, singles=singles)
    whole = tally(panel, table, 99, np.full(12, 4)).sums
    monkeypatch.setattr("replenish.backtest.tally._BLOCK", 50 * 5)  # five items
    parts = tally(panel, table, 99, np.full(12, 4)).sums
    for name, value in vars(whole).items():
        np.testing.assert_allclose(getattr(parts, name), value, rtol=1e-12, err_msg=name)


def test_a_group_of_one_item_has_the_measures_of_the_item() -> None:
    panel, origins = shop(12, 120), np.arange(100, 110)
    mean = np.random.default_rng(0).gamma(2.0, 3.0, (12, 10, 5))
    found = tally(panel, table_of(panel, mean, origins), 99, np.full(12, 4))
    alone = group_measures(found, np.arange(12) == 5)
    for name in MEASURES:
        assert alone[name] == pytest.approx(item_measures(found)[name][5], nan_ok=True)


def test_an_origin_without_a_whole_horizon_is_refused() -> None:
    panel = shop(3, 60)
    with pytest.raises(ValueError, match=r"origin 56 \+ horizon 4 is beyond"):
        tally(panel, constant(panel, 1.0, np.array([55, 56]), 4), 40)


def test_the_crps_of_a_normal_forecast_is_the_known_one() -> None:
    rng = np.random.default_rng(1)
    actual = 100.0 + 7.0 * rng.standard_normal((1, 20_000, 1))
    quantiles = np.broadcast_to(100.0 + 7.0 * ndtri(LEVEL), (*actual.shape, len(LEVELS)))
    score = crps(actual, quantiles, LEVEL)[0] / 20_000
    assert score == pytest.approx(7.0 / np.sqrt(np.pi), rel=0.015)  # Gneiting & Raftery 2007


def test_the_pinball_loss_is_smallest_at_the_true_quantile() -> None:
    rng = np.random.default_rng(2)
    actual = rng.gamma(2.0, 3.0, (1, 50_000, 1))
    true = np.quantile(actual, LEVEL)
    best, *others = (
        losses(actual, np.broadcast_to(true * f, (*actual.shape, len(LEVELS))), LEVEL, np.ones(1))
        for f in (1.0, 0.9, 1.1)
    )
    for other in others:
        assert (best < other).all()


@pytest.mark.parametrize("mean", [0.05, 0.4, 1.0, 3.0, 20.0, 200.0])
def test_a_perfect_forecast_of_counts_is_covered_as_its_levels_say(mean: float) -> None:
    rng = np.random.default_rng(3)
    actual = rng.poisson(mean, (1, 60_000, 1)).astype(float)
    quantiles = continued_poisson(mean)
    share = below(
        actual, np.broadcast_to(quantiles, (*actual.shape, len(LEVELS))), LEVEL, np.array([True])
    )[0] / actual.size  # fmt: skip
    high = LEVEL >= 0.75  # below it eleven levels tell the probability of none only roughly
    np.testing.assert_allclose(share[high], LEVEL[high], atol=0.006)
    np.testing.assert_allclose(share, LEVEL, atol=0.05)


def continued_poisson(mean: float) -> Floats:
    """Return the quantiles of Poisson demand whose probability is spread over each unit."""
    edges = np.append(0.0, poisson.cdf(np.arange(int(mean + 12 * np.sqrt(mean) + 12)), mean))
    unit = np.arange(len(edges)) - 0.5
    return np.asarray(np.maximum(np.interp(LEVEL, edges, unit), 0.0))


def test_a_quantile_that_is_too_low_shows() -> None:
    panel = panel_of(np.random.default_rng(4).poisson(20.0, (8, 200)).astype(float))
    low = table_of(panel, np.full((8, 100, 7), 14.0), np.arange(90, 190), np.sqrt(14.0))
    found = tally(panel, low, 89, np.full(8, 5))
    table = coverage_table(found, np.arange(8.0))
    assert set(table) == {"3", "7", "own"}
    assert set(table["own"]) == {"all", *(f"quartile {q}" for q in (1, 2, 3, 4))}
    assert max(table["own"].values()) < 0.75
    rows = level_table(found)
    assert [row["level"] for row in rows] == list(LEVELS)
    assert all(row["cover_own"] <= row["level"] for row in rows)


def test_items_fall_into_the_class_that_their_demand_has() -> None:
    rng = np.random.default_rng(5)
    every, rare = np.ones(400), np.arange(400) % 3 == 0
    even, uneven = rng.poisson(50.0, 400) + 1.0, np.where(np.arange(400) % 5, 1.0, 40.0)
    uneven = rng.permutation(uneven)
    sales = np.stack([every * even, every * uneven, rare * even, rare * uneven, 0 * every])
    panel = panel_of(np.concatenate([sales, np.full((5, 50), 9.0)], axis=1))
    wanted = ("smooth", "erratic", "intermittent", "lumpy", "no sales")
    assert demand_classes(panel, 399) == wanted


def test_an_item_never_seen_in_stock_is_classed_by_what_it_sold() -> None:
    sales = np.random.default_rng(5).poisson(50.0, (1, 400)) + 1.0
    panel = panel_of(sales)
    out = replace(panel, censored=np.ones_like(panel.censored))
    assert demand_classes(out, 399) == demand_classes(panel, 399) == ("smooth",)


def test_a_items_carry_four_fifths_of_the_value() -> None:
    value = np.array([1.0, 60.0, 4.0, 25.0, 10.0])
    assert abc_classes(value) == ("C", "A", "C", "A", "B")
    assert abc_classes(np.array([5.0])) == ("A",)
    assert abc_classes(np.zeros(2)) == ("A", "A")


def test_value_is_counted_at_the_price_of_the_day() -> None:
    price = np.array([[2.0, 3.0, 9.0]])
    panel = panel_of(np.array([[1.0, 2.0, 5.0]]), known={"price": price})
    assert sales_value(panel, 1) == pytest.approx([8.0])
