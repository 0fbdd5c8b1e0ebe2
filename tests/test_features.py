"""What a network reads: named numbers, the same for a shop in pieces and in pallets."""

from dataclasses import replace

import numpy as np
import pytest

from replenish.arrays import Floats
from replenish.demand_families import DemandFamily
from replenish.features import COLUMN, FEATURES, LIMIT, SLOTS, Encoder, demand_unit
from replenish.forecasting.forecast import DemandSum, Forecast
from replenish.items import Items
from replenish.observation import MEMORY, Observation
from replenish.reference import Reference
from replenish.state import InventoryState

N = 3


def seen(units: float = 1.0, columns: int = 4, **parameters: float) -> Observation:
    """Return an observation with every quantity in so many units."""
    rng = np.random.default_rng(2)
    parameters = {"lead_time": 4, "shortage_cost": 9.0, **parameters}
    for name in ("pack_size", "min_order"):
        parameters[name] = units * parameters.get(name, 0.0)
    items = Items.build(N, **parameters)
    base = DemandFamily("negative_binomial", 6.0, 4.0).forecast(items.protection_period)
    total = base.lead_time_demand
    forecast = Forecast(
        units * base.mean,
        units * base.std,
        DemandSum(units * total.mean, units * total.std, units * total.quantiles, total.levels),
    )
    state = InventoryState(
        units * rng.uniform(0, 20, N), units * rng.uniform(0, 8, (N, columns)), np.zeros(N)
    )
    in_stock = rng.random((N, MEMORY)) < 0.7
    sales = units * rng.uniform(0, 9, (N, MEMORY))
    return Observation(3, items, state, forecast, sales, in_stock, np.zeros(N, dtype=np.int64))


def encoded(observation: Observation) -> Floats:
    levels = Reference().levels(observation.items, observation.forecast)
    return Encoder(observation.items).encode(observation, levels)


def column(observation: Observation, name: str) -> list[float]:
    return [float(v) for v in encoded(observation)[:, COLUMN[name]]]


def test_every_feature_has_one_name_and_one_column() -> None:
    features = encoded(seen())
    assert features.shape == (N, len(FEATURES))
    assert features.dtype == np.float32
    assert len(set(FEATURES)) == len(FEATURES) == 29


@pytest.mark.parametrize("units", [0.01, 12.0, 5000.0])
def test_pieces_and_pallets_look_alike(units: float) -> None:
    rules = {"pack_size": 6.0, "min_order": 3.0}
    pallets, pieces = encoded(seen(units, 4, **rules)), encoded(seen(1.0, 4, **rules))
    np.testing.assert_allclose(pallets, pieces, rtol=1e-4, atol=1e-5)


def test_stock_is_counted_in_periods_of_expected_demand() -> None:
    observation = seen()
    np.testing.assert_allclose(demand_unit(observation), 6.0)
    np.testing.assert_allclose(column(observation, "on_hand"), observation.state.on_hand / 6.0)
    for slot in range(4):
        expected = observation.state.on_order[:, slot] / 6.0
        np.testing.assert_allclose(column(observation, f"pipeline_{slot + 1}"), expected, rtol=1e-6)
    assert column(observation, "pipeline_5") == [0.0] * N


def test_the_gap_is_counted_from_the_reference_level() -> None:
    observation = seen()
    level = Reference().levels(observation.items, observation.forecast).order_up_to_level
    spread = observation.forecast.lead_time_demand.std
    expected = (level - observation.inventory_position) / spread
    np.testing.assert_allclose(column(observation, "position_gap"), expected, rtol=1e-6)


def test_sales_without_stock_and_unknown_sales_do_not_count() -> None:
    sales = np.array([[3.0, np.nan, 9.0] + [np.nan] * 4, [np.nan] * 7, [6.0] * 7])
    in_stock = np.ones((N, MEMORY), dtype=bool)
    in_stock[0, 2] = False
    observation = replace(seen(), recent_sales=sales, recent_in_stock=in_stock)
    np.testing.assert_allclose(column(observation, "recent_sales"), [0.5, 1.0, 1.0], rtol=1e-6)
    np.testing.assert_allclose(
        column(observation, "recent_out_of_stock"), [1 / 7, 0, 0], rtol=1e-6, atol=1e-7
    )


