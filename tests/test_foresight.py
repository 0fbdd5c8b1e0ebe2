"""Perfect foresight is a bound: nothing pays less, and small problems reach it exactly."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replenish.costs import Ledger
from replenish.demand_families import DemandFamily
from replenish.forecasting.path import SteadyForecast
from replenish.items import Items, UnmetDemand
from replenish.judging.foresight import SPREAD, PerfectForecast, perfect_foresight_cost
from replenish.reference import Reference
from replenish.simulation import Episode, Shop, empty_start, play
from replenish.state import InventoryState
from replenish.tuning.search import take_rows
from tests.shops import Wishes

FAMILY = DemandFamily("poisson", 2.0)


DEMAND = (2.0, 0.0, 1.0, 2.0, 1.0)
PLANS = np.array(list(itertools.product(range(6), repeat=len(DEMAND))), dtype=float)


def episode(rows: int, unmet_demand: UnmetDemand, **parameters: float) -> Episode:
    items = Items.build(rows, unmet_demand, **parameters)
    demand = np.repeat(np.array(DEMAND)[:, None], rows, axis=1)
    steady = SteadyForecast(FAMILY.forecast(items.protection_period[:1]))
    alike = steady.take(np.zeros(rows, dtype=int))
    return Episode(items, demand, alike, empty_start(items))


@pytest.mark.parametrize("unmet_demand", ["lost", "backorder"])
@pytest.mark.parametrize("fixed_order_cost", [0.0, 3.0])
@pytest.mark.parametrize("lead_time", [0, 1])
def test_the_bound_is_the_best_of_all_order_plans(
    unmet_demand: UnmetDemand, fixed_order_cost: float, lead_time: int
) -> None:
    costs = {"shortage_cost": 2.5, "fixed_order_cost": fixed_order_cost, "lead_time": lead_time}
    shop = Shop(episode(len(PLANS), unmet_demand, **costs))
    ledger = Ledger.stack([shop.step(orders) for orders in PLANS.T])
    bound = perfect_foresight_cost(episode(1, unmet_demand, **costs))
    assert bound[0] == pytest.approx(ledger.cost.sum(axis=0).min())


def test_an_order_arrives_when_its_own_lead_time_says() -> None:
    """Reviewed in periods 0 and 3: what is ordered at first comes in period 2, for its demand."""
    items = Items.build(1, lead_time=1, review_period=3, shortage_cost=9.0)
    steady = SteadyForecast(FAMILY.forecast(items.protection_period))
    demand, times = np.array([0.0, 0, 4, 0, 0, 0])[:, None], np.array([2, 1, 2, 0, 0, 0])[:, None]
    start = InventoryState(np.zeros(1), np.zeros((1, 2)), np.zeros(1))
    played = Episode(items, demand, steady, start, times)
    paid = play(Wishes(np.array([[4.0], [0], [0], [0], [0], [0]])), played).cost.sum()
    assert paid == perfect_foresight_cost(played)[0] == 0.0


def test_demand_that_waits_is_served_in_turn_by_what_is_under_way() -> None:
    """One unit arrives in period 1; two are asked for, in periods 0 and 2; p = 3.

    In turn, the first waits 1 period and the second, from today's order, 3: 4 x 3 money. Kept
    for the second, the unit under way would cost 1 of holding, and the first 5 x 3 of waiting.
    """
    items = Items.build(1, "backorder", lead_time=5, shortage_cost=3.0, holding_cost=1.0)
    demand = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0])[:, None]
    steady = SteadyForecast(FAMILY.forecast(items.protection_period))
    on_order = np.array([[1.0, 0.0, 0.0, 0.0, 0.0]])
    start = InventoryState(np.zeros(1), on_order, np.zeros(1))
    played = Episode(items, demand, steady, start)
    assert perfect_foresight_cost(played)[0] == pytest.approx(12.0)
    waiting = InventoryState(np.zeros(1), on_order, np.ones(1))
    quiet = Episode(items, 0.0 * demand, steady, waiting)
    assert perfect_foresight_cost(quiet)[0] == pytest.approx(3.0)


@pytest.mark.parametrize("fixed_order_cost", [0.0, 3.0])
@pytest.mark.parametrize("seed", [1, 6])
def test_no_plan_pays_less_where_new_orders_overtake_what_is_under_way(
    fixed_order_cost: float, seed: int
) -> None:
    rng, rows = np.random.default_rng(seed), len(PLANS)
    plain = episode(rows, "backorder", shortage_cost=2.5, fixed_order_cost=fixed_order_cost)
    on_order = np.tile(rng.integers(0, 3, 4).astype(float), (rows, 1))
    times = np.repeat(rng.integers(0, 4, (len(DEMAND), 1)), rows, axis=1)
    start = InventoryState(np.full(rows, float(seed % 2)), on_order, np.zeros(rows))
    shop = Shop(replace(plain, start=start, lead_times=times))
    paid = Ledger.stack([shop.step(orders) for orders in PLANS.T]).cost.sum(axis=0)
    (bound,) = perfect_foresight_cost(take_rows(shop.episode, np.array([0])))
    assert 0 <= bound <= paid.min() + 1e-9


@given(
    seed=st.integers(0, 10_000),
    unmet_demand=st.sampled_from(["lost", "backorder"]),
    lead_time=st.integers(0, 4),
    review_period=st.integers(1, 3),
    fixed_order_cost=st.sampled_from([0.0, 5.0, 40.0]),
    shift=st.floats(-1.5, 1.5),
)
def test_no_policy_pays_less_whatever_it_starts_from(
    seed: int,
    unmet_demand: UnmetDemand,
    lead_time: int,
    review_period: int,
    fixed_order_cost: float,
    shift: float,
) -> None:
    rng, rows = np.random.default_rng(seed), 6
    items = Items.build(
        rows,
        unmet_demand,
        lead_time=lead_time,
        review_period=review_period,
        fixed_order_cost=fixed_order_cost,
        shortage_cost=rng.uniform(0.5, 20.0, rows),
        pack_size=rng.choice([1.0, 6.0], rows),
        min_order=rng.choice([0.0, 4.0], rows),
    )
    width, fullness = items.longest_lead_time, rng.uniform(0.0, 1.5)
    start = InventoryState(
        rng.poisson(fullness * 3.0, rows).astype(float),
        rng.poisson(fullness, (rows, width)).astype(float),
        np.zeros(rows),
    )
    demand = rng.poisson(2.0, (30, rows)).astype(float)
    steady = SteadyForecast(FAMILY.forecast(items.protection_period))
    phase = rng.integers(0, items.review_period)
    played = Episode(items, demand, steady, start, review_phase=phase)
    paid = play(Reference(shift), played).cost.sum(axis=0)
    assert (perfect_foresight_cost(played) <= paid + 1e-9).all()


def test_a_perfect_forecast_says_the_demand_that_comes_and_nothing_before_it_is_asked() -> None:
    told = PerfectForecast.of(episode(3, "lost", lead_time=2))
    known = FAMILY.forecast(told.items.protection_period)
    for period in range(len(DEMAND)):
        forecast, ahead = told.forecasts.at(period), DEMAND[period : period + 3]
        rest = known.mean[0, len(ahead) :]  # beyond the last period as it was forecast
        np.testing.assert_allclose(forecast.mean, np.tile([*ahead, *rest], (3, 1)))
        total = forecast.lead_time_demand
        np.testing.assert_allclose(total.mean, sum(ahead) + rest.sum())
        np.testing.assert_allclose(total.std, SPREAD * known.lead_time_demand.std)
        assert (np.diff(total.quantiles, axis=1) >= 0).all()
        narrow = total.quantiles[:, -1] - total.quantiles[:, 0]
        wide = known.lead_time_demand.quantiles[:, -1] - known.lead_time_demand.quantiles[:, 0]
        assert (narrow <= SPREAD * wide + 1e-9).all()
        some = told.forecasts.take(np.array([2])).at(period)
        np.testing.assert_array_equal(some.mean[0], forecast.mean[2])


def test_a_formula_on_perfect_forecasts_lies_between_itself_and_the_bound() -> None:
    items = Items.build(200, lead_time=3, shortage_cost=9.0)
    demand = DemandFamily("poisson", 6.0).draw((60, 200), np.random.default_rng(1))
    steady = SteadyForecast(DemandFamily("poisson", 6.0).forecast(items.protection_period))
    plain = Episode(items, demand, steady, empty_start(items))
    cost, informed = (
        play(Reference(), e).cost.sum(axis=0) for e in (plain, PerfectForecast.of(plain))
    )
    bound = perfect_foresight_cost(plain)
    assert (informed >= bound - 1e-9).all()
    first = 3 * 6.0 * 9.0  # empty shelves until the first order arrives, whatever is known
    assert informed.mean() - first < 0.3 * (cost.mean() - first)
