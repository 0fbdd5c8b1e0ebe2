"""Untuned, the formula's level is near the best one also where reviews are rare or orders late."""

import numpy as np
import pytest

from baselines.order_up_to import OrderUpTo
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.forecasting.path import SteadyForecast
from replenish.items import Items, UnmetDemand
from replenish.judging.foresight import SPREAD, PerfectForecast
from replenish.lead_times import covering_late_orders
from replenish.protocols import Policy
from replenish.reference import Reference, cycle_score
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
    rate = np.full(2, 4.0)
    np.testing.assert_allclose(cycle_score(items, np.zeros(2), rate), items.critical_score)
    longer = cycle_score(items, np.full(2, 40.0), rate)  # 10 periods, for both
    np.testing.assert_allclose(longer, longer[0])


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