def test_known_sales_are_averaged_alike_with_and_without_unknown_ones_elsewhere() -> None:
    observation = seen()
    gap = observation.recent_sales.copy()
    gap[0, 0] = np.nan
    with_gap = column(replace(observation, recent_sales=gap), "recent_sales")
    assert with_gap[1:] == column(observation, "recent_sales")[1:]


@pytest.mark.parametrize("columns", [1, 7, 8, 9, 20])
def test_the_pipeline_is_told_whole_in_a_width_that_does_not_grow(columns: int) -> None:
    observation = seen(columns=columns, lead_time=columns)
    features = encoded(observation)
    first = COLUMN["pipeline_1"]
    told = features[:, first : first + SLOTS].sum(axis=1)
    np.testing.assert_allclose(told, observation.state.in_transit / 6.0, rtol=1e-5)


def test_a_short_pipeline_looks_the_same_beside_a_long_one() -> None:
    long = Items.build(2, lead_time=[3, 20], shortage_cost=9.0)
    rows = np.array([0])
    forecast = DemandFamily("poisson", 6.0).forecast(long.protection_period)
    on_order = np.zeros((2, 20))
    on_order[:, :3] = [[2.0, 5.0, 1.0], [4.0, 4.0, 4.0]]
    sales, stock = np.full((2, MEMORY), 6.0), np.ones((2, MEMORY), dtype=bool)
    both = Observation(
        0,
        long,
        InventoryState(np.array([8.0, 9.0]), on_order, np.zeros(2)),
        forecast,
        sales,
        stock,
        np.zeros(2, dtype=np.int64),
    )
    alone = Observation(
        0,
        long.take(rows),
        InventoryState(np.array([8.0]), on_order[:1, :3], np.zeros(1)),
        forecast.take(rows),
        sales[:1],
        stock[:1],
        np.zeros(1, dtype=np.int64),
    )
    np.testing.assert_allclose(encoded(both)[0], encoded(alone)[0], rtol=1e-6)


def test_features_are_cut_where_no_network_was_ever_shown_more() -> None:
    observation = seen()
    state = replace(observation.state, on_hand=np.array([1e9, 0.0, 1.0]))
    features = encoded(replace(observation, state=state))
    assert features.max() == LIMIT
    assert features.min() == -LIMIT
    extreme = encoded(seen(lead_time=1, lead_time_std=500.0, columns=1))
    assert np.abs(extreme).max() <= LIMIT


def test_an_item_that_never_sells_does_not_blow_up() -> None:
    observation = seen()
    zero = np.zeros(N)
    total = observation.forecast.lead_time_demand
    nothing = DemandSum(zero, zero, np.zeros_like(total.quantiles), total.levels)
    forecast = Forecast(np.zeros((N, 5)), np.zeros((N, 5)), nothing)
    assert np.isfinite(encoded(replace(observation, forecast=forecast))).all()


def test_an_encoder_follows_a_new_forecast_and_new_levels() -> None:
    observation, other = seen(), seen(3.0)
    encoder = Encoder(observation.items)
    reference = Reference()
    for now in (observation, replace(observation, forecast=other.forecast), observation):
        levels = reference.levels(now.items, now.forecast)
        fresh = Encoder(now.items).encode(now, levels)
        np.testing.assert_array_equal(encoder.encode(now, levels), fresh)
    higher = Reference(score_shift=1.0).levels(observation.items, observation.forecast)
    fresh = Encoder(observation.items).encode(observation, higher)
    np.testing.assert_array_equal(encoder.encode(observation, higher), fresh)


def test_features_handed_out_are_not_changed_by_the_next_ones() -> None:
    observation = seen()
    encoder = Encoder(observation.items)
    levels = Reference().levels(observation.items, observation.forecast)
    first = encoder.encode(observation, levels)
    kept = first.copy()
    encoder.encode(replace(observation, recent_sales=observation.recent_sales * 2), levels)
    np.testing.assert_array_equal(first, kept)
