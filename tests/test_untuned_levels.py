"""Untuned, the formula's level is near the best one also where reviews are rare or orders late."""

import itertools

import numpy as np
import pytest
from scipy.special import ndtr

from baselines.order_up_to import OrderUpTo
from benchmarks.textbook import FixedLevels
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.exact.backorder import BackorderProblem
from replenish.exact.demand import DiscreteDemand
from replenish.exact.fixed_cost import best_reorder_levels, reorder_cost
from replenish.forecasting.path import SteadyForecast
from replenish.items import Items, UnmetDemand
from replenish.judging.foresight import SPREAD, PerfectForecast
from replenish.lead_times import covering_late_orders
from replenish.order_cycles import order_cycle
from replenish.protocols import Policy
from replenish.reference import Reference
from replenish.simulation import Episode, Shop, empty_start, play
from tests.shops import UpTo

POISSON = DemandFamily("poisson", 20.0)


def episode(unmet_demand: UnmetDemand, **parameters: float) -> Episode:
    items = Items.build(1, unmet_demand, holding_cost=1.0, shortage_cost=9.0, **parameters)
    source = DrawnEpisodes(POISSON, items, 400)
    return source.draw(20, np.random.default_rng(1))


def cost(policy: Policy, played: Episode) -> float:
    return float(play(policy, played).cost[50:].mean())


@pytest.mark.parametrize(
    ("unmet_demand", "parameters", "most"),
    [
        ("backorder", {"lead_time": 2, "review_period": 3}, 1.02),
        ("backorder", {"lead_time": 2, "review_period": 7}, 1.02),
        ("lost", {"lead_time": 2, "review_period": 3}, 1.04),
        ("lost", {"lead_time": 2, "review_period": 7}, 1.05),
        ("backorder", {"lead_time": 4, "lead_time_std": 1.0}, 1.01),
        ("backorder", {"lead_time": 6, "lead_time_std": 2.0}, 1.01),
        ("backorder", {"lead_time": 6, "lead_time_std": 2.0, "review_period": 3}, 1.02),
        ("backorder", {"lead_time": 4, "lead_time_std": 1.5, "review_period": 7}, 1.02),
    ],
)
def test_the_level_costs_little_more_than_the_best(
    unmet_demand: UnmetDemand, parameters: dict[str, float], most: float
) -> None:
    played = episode(unmet_demand, **parameters)
    mean = 20.0 * float(played.items.protection_period[0])
    levels = np.linspace(0.75, 1.35, 25) * mean
    best = min(cost(UpTo(level), played) for level in levels)
    assert cost(OrderUpTo(), played) <= most * best
    assert cost(Reference(), played) <= most * best


def test_an_order_that_lasts_no_longer_than_a_review_period_is_counted_by_that() -> None:
    items = Items.build(2, review_period=[1, 5], holding_cost=1.0, shortage_cost=9.0)
    np.testing.assert_allclose(items.critical_ratio, [0.9, 9.0 / 14.0])
    total = DemandFamily("poisson", 4.0).forecast(items.protection_period).lead_time_demand
    free = order_cycle(items, np.zeros(2), total)
    np.testing.assert_allclose(free.score, items.critical_score)
    np.testing.assert_array_equal(free.rise, 0.0)


@pytest.mark.parametrize(
    ("family", "mean", "lead_time", "shortage_cost", "fixed_order_cost", "most"),
    [
        ("poisson", 2.0, 2, 9.0, 64.0, 1.01),
        ("poisson", 20.0, 0, 9.0, 64.0, 1.01),
        ("poisson", 20.0, 4, 19.0, 200.0, 1.01),
        ("poisson", 40.0, 2, 4.0, 20.0, 1.01),  # an order lasts one period: S of free orders
        ("poisson", 100.0, 1, 9.0, 5.0, 1.01),
        ("geometric", 10.0, 2, 4.0, 20.0, 1.02),
        ("geometric", 40.0, 4, 19.0, 200.0, 1.01),
        ("geometric", 100.0, 1, 9.0, 5.0, 1.01),
    ],
)
def test_where_orders_cost_money_the_pair_costs_little_more_than_the_best(
    family: str,
    mean: float,
    lead_time: int,
    shortage_cost: float,
    fixed_order_cost: float,
    most: float,
) -> None:
    costs = {"shortage_cost": shortage_cost, "fixed_order_cost": fixed_order_cost}
    items = Items.build(1, "backorder", lead_time=lead_time, **costs)
    demand = DemandFamily(family, mean)
    levels = Reference().levels(items, demand.forecast(items.protection_period))
    (s,), (rounded,) = np.floor(levels.reorder_point), np.round(levels.order_up_to_level)
    problem = BackorderProblem(
        DiscreteDemand.of_family(demand), lead_time, 1.0, shortage_cost,
        fixed_order_cost=fixed_order_cost,
    )  # fmt: skip
    best = best_reorder_levels(problem).cost
    assert reorder_cost(problem, int(s), max(int(rounded), int(s) + 1)) <= most * best


