"""The formula that the agent starts from: the textbook's levels from the forecast."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from replenish.demand_families import DemandFamily
from replenish.forecasting.forecast import LEVELS, DemandSum, ForecastTable
from replenish.forecasting.path import ForecastLookup
from replenish.items import Items
from replenish.order_cycles import economic_order_quantity
from replenish.reference import Levels, Reference, wish_up_to
from replenish.simulation import play
from tests.shops import UpTo, shop_of

FAMILY = DemandFamily("poisson", 5.0)


def normal_sum(mean: float, std: float, rows: int) -> DemandSum:
    levels = np.array(LEVELS)
    quantiles = stats.norm(mean, std).ppf(levels)
    return DemandSum(np.full(rows, mean), np.full(rows, std), np.tile(quantiles, (rows, 1)), levels)


def test_a_quantile_between_and_beyond_stored_levels_is_the_normal_ones() -> None:
    wanted = np.array([0.001, 0.01, 0.3, 0.5, 0.93, 0.995, 0.9999])
    total = normal_sum(100.0, 12.0, len(wanted))
    np.testing.assert_allclose(total.quantile(wanted), stats.norm(100.0, 12.0).ppf(wanted))
    np.testing.assert_allclose(total.quantile(0.8), stats.norm(100.0, 12.0).ppf(0.8))
    assert (normal_sum(1.0, 5.0, 1).quantile(0.01) == 0.0).all()


def test_the_level_is_the_quantile_at_the_critical_ratio_of_each_row() -> None:
    items = Items.build(3, lead_time=[0, 2, 4], shortage_cost=[1.0, 9.0, 19.0])
    levels = np.array([0.5, 0.9, 0.95])
    forecast = FAMILY.forecast(items.protection_period, levels)
    found = Reference().levels(items, forecast)
    exact = [stats.poisson(5.0 * k).ppf(q) for k, q in zip((1, 3, 5), levels, strict=True)]
    np.testing.assert_allclose(found.order_up_to_level, exact)
    np.testing.assert_array_equal(found.reorder_point, found.order_up_to_level)


def test_with_a_fixed_cost_the_order_quantity_is_harriss() -> None:
    items = Items.build(2, fixed_order_cost=[64.0, 0.0], holding_cost=2.0, shortage_cost=18.0)
    forecast = FAMILY.forecast(items.protection_period)
    levels = Reference(quantity_factor=1.5).levels(items, forecast)
    quantity = levels.order_up_to_level - levels.reorder_point
    np.testing.assert_allclose(quantity, [1.5 * np.sqrt(2 * 64 * 5 / 2), 0.0])
    np.testing.assert_allclose(economic_order_quantity(items, np.zeros(2)), 0.0)


@given(st.floats(0.0, 1e-9), st.floats(0.0, 1e4))
def test_stock_that_costs_nothing_to_hold_is_still_ordered_for_so_many_periods_only(
    holding: float, rate: float
) -> None:
    items = Items.build(1, holding_cost=holding, fixed_order_cost=5.0)
    (quantity,) = economic_order_quantity(items, np.array([rate]))
    assert quantity <= max(1000.0 * rate, 10.0)


@given(st.floats(1e-3, 10.0), st.floats(0.0, 20.0), st.floats(0.1, 1e4))
def test_ordinary_order_quantities_are_the_textbooks_to_the_bit(
    holding: float, fixed: float, rate: float
) -> None:
    items = Items.build(1, holding_cost=holding, fixed_order_cost=fixed)
    (quantity,) = economic_order_quantity(items, np.array([rate]))
    assert quantity == np.sqrt(2.0 * fixed * rate / holding)


def test_nothing_is_wished_above_the_reorder_point_and_the_whole_gap_at_it() -> None:
    levels = Levels(np.full(4, 10.0), np.full(4, 30.0))
    wish = wish_up_to(levels, np.array([10.0, 10.5, -4.0, 40.0]))
    assert wish.tolist() == [20.0, 0.0, 34.0, 0.0]


def test_a_shift_raises_the_level_and_is_cut_where_a_forecast_means_nothing() -> None:
    items = Items.build(1, shortage_cost=9.0)
    forecast = FAMILY.forecast(items.protection_period)
    shifted = [Reference(s).levels(items, forecast).order_up_to_level[0] for s in (-9, -1, 0, 1, 9)]
    assert shifted == sorted(shifted)
    assert np.isfinite(shifted).all()


def test_levels_follow_the_items_they_are_asked_for() -> None:
    reference = Reference()
    cheap, dear = (Items.build(1, shortage_cost=p) for p in (1.0, 99.0))
    forecast = FAMILY.forecast(cheap.protection_period)
    for items in (cheap, dear, cheap):
        fresh = Reference().levels(items, forecast).order_up_to_level
        np.testing.assert_array_equal(reference.levels(items, forecast).order_up_to_level, fresh)


def test_levels_follow_the_probabilities_that_a_forecast_stores() -> None:
    items, reference = Items.build(1, shortage_cost=9.0), Reference()
    for probabilities in ((0.1, 0.5, 0.9), (0.9, 0.95, 0.99)):
        forecast = FAMILY.forecast(items.protection_period, np.array(probabilities))
        assert reference.levels(items, forecast).order_up_to_level[0] == stats.poisson(10).ppf(0.9)


def test_the_reference_orders_up_to_its_level() -> None:
    episode = shop_of((4.0, 9.0, 2.0, 7.0), lead_time=1, shortage_cost=9.0)
    level = Reference().levels(episode.items, episode.forecasts.at(0)).order_up_to_level
    np.testing.assert_array_equal(
        play(Reference(), episode).order, play(UpTo(level), episode).order
    )


def test_what_was_kept_as_json_is_the_same_reference() -> None:
    reference = Reference(-0.3, 1.7)
    assert Reference.from_dict(reference.to_dict()) == reference


def table(n: int, origins: int, horizon: int) -> ForecastTable:
    rng = np.random.default_rng(4)
    mean = rng.gamma(3.0, 2.0, (n, origins, horizon))
    sum_std = np.sqrt(np.cumsum(mean, axis=2))
    quantiles = np.sort(rng.gamma(9.0, 2.0, (n, origins, horizon, len(LEVELS))), axis=3)
    first = 20
    numbers = np.arange(first, first + origins)
    return ForecastTable(
        numbers, mean, np.sqrt(mean), sum_std, quantiles, np.array(LEVELS), 0 * numbers
    )


def test_rows_walking_through_a_lookup_see_the_tables_forecast() -> None:
    cover = np.array([2, 5, 3])
    forecasts = table(3, 12, 6)
    items, starts = np.array([2, 0, 1, 2]), np.array([21, 25, 23, 28])
    path = ForecastLookup.of(forecasts, cover).path(items, starts)
    for period in range(4):
        seen = path.at(period)
        for row, (item, start) in enumerate(zip(items, starts, strict=True)):
            exact = forecasts.from_origin(int(start) + period - 1, cover)
            np.testing.assert_array_equal(seen.mean[row], exact.mean[item])
            np.testing.assert_array_equal(seen.std[row], exact.std[item])
            np.testing.assert_allclose(
                seen.lead_time_demand.quantiles[row], exact.lead_time_demand.quantiles[item]
            )
            assert seen.lead_time_demand.mean[row] == pytest.approx(
                exact.lead_time_demand.mean[item]
            )


def test_single_periods_are_the_same_looked_up_before_and_after_gathering() -> None:
    forecasts = table(2, 9, 5)
    path = ForecastLookup.of(forecasts, np.array([3, 3])).path(np.array([0, 1]), np.array([22, 24]))
    columns = np.array([4, 1])
    early = path.at(1)
    before = early.mean_at(columns)
    np.testing.assert_array_equal(before, early.mean[[0, 1], columns])
    np.testing.assert_array_equal(before, early.mean_at(columns))
    np.testing.assert_array_equal(path.take(np.array([1, 0])).at(1).mean, early.mean[::-1])


def test_a_lookup_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match=r"7 periods, the forecast reaches 6; raise"):
        ForecastLookup.of(table(1, 5, 6), np.array([7]))


def test_a_cap_binds_the_order_and_nothing_else() -> None:
    items = Items.build(3, lead_time=4, shortage_cost=9.0)
    forecast = DemandFamily("poisson", 6.0).forecast(items.protection_period)
    free, capped = Reference().levels(items, forecast), Reference(cap=0.5).levels(items, forecast)
    np.testing.assert_array_equal(free.order_up_to_level, capped.order_up_to_level)
    position = np.array([0.0, free.order_up_to_level[1] - 2.0, 100.0])
    wish = wish_up_to(capped, position)
    assert wish[0] == pytest.approx(6.0 * 1.5)  # the review period's demand and half a period's
    assert wish[1] == pytest.approx(2.0)
    assert wish[2] == 0.0
    assert Reference.from_dict(Reference(cap=0.5).to_dict()) == Reference(cap=0.5)
    assert not Reference.from_dict(Reference().to_dict()).capped
