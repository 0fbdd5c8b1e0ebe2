"""The exact optimum of lost sales against published values, and in the simulator."""

from itertools import pairwise

import numpy as np
import pytest

from replenish.errors import InputError
from replenish.exact.demand import DiscreteDemand
from replenish.exact.lost_sales import LostSales, Space
from replenish.exact.sweep import Sweep
from replenish.exact.value_iteration import solve
from tests.exact_instances import BIJVANK, CASES, instance, known_cost


@pytest.mark.parametrize(("family", "p", "lead_time"), CASES)
def test_the_optimum_is_the_published_one(family: str, p: int, lead_time: int) -> None:
    solution = solve(instance(family, p, lead_time))
    assert round(solution.cost, 2) == known_cost(family, p, lead_time)
    assert 0 <= solution.upper - solution.lower < 1e-8
    assert solution.lower <= solution.cost <= solution.upper


def test_the_optimum_with_a_fixed_order_cost_is_the_published_one() -> None:
    assert round(solve(BIJVANK).cost, 2) == 11.46


@pytest.mark.parametrize("lead_time", [1, 2, 3])
@pytest.mark.parametrize(("family", "p"), [("poisson", 9), ("geometric", 19)])
@pytest.mark.parametrize("fixed_order_cost", [0.0, 5.0])
def test_wider_limits_change_nothing(
    family: str, p: int, lead_time: int, fixed_order_cost: float
) -> None:
    problem = instance(family, p, lead_time, fixed_order_cost if lead_time < 3 else 0.0)
    assert solve(problem, widen=1.2).cost == pytest.approx(solve(problem).cost, abs=1e-7)


def test_what_cannot_be_held_is_refused_with_its_size_and_what_fits() -> None:
    problem = instance("geometric", 39, 7)
    with pytest.raises(InputError, match=r"lead_time 7 .* states, .* GB .*lead time of 5 would"):
        solve(problem)
    wide = LostSales(DiscreteDemand.empirical([0, 12_000]), 1, 1.0, 9.0)
    with pytest.raises(InputError, match=r"24,001 states, .* GB; count in larger units"):
        solve(wide)
    wider = LostSales(DiscreteDemand.empirical([0, 900_000]), 1, 1.0, 9.0)
    with pytest.raises(InputError, match=r"demand of 900,000 units .* count it in larger units"):
        solve(wider)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("lead_time", 0, r"lead_time is 0, expected a whole number of 1"),
        ("lead_time", 1.5, r"lead_time is 1\.5"),
        ("lead_time", np.nan, r"lead_time is nan"),
        ("holding_cost", -1.0, r"holding_cost is -1\.0"),
        ("holding_cost", 0.0, r"holding_cost is 0"),
        ("shortage_cost", -9.0, r"shortage_cost is -9\.0"),
        ("shortage_cost", np.nan, r"shortage_cost is nan"),
        ("fixed_order_cost", -0.5, r"fixed_order_cost is -0\.5"),
    ],
)
def test_what_makes_no_problem_is_refused_by_name(field: str, value: float, message: str) -> None:
    given = {"lead_time": 2, "holding_cost": 1.0, "shortage_cost": 9.0} | {field: value}
    with pytest.raises(InputError, match=message):
        LostSales(DiscreteDemand.empirical([3, 5]), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("lead_time", [1, 2, 3, 4])
def test_the_size_is_known_before_anything_is_held(lead_time: int) -> None:
    space = Space.of(instance("poisson", 9, lead_time))
    held = len(Sweep(space).states)
    assert held <= space.n_states <= 2 * held


@pytest.mark.parametrize(("p", "fixed_order_cost"), [(4.0, 0.0), (14.0, 5.0)])
def test_plain_value_iteration_over_a_box_of_states_finds_the_same(
    p: float, fixed_order_cost: float
) -> None:
    problem = instance("poisson", p, 2, fixed_order_cost)
    stock, orders = 42, 17  # units; beyond them nothing is kept or ordered
    pmf = problem.demand.pmf
    values = np.zeros((stock, orders))  # on hand, due next period
    low, high = -np.inf, np.inf
    while high - low > 1e-7:
        ahead = np.zeros((stock, orders, orders))
        cost = np.zeros(stock)
        for units, chance in enumerate(pmf):
            left = np.maximum(np.arange(stock) - units, 0)
            cost += chance * (left + p * np.maximum(units - np.arange(stock), 0))
            received = np.minimum(left[:, None] + np.arange(orders), stock - 1)
            ahead += chance * values[received]
        total = ahead + fixed_order_cost * (np.arange(orders) > 0)
        following = cost[:, None] + total.min(axis=2)
        low, high = (following - values).min(), (following - values).max()
        values = following - following[0, 0]
    assert solve(problem).cost == pytest.approx((low + high) / 2, abs=1e-7)


def test_known_demand_is_ordered_for_in_even_batches() -> None:
    problem = LostSales(DiscreteDemand.empirical([1]), 1, 1.0, 100.0, 8.0)
    assert solve(problem).cost == pytest.approx(8 / 4 + (0 + 1 + 2 + 3) / 4)  # as EOQ, 4 at a time


@pytest.mark.parametrize("lead_time", [2, 3, 4])
def test_more_stock_calls_for_smaller_orders_and_recent_orders_count_most(lead_time: int) -> None:
    """Zipkin 2008b, On the structure of lost-sales inventory models: slopes within -1 and 0."""
    problem = instance("poisson", 9, lead_time)
    rule = solve(problem).rule
    space = rule.space
    states = Sweep(space).states
    states = states[(states.sum(axis=1) < space.most_stock - 1)]
    states = states[(states[:, 1:] < 4).all(axis=1)]
    drops = []
    for at in range(lead_time):
        more = states.copy()
        more[:, at] += 1
        drops.append(rule(states) - rule(more))
    for earlier, later in pairwise(drops):
        assert (earlier >= 0).all()
        assert (later <= 1).all()
        assert (earlier <= later).all()


def test_a_state_beyond_the_table_is_ordered_for_as_if_more_were_due_earlier() -> None:
    rule = solve(instance("poisson", 9, 3)).rule
    assert rule(np.array([[500, 2, 1], [3, 400, 0], [0, 0, 90]])).tolist() == [0, 0, 0]
    most = rule.space.most_order
    above, same = np.array([[1, 2, most + 2]]), np.array([[1, 4, most]])
    assert rule(above) == rule(same)
    assert rule(np.array([[0, 0, 0]]))[0] > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "problem",
    [instance("geometric", 39, 4), instance("poisson", 39, 4), instance("poisson", 14, 3, 5.0)],
    ids=["geometric", "poisson", "fixed_order_cost"],
)
def test_wider_limits_change_nothing_for_the_largest(problem: LostSales) -> None:
    assert solve(problem, widen=1.2).cost == pytest.approx(solve(problem).cost, abs=1e-7)