@pytest.mark.parametrize(
    ("family", "mean", "shortage_cost", "fixed_order_cost", "most"),
    [
        ("poisson", 20.0, 9.0, 64.0, 1.02),
        ("poisson", 20.0, 19.0, 5.0, 1.02),  # an order lasts one period: S of free orders
        ("geometric", 20.0, 39.0, 500.0, 1.02),
    ],
)
def test_where_demand_is_lost_the_pair_costs_little_more_than_the_best_of_a_grid(
    family: str, mean: float, shortage_cost: float, fixed_order_cost: float, most: float
) -> None:
    costs = {"shortage_cost": shortage_cost, "fixed_order_cost": fixed_order_cost}
    items, demand = Items.build(1, lead_time=2, pack_size=1, **costs), DemandFamily(family, mean)
    played = DrawnEpisodes(demand, items, 300).draw(20, np.random.default_rng(1))
    total = demand.forecast(items.protection_period).lead_time_demand
    rises = np.linspace(0.0, 1.5 * float(np.sqrt(2.0 * fixed_order_cost * mean)), 12)
    pairs = itertools.product(float(total.mean[0]) + np.linspace(-0.7, 1.8, 12) * total.std, rises)
    best = min(cost(FixedLevels(round(s), round(s + rise)), played) for s, rise in pairs)
    assert cost(Reference(), played) <= most * best


def test_the_more_an_order_brings_the_lower_the_reorder_point_and_coverage_is_kept() -> None:
    ratios = np.array([0.7, 0.8, 0.95, 0.99])
    items = Items.build(4, "backorder", shortage_cost=ratios / (1.0 - ratios))
    total = DemandFamily("poisson", 50.0).forecast(items.protection_period).lead_time_demand
    before = np.full(4, np.inf)
    for periods in (0.01, 0.5, 2.0):
        quantity = np.full(4, 50.0 * periods)
        score = order_cycle(items, quantity, total).score
        assert (score < before).all()
        before, width = score, quantity / total.std
        met = [ndtr(np.linspace(z, z + w, 2001)).mean() for z, w in zip(score, width, strict=True)]
        np.testing.assert_allclose(met, ratios, atol=0.003)


def test_without_spread_lead_time_demand_is_as_wide_as_lead_times_make_it() -> None:
    """Demand that is known leaves the lead time's own deviation: 5 a period times 2 periods."""
    items = Items.build(1, lead_time=4, lead_time_std=2.0, fixed_order_cost=1.0)
    demand = np.full((12, 1), 5.0)
    steady = SteadyForecast(POISSON.forecast(items.protection_period))
    known = PerfectForecast.of(Episode(items, demand, steady, empty_start(items)))
    total = Shop(known).observe().forecast.lead_time_demand
    little = SPREAD * 10.0  # a perfect forecast keeps so much of the spread of five periods
    deviation = float(np.hypot(10.0, little))
    np.testing.assert_allclose((total.mean, total.std), ([25.0], [deviation]))
    assert total.quantile(0.9)[0] == pytest.approx(25.0 + 1.2815516 * deviation, rel=1e-2)


def test_fixed_lead_times_leave_the_forecast_as_it_is() -> None:
    items = Items.build(3, lead_time=[0, 2, 4])
    forecast = POISSON.forecast(items.protection_period)
    assert covering_late_orders(forecast, items) is forecast
    mixed = Items.build(3, lead_time=[0, 2, 4], lead_time_std=[1.0, 0.0, 1.0])
    wider = covering_late_orders(forecast, mixed).lead_time_demand
    np.testing.assert_array_equal(wider.std[:2], forecast.lead_time_demand.std[:2])
    assert wider.std[2] == pytest.approx(np.sqrt(5 * 20.0 + 20.0**2 / np.sqrt(np.pi)))
