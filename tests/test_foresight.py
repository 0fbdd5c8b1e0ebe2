"""Perfect foresight is a bound: nothing pays less, and small problems reach it exactly."""

import itertools

import numpy as np
import pytest

from replenish.costs import Ledger
from replenish.demand_families import DemandFamily
from replenish.forecasting.path import SteadyForecast
from replenish.foresight import perfect_foresight_cost
from replenish.items import Items, UnmetDemand
from replenish.simulation import Episode, Shop, empty_start

FAMILY = DemandFamily("poisson", 2.0)


DEMAND = (2.0, 0.0, 1.0, 2.0, 1.0)
PLANS = np.array(list(itertools.product(range(7), repeat=len(DEMAND))), dtype=float)


def episode(rows: int, unmet_demand: UnmetDemand, **parameters: float) -> Episode:
    items = Items.build(rows, **parameters)
    demand = np.repeat(np.array(DEMAND)[:, None], rows, axis=1)
    steady = SteadyForecast(FAMILY.forecast(items.protection_period))
    return Episode(items, demand, steady, empty_start(items), unmet_demand)


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
