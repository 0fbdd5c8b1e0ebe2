"""The environment counts right: by hand period by period, and on average against exact costs."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import gymnasium
import numpy as np
import pytest

import envs  # noqa: F401 - registers the environments
from envs.replenishment import Replenishment
from replenish.arrays import Floats
from replenish.demand_families import DemandFamily
from replenish.exact.backorder import (
    BackorderProblem,
    base_stock_cost,
    best_base_stock,
    quantity_rule_cost,
)
from replenish.exact.chain import stationary_cost
from replenish.exact.demand import DiscreteDemand
from replenish.exact.fixed_cost import best_reorder_levels, reorder_cost
from replenish.exact.lost_sales import LostSales
from replenish.exact.rules import OrderUpTo
from replenish.items import Items
from replenish.lead_times import lead_time_shares

Wish = Callable[[Floats], Floats]  # (N,) inventory position -> (N,) units
WAITING, FIXED = "replenish/BaseStockBackorder-v0", "replenish/FixedCostBackorder-v0"
LOST = "replenish/LostSales-v0"
SHOWN = ("received", "order", "demand", "sales", "unmet", "on_hand", "on_order", "backorders")


def walk(
    environment: str, orders: Sequence[float], seed: int = 0, **parameters: Any
) -> tuple[gymnasium.Env[Any, Any], list[list[float]]]:
    """Return the environment and what it said of each period: units as `SHOWN`, then the cost."""
    env = gymnasium.make(environment, action="order", **parameters)
    env.reset(seed=seed)
    said = []
    for order in orders:
        _, reward, terminated, _, info = env.step(np.array([order]))
        assert reward == -info["cost"]
        assert not terminated
        said.append([info[name] for name in (*SHOWN, "cost")])
    return env, said


def test_demand_that_waits_by_hand() -> None:
    # L = 2, h = 1, p = 4 for every period of waiting; 5 on hand and 3 due in the next period.
    _, said = walk(
        WAITING, [6, 0, 2, 12, 0, 0], demand=[4, 6, 2, 9, 3, 0], lead_time=2, shortage_cost=4,
        initial_on_hand=5, initial_on_order=[3],
    )  # fmt: skip
    assert said == [
        # received order demand sales unmet on_hand on_order backorders cost
        [0, 6, 4, 4, 0, 1, 9, 0, 1],
        [3, 0, 6, 4, 2, 0, 6, 2, 8],
        [6, 2, 2, 2, 0, 2, 2, 0, 2],  # 2 of the 6 go to those who waited
        [0, 12, 9, 2, 7, 0, 14, 7, 28],
        [2, 0, 3, 0, 3, 0, 12, 8, 32],  # 5 still wait, 3 join them
        [12, 0, 0, 0, 0, 4, 0, 0, 4],
    ]


def test_an_order_costs_its_fixed_cost_once_and_each_unit_by_hand() -> None:
    # L = 1, h = 1, p = 3, K = 5, c = 2; 4 on hand.
    env, said = walk(
        FIXED, [6, 0, 4, 0], demand=[3, 5, 0, 8], lead_time=1, shortage_cost=3, unit_cost=2,
        fixed_order_cost=5, initial_on_hand=4,
    )  # fmt: skip
    assert said == [
        [0, 6, 3, 3, 0, 1, 6, 0, 18],  # 5 + 6 x 2 + 1
        [6, 0, 5, 5, 0, 2, 0, 0, 2],
        [0, 4, 0, 0, 0, 2, 4, 0, 15],  # 5 + 4 x 2 + 2
        [4, 0, 8, 6, 2, 0, 0, 2, 6],
    ]
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step(np.zeros(1))


def test_without_a_lead_time_an_order_serves_the_same_period_by_hand() -> None:
    _, lost = walk(LOST, [6, 4, 6], demand=[4, 7, 0], lead_time=0, shortage_cost=3)
    assert lost == [
        [6, 6, 4, 4, 0, 2, 0, 0, 2],
        [4, 4, 7, 6, 1, 0, 0, 0, 3],
        [6, 6, 0, 0, 0, 6, 0, 0, 6],
    ]
    _, waiting = walk(WAITING, [2, 5, 0, 1], demand=[4, 1, 5, 1], lead_time=0, shortage_cost=3)
    assert waiting == [
        [2, 2, 4, 2, 2, 0, 0, 2, 6],
        [5, 5, 1, 1, 0, 2, 0, 0, 2],  # 2 of the 5 go to those who waited, at once
        [0, 0, 5, 2, 3, 0, 0, 3, 9],
        [1, 1, 1, 0, 1, 0, 0, 3, 9],
    ]


def test_orders_with_random_lead_times_overtake_each_other_by_hand() -> None:
    # h = 1, p = 4; 8 on hand. The order of 6 takes four periods, the 4 after it take one.
    env, said = walk(
        LOST, [5, 6, 4, 0, 7, 0], seed=1, demand=[3, 4, 2, 6, 5, 1], lead_time=2,
        lead_time_std=1.0, shortage_cost=4, initial_on_hand=8,
    )  # fmt: skip
    drawn = cast("Replenishment", env.unwrapped)._core.episode.lead_times
    assert drawn is not None
    assert drawn[:5, 0].tolist() == [2, 4, 1, 4, 1]
    assert said == [
        [0, 5, 3, 3, 0, 5, 5, 0, 5],
        [0, 6, 4, 4, 0, 1, 11, 0, 1],
        [5, 4, 2, 2, 0, 4, 10, 0, 4],
        [4, 0, 6, 6, 0, 2, 6, 0, 2],
        [0, 7, 5, 2, 3, 0, 13, 0, 12],
        [13, 0, 1, 1, 0, 12, 0, 0, 12],  # 6 + 7 arrive together
    ]


class Measured(NamedTuple):
    """Mean cost per period over independent rows, and its standard error."""

    cost: float
    error: float

    def agrees(self, exact: float) -> bool:
        """Whether the exact cost lies within 3.3 standard errors, a 99.9 % interval."""
        return abs(self.cost - exact) < 3.3 * self.error


def measure(environment: str, wish: Wish, **parameters: Any) -> Measured:
    """Play 1,000 rows through `gymnasium.make_vec`; the first 100 of 600 periods do not count."""
    env = gymnasium.make_vec(environment, num_envs=1000, periods=600, action="order", **parameters)
    env.reset(seed=20)
    position, costs = np.zeros(1000), []
    for _ in range(600):
        info = env.step(wish(position)[:, None])[4]
        position = info["on_hand"] + info["on_order"] - info["backorders"]
        costs.append(info["cost"])
    rows = np.mean(costs[100:], axis=0)
    return Measured(float(rows.mean()), float(rows.std(ddof=1) / np.sqrt(len(rows))))


def up_to(level: int) -> Wish:
    return lambda position: np.maximum(level - position, 0.0)


def waiting(family: str, mean: float, lead_time: int, fixed_cost: float = 0) -> BackorderProblem:
    demand = DiscreteDemand.of_family(DemandFamily(family, mean))
    return BackorderProblem(demand, lead_time, 1.0, 9.0, fixed_cost)


@pytest.mark.parametrize("lead_time", range(5))
@pytest.mark.parametrize("family", ["poisson", "geometric"])
def test_base_stock_with_backorders_costs_what_is_exact(family: str, lead_time: int) -> None:
    best = best_base_stock(waiting(family, 5.0, lead_time))
    level = best.order_up_to_level
    found = measure(WAITING, up_to(level), demand=family, lead_time=lead_time)
    assert found.agrees(best.cost)
    longer = waiting(family, 5.0, lead_time + 1)  # a period counted wrong would be seen
    assert not found.agrees(base_stock_cost(longer, level))


@pytest.mark.parametrize("lead_time", range(5))
def test_reorder_levels_with_a_fixed_cost_cost_what_is_exact(lead_time: int) -> None:
    best = best_reorder_levels(waiting("poisson", 10.0, lead_time, 64.0))
    s, top = best.reorder_point, best.order_up_to_level
    found = measure(FIXED, lambda position: (top - position) * (position <= s), lead_time=lead_time)
    assert found.agrees(best.cost)
    other = waiting("poisson", 10.0, lead_time + 1, 64.0)
    assert not found.agrees(reorder_cost(other, s, top))
    assert not found.agrees(reorder_cost(waiting("poisson", 10.0, lead_time, 65.0), s, top))


@pytest.mark.parametrize(("lead_time", "lot"), [(0, 6), (3, 24)])
def test_whole_packs_with_a_fixed_cost_cost_what_is_exact(lead_time: int, lot: int) -> None:
    problem = waiting("poisson", 10.0, lead_time, 64.0)
    r = 10 * lead_time + 9
    found = measure(FIXED, up_to(r + 1), lead_time=lead_time, pack_size=lot)
    assert found.agrees(quantity_rule_cost(problem, r, lot))


@pytest.mark.parametrize("level", [4, 8])
@pytest.mark.parametrize("family", ["poisson", "geometric"])
def test_lost_sales_without_lead_time_cost_what_the_newsvendor_pays(
    family: str, level: int
) -> None:
    """What is short waits in one, is lost in the other: nothing is carried over into a new lot."""
    exact = base_stock_cost(waiting(family, 5.0, 0), level)
    assert measure(LOST, up_to(level), demand=family, lead_time=0).agrees(exact)


@pytest.mark.parametrize("lead_time", [1, 2, 3, 4])
@pytest.mark.parametrize("family", ["poisson", "geometric"])
def test_base_stock_with_lost_sales_costs_what_its_chain_says(family: str, lead_time: int) -> None:
    demand, level = DiscreteDemand.of_family(DemandFamily(family, 5.0)), 5 * lead_time + 7
    rule = OrderUpTo(level, level - 1)
    found = measure(LOST, up_to(level), demand=family, lead_time=lead_time)
    assert found.agrees(stationary_cost(LostSales(demand, lead_time, 1.0, 9.0), rule))


@pytest.mark.parametrize(("lead_time", "spread"), [(1, 0.7), (2, 1.0), (4, 1.5)])
def test_random_lead_times_that_overtake_cost_what_is_exact(lead_time: int, spread: float) -> None:
    """An order of k periods ago, for the demand before it, is out with P(lead time > k).

    So S less what is on hand is a sum of independent demands, each there or not there.
    """
    shares = lead_time_shares(Items.build(1, lead_time=lead_time, lead_time_std=spread))[0]
    problem = waiting("poisson", 5.0, 0)
    pmf = problem.demand.pmf
    short = pmf  # this period's demand
    for still_out in 1.0 - np.cumsum(shares)[:-1]:
        there = still_out * pmf
        there[0] += 1.0 - still_out
        short = np.convolve(short, there)
    all_out = BackorderProblem(DiscreteDemand(short / short.sum()), 0, 1.0, 9.0)
    level = all_out.cheapest_level
    found = measure(WAITING, up_to(level), lead_time=lead_time, lead_time_std=spread)
    assert found.agrees(float(all_out.cost_rate(level)))
    assert not found.agrees(base_stock_cost(waiting("poisson", 5.0, lead_time), level))
