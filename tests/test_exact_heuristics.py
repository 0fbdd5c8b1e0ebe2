"""Simple rules at their best: truly the best of their kind, and never below the optimum."""

from collections.abc import Mapping

import numpy as np
import pytest

from replenish.errors import InputError
from replenish.exact.chain import stationary_cost
from replenish.exact.demand import DiscreteDemand
from replenish.exact.heuristics import (
    Heuristic,
    best_base_stock,
    best_capped_base_stock,
    best_capped_reorder_point,
    best_constant_order,
    best_heuristics,
    best_projected_level,
    best_reorder_point,
    myopic,
)
from replenish.exact.lost_sales import LostSales
from replenish.exact.rules import OrderUpTo, ProjectedLevel, projection
from replenish.exact.search import Point, lowest
from replenish.exact.value_iteration import solve
from tests.exact_instances import BIJVANK, CASES, instance

SHORT = [case for case in CASES if case[2] < 4]  # a grid of caps at L = 4 takes half a minute each


@pytest.fixture(scope="module")
def at_their_best() -> Mapping[int, Mapping[str, Heuristic]]:
    return {
        lead_time: {rule.name: rule for rule in best_heuristics(instance("poisson", 4, lead_time))}
        for lead_time in (1, 2, 3, 4)
    }


@pytest.mark.parametrize("lead_time", [1, 2, 3, 4])
def test_no_rule_undercuts_the_optimum_and_each_costs_what_it_says(
    lead_time: int, at_their_best: Mapping[int, Mapping[str, Heuristic]]
) -> None:
    problem = instance("poisson", 4, lead_time)
    optimum = solve(problem)
    for found in at_their_best[lead_time].values():
        assert found.cost > optimum.lower - 1e-8
        assert stationary_cost(problem, found.rule) == pytest.approx(found.cost, abs=1e-7)


@pytest.mark.parametrize("lead_time", [1, 2, 3, 4])
def test_the_best_level_is_the_best_of_all(
    lead_time: int, at_their_best: Mapping[int, Mapping[str, Heuristic]]
) -> None:
    problem = instance("poisson", 4, lead_time)
    top = problem.newsvendor_level(lead_time + 1) + 2
    every = [stationary_cost(problem, OrderUpTo(s, s)) for s in range(top - 9, top)]
    assert at_their_best[lead_time]["base_stock"].cost == pytest.approx(min(every), abs=1e-8)


def test_a_constant_order_costs_the_same_at_every_lead_time(
    at_their_best: Mapping[int, Mapping[str, Heuristic]],
) -> None:
    costs = [rules["constant_order"].cost for rules in at_their_best.values()]
    assert costs == pytest.approx([costs[0]] * 4)


def test_the_rules_for_a_fixed_order_cost_are_the_published_ones() -> None:
    two = best_reorder_point(BIJVANK)
    assert dict(two.parameters) == {"reorder_point": 17, "order_up_to_level": 23}
    assert round(two.cost, 2) == 11.62
    three = best_capped_reorder_point(BIJVANK, two)
    assert dict(three.parameters) == {"reorder_point": 17, "order_up_to_level": 23, "cap": 7}
    assert round(three.cost, 2) == 11.50


@pytest.mark.parametrize(
    ("family", "p", "lead_time"), [("poisson", 19, 2), ("geometric", 4, 3), ("poisson", 9, 3)]
)
def test_the_best_cap_is_the_best_of_all(family: str, p: int, lead_time: int) -> None:
    problem = instance(family, p, lead_time)
    found = best_capped_base_stock(problem)
    level = int(found.parameters["order_up_to_level"])
    assert found.cost <= best_base_stock(problem).cost
    every = {
        (top, cap): stationary_cost(problem, OrderUpTo(top, top, cap))
        for top in range(level - 7, level + 8)
        for cap in range(4, 13)
    }
    assert found.cost == pytest.approx(min(every.values()), abs=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize(("family", "p", "lead_time"), [*SHORT, ("geometric", 9, 4)])
def test_the_best_cap_is_the_best_of_a_whole_grid(family: str, p: int, lead_time: int) -> None:
    problem = instance(family, p, lead_time)
    found = best_capped_base_stock(problem)
    level = int(found.parameters["order_up_to_level"])
    every = [
        stationary_cost(problem, OrderUpTo(top, top, cap))
        for top in range(max(4, level - 8), level + 9)
        for cap in range(4, 18)
    ]
    assert found.cost == pytest.approx(min(every), abs=1e-8)


@pytest.mark.slow
def test_the_best_cap_lies_a_tenth_to_one_and_a_half_percent_above_the_optimum() -> None:
    gaps = []
    for family, p, lead_time in CASES:
        problem = instance(family, p, lead_time)
        gaps.append(100 * (best_capped_base_stock(problem).cost / solve(problem).cost - 1))
    assert min(gaps) > 0.05
    assert max(gaps) < 1.55
    assert np.mean(gaps) == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize("fixed_order_cost", [2.0, 30.0])
def test_the_best_reorder_point_is_the_best_of_all(fixed_order_cost: float) -> None:
    problem = instance("poisson", 9, 1, fixed_order_cost)
    every = [
        stationary_cost(problem, OrderUpTo(point + gap, point))
        for point in range(18)
        for gap in range(1, 32)
    ]
    assert best_reorder_point(problem).cost == pytest.approx(min(every), abs=1e-8)


@pytest.mark.parametrize("lead_time", [1, 2, 3])
def test_the_best_projected_level_is_the_best_of_a_grid(lead_time: int) -> None:
    problem = instance("geometric", 4, lead_time)
    found = best_projected_level(problem)
    table = projection(problem, 20, 60)
    every = [stationary_cost(problem, ProjectedLevel(at / 16, table)) for at in range(16, 320)]
    assert found.cost <= min(every) + 1e-4


def test_the_projection_is_the_mean_of_what_can_happen() -> None:
    problem = LostSales(DiscreteDemand.empirical([0, 3]), 3, 1.0, 4.0)
    table = projection(problem, 5, 20)
    # 2 on hand, 1 and 4 to come: after each demand of 0 or 3, eight paths
    paths = []
    for first, second, third in np.ndindex(2, 2, 2):
        after = max(2 - 3 * first, 0) + 1
        after = max(after - 3 * second, 0) + 4
        paths.append(max(after - 3 * third, 0))
    assert table[2, 1, 4] == pytest.approx(np.mean(paths))


def test_myopic_orders_are_the_best_of_all_for_the_periods_they_look_at() -> None:
    problem = instance("poisson", 9, 1)
    one, two = myopic(problem)
    left = problem.leftover(60)
    cost = problem.period_cost(np.arange(61))
    order = np.arange(20)
    received = np.minimum(np.arange(61)[:, None] + order, 60)  # k left over, z ordered
    first = left @ cost[received]  # (I, z) expected cost of the period of receipt
    second = left @ first.min(axis=1)[received]
    stock = np.arange(12)
    assert np.array_equal(one.rule(stock[:, None]), first.argmin(axis=1)[stock])
    assert np.array_equal(two.rule(stock[:, None]), (first + second).argmin(axis=1)[stock])


def test_a_constant_order_that_nearly_meets_demand_is_still_found() -> None:
    problem = LostSales(DiscreteDemand.empirical([0] * 49 + [2] * 51), 2, 1.0, 500.0)
    found = best_constant_order(problem)
    assert found.parameters["order_quantity"] in (0, 1)
    assert stationary_cost(problem, found.rule) == pytest.approx(found.cost, abs=1e-6)


def test_a_projection_beyond_memory_is_refused_with_its_size() -> None:
    with pytest.raises(InputError, match=r"a projection over 57,916,\d{3},\d{3} states"):
        projection(instance("poisson", 9, 9), 12, 70)


def test_descent_finds_the_bottom_of_a_bowl_from_afar() -> None:
    def bowl(point: Point, enough: float) -> float:
        return float((point[0] - 31) ** 2 + (point[1] + point[0] - 40) ** 2)

    assert lowest(bowl, [(0, 0), (5, 90)]) == ((31, 9), 0.0)
