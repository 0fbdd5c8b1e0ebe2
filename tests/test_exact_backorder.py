"""Exact solutions where demand waits: printed optima, and two independent ways to each of them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from replenish.arrays import Floats
from replenish.demand_families import DemandFamily
from replenish.errors import InputError
from replenish.exact.backorder import (
    BackorderProblem,
    base_stock_cost,
    best_base_stock,
    best_quantity_rule,
    newsvendor,
    quantity_rule_cost,
)
from replenish.exact.demand import DiscreteDemand
from replenish.exact.fixed_cost import best_reorder_levels, reorder_cost, visits

PRINTED = {
    10: (6, 40, 35.022),
    15: (10, 49, 42.698),
    20: (14, 62, 49.173),
    21: (15, 65, 50.406),
    25: (19, 56, 54.262),
    30: (23, 66, 57.819),
    40: (33, 87, 64.512),
    50: (42, 108, 70.975),
}  # mean demand: s, S and cost at K = 64, h = 1, p = 9, L = 0
DEMANDS = st.lists(st.integers(0, 9), min_size=2, max_size=6).filter(lambda w: sum(w[1:]) > 0)


def family(name: str, mean: float) -> DiscreteDemand:
    return DiscreteDemand.of_family(DemandFamily(name, mean))


def classic(mean: float) -> BackorderProblem:
    return BackorderProblem(family("poisson", mean), 0, 1.0, 9.0, 64.0)


def small(weights: list[int], lead_time: int, fixed_order_cost: float = 5.0) -> BackorderProblem:
    pmf = np.array(weights, dtype=float) / sum(weights)
    return BackorderProblem(DiscreteDemand(pmf), lead_time, 1.0, 4.0, fixed_order_cost)


def cost_by_outcomes(problem: BackorderProblem, position: int) -> float:
    """Return G by summing over every demand of L + 1 periods."""
    total = problem.demand_until_counted
    left = position - np.arange(total.most + 1)
    money = problem.holding_cost * np.maximum(left, 0) + problem.shortage_cost * np.maximum(
        -left, 0
    )
    return float(money @ total.pmf)


def cost_by_chain(problem: BackorderProblem, orders: dict[int, int]) -> float:
    """Return the cost of a rule {position before ordering: position after} from its chain.

    Positions below the lowest one are treated as that one, which is exact for (s,S).
    """
    states = sorted(orders)
    number = {state: k for k, state in enumerate(states)}
    moves, money = np.zeros((len(states), len(states))), np.zeros(len(states))
    for state, k in number.items():
        after = orders[state]
        money[k] = problem.fixed_order_cost * (after > state) + problem.cost_rate(after)
        for units, chance in enumerate(problem.demand.pmf):
            moves[k, number[max(after - units, states[0])]] += chance
    return float(stationary(moves) @ money)


def stationary(moves: Floats) -> Floats:
    """Return the stationary distribution of a chain with one recurrent class."""
    n = len(moves)
    system = np.vstack((moves.T - np.eye(n), np.ones(n)))
    return np.asarray(np.linalg.lstsq(system, np.r_[np.zeros(n), 1.0], rcond=None)[0])


def cost_by_value_iteration(problem: BackorderProblem, low: int, high: int) -> tuple[float, float]:
    """Return bounds on the least cost of *any* rule on positions low..high (Puterman 1994, 8.5.4).

    From low or below, the best rule orders, so that it may stand for everything below it. Half
    of each step stays in place, against periodic chains.
    """
    positions = np.arange(low, high + 1)
    rate, size = problem.cost_rate(positions), len(positions)
    below = np.maximum(np.arange(size)[:, None] - np.arange(problem.demand.most + 1), 0)
    value = np.zeros(size)
    for _ in range(5000):
        after = rate + value[below] @ problem.demand.pmf
        dearer = np.minimum.accumulate(after[::-1])[::-1] + problem.fixed_order_cost
        step = np.minimum(after, dearer) - value
        value = value + 0.5 * step
        if np.ptp(step) < 1e-9:
            break
    return float(step.min()), float(step.max())


@pytest.mark.parametrize(("mean", "printed"), PRINTED.items())
def test_the_printed_optima_are_reproduced_to_the_digit(
    mean: int, printed: tuple[int, int, float]
) -> None:
    s, top, cost = printed
    problem = classic(mean)
    best = best_reorder_levels(problem)
    assert round(best.cost, 3) == cost
    assert round(reorder_cost(problem, s, top), 3) == cost


@pytest.mark.parametrize(
    ("mean", "cost"),
    [(10, 35.0215552723), (25, 54.2621667186), (40, 64.5118470979), (50, 70.9752123295)],
)
def test_stockpyl_finds_the_same_cost(mean: int, cost: float) -> None:
    """As stockpyl 1.0.2 answers: s_s_discrete_exact(1, 9, 64, use_poisson=True, ...)."""
    assert best_reorder_levels(classic(mean)).cost == pytest.approx(cost, abs=1e-9)


@pytest.mark.parametrize("mean", [10, 25])
def test_no_rule_of_any_form_is_cheaper_than_the_best_levels(mean: int) -> None:
    problem = classic(mean)
    best = best_reorder_levels(problem)
    low, high = best.reorder_point - 20, best.order_up_to_level + 40
    least, most = cost_by_value_iteration(problem, low, high)
    assert least - 1e-8 <= best.cost <= most + 1e-8


@settings(deadline=None, max_examples=40)
@given(DEMANDS, st.integers(0, 3), st.sampled_from([0.0, 0.5, 7.0, 40.0]))
@example([6, 9, 9, 6], 0, 0.0)  # two levels cost the same
def test_the_best_levels_are_the_best_of_all_pairs_and_of_all_rules(
    weights: list[int], lead_time: int, fixed_order_cost: float
) -> None:
    problem = small(weights, lead_time, fixed_order_cost)
    best = best_reorder_levels(problem)
    span = range(best.reorder_point - 6, best.order_up_to_level + 8)
    pairs = [reorder_cost(problem, s, top) for s in span for top in span if s < top]
    assert best.cost == pytest.approx(min(pairs), abs=1e-9)
    least, most = cost_by_value_iteration(problem, span[0], span[-1])
    assert least - 1e-8 <= best.cost <= most + 1e-8


@settings(deadline=None, max_examples=40)
@given(DEMANDS, st.integers(0, 3), st.integers(-5, 12), st.integers(1, 9))
def test_the_cost_of_any_levels_is_that_of_their_chain(
    weights: list[int], lead_time: int, s: int, gap: int
) -> None:
    problem = small(weights, lead_time)
    orders = {x: s + gap if x <= s else x for x in range(s, s + gap + 1)}
    expected = cost_by_chain(problem, orders)
    assert reorder_cost(problem, s, s + gap) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("lead_time", range(5))
@pytest.mark.parametrize("name", ["poisson", "geometric"])
def test_the_cost_rate_is_the_expectation_over_every_outcome(name: str, lead_time: int) -> None:
    problem = BackorderProblem(family(name, 5.0), lead_time, 1.0, 9.0)
    for position in (-7, 0, 1, 24, problem.demand_until_counted.most + 9):
        expected = cost_by_outcomes(problem, position)
        assert float(problem.cost_rate(position)) == pytest.approx(expected, rel=1e-9)


def test_with_geometric_demand_every_position_below_is_visited_alike() -> None:
    mean = 5.0
    found = visits(family("geometric", mean), 40)
    stay = 1 / (1 + mean)  # no demand; given one, it is memoryless
    np.testing.assert_allclose(found[0], 1 / (1 - stay))
    np.testing.assert_allclose(found[1:], 1 / (1 - stay) / (1 + mean))


def test_without_a_fixed_cost_the_best_levels_are_the_base_stock() -> None:
    problem = BackorderProblem(family("poisson", 5.0), 2, 1.0, 9.0)
    best, level = best_reorder_levels(problem), best_base_stock(problem)
    assert best.cost == pytest.approx(level.cost)
    assert (best.reorder_point, best.order_up_to_level) == (
        level.order_up_to_level - 1,
        level.order_up_to_level,
    )


@settings(deadline=None)
@given(DEMANDS, st.integers(0, 3))
def test_the_best_base_stock_is_the_cheapest_of_all_levels(weights: list[int], lag: int) -> None:
    problem = small(weights, lag)
    costs = [base_stock_cost(problem, level) for level in range(-3, 30)]
    assert best_base_stock(problem).cost == pytest.approx(min(costs))
    level = best_base_stock(problem).order_up_to_level
    as_levels = reorder_cost(problem, level - 1, level)
    assert base_stock_cost(problem, level) == pytest.approx(as_levels)


def test_the_newsvendor_of_the_textbook() -> None:
    """1 to 5 are asked for alike, 1 lost per unit left over, 3 per unit missing: F^-1(3/4)."""
    demand = DiscreteDemand(np.array([0, 1, 1, 1, 1, 1]) / 5)
    best = newsvendor(demand, overage_cost=1.0, underage_cost=3.0)
    assert best.order_quantity == 4
    assert best.cost == pytest.approx((3 + 2 + 1 + 0 + 3) / 5)


def test_the_newsvendor_of_the_newsstand() -> None:
    """Poisson demand of mean 50, as stockpyl 1.0.2's newsvendor_discrete solves it."""
    best = newsvendor(family("poisson", 50.0), overage_cost=0.18, underage_cost=0.70)
    assert best.order_quantity == 56
    assert best.cost == pytest.approx(1.7972352118092, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(DEMANDS, st.integers(0, 2), st.integers(-3, 8), st.integers(1, 7))
def test_the_cost_of_any_lot_rule_is_that_of_its_chain(
    weights: list[int], lead_time: int, r: int, lot: int
) -> None:
    weights = [*weights[:1], max(weights[1], 1), *weights[2:]]  # all positions are reached
    problem = small(weights, lead_time)
    reach = problem.demand.most
    orders = {
        x: x if x > r else x + lot * -((x - r - 1) // lot) for x in range(r - reach, r + lot + 1)
    }
    expected = cost_by_chain(problem, orders)
    assert quantity_rule_cost(problem, r, lot) == pytest.approx(expected, abs=1e-8)


@settings(deadline=None, max_examples=40)
@given(DEMANDS, st.integers(0, 2), st.sampled_from([0.0, 3.0, 30.0]))
def test_the_best_lot_rule_is_the_cheapest_of_all_lots_and_points(
    weights: list[int], lead_time: int, fixed_order_cost: float
) -> None:
    problem = small(weights, lead_time, fixed_order_cost)
    best = best_quantity_rule(problem)
    all_costs = [
        quantity_rule_cost(problem, r, lot) for r in range(-25, 25) for lot in range(1, 40)
    ]
    assert best.cost == pytest.approx(min(all_costs))
    again = quantity_rule_cost(problem, best.reorder_point, best.order_quantity)
    assert best.cost == pytest.approx(again)


@pytest.mark.parametrize("lead_time", [0, 3])
def test_best_rules_are_ordered_by_the_freedom_they_have(lead_time: int) -> None:
    problem = BackorderProblem(family("poisson", 10.0), lead_time, 1.0, 9.0, 64.0)
    best = [f(problem).cost for f in (best_reorder_levels, best_quantity_rule, best_base_stock)]
    assert best == sorted(best)


def test_more_lead_time_and_dearer_orders_never_cost_less() -> None:
    demand = family("geometric", 5.0)
    by_lead_time = [
        best_reorder_levels(BackorderProblem(demand, lag, 1, 9, 20)) for lag in range(4)
    ]
    by_fixed_cost = [best_reorder_levels(BackorderProblem(demand, 1, 1, 9, k)) for k in (0, 5, 50)]
    for rising in (by_lead_time, by_fixed_cost):
        assert all(a.cost < b.cost for a, b in pairwise(rising))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lead_time": 1.5}, "lead_time is 1.5, expected a whole number of 0 or more"),
        ({"lead_time": -1}, "lead_time is -1"),
        ({"lead_time": float("nan")}, "lead_time is nan"),
        ({"holding_cost": -1.0}, "holding_cost is -1.0, expected more than 0"),
        ({"holding_cost": 0.0}, "holding_cost is 0.0"),
        ({"shortage_cost": float("inf")}, "shortage_cost is inf"),
        ({"fixed_order_cost": -64.0}, "fixed_order_cost is -64.0, expected 0"),
        ({"demand": DiscreteDemand(np.array([1.0]))}, "demand is always 0 units"),
    ],
)
def test_a_problem_that_cannot_be_is_refused_by_name(change: dict[str, float], words: str) -> None:
    right = {"demand": family("poisson", 5.0), "lead_time": 1, "holding_cost": 1.0}
    with pytest.raises(InputError, match=words):
        BackorderProblem(**({**right, "shortage_cost": 9.0} | change))  # type: ignore[arg-type]


def test_rules_that_cannot_be_are_refused_by_name() -> None:
    problem = classic(10)
    with pytest.raises(InputError, match="reorder_point is 9, expected less than"):
        reorder_cost(problem, 9, 9)
    with pytest.raises(InputError, match="order_quantity is 0"):
        quantity_rule_cost(problem, 3, 0)
    with pytest.raises(InputError, match="underage_cost is -3"):
        newsvendor(problem.demand, 1.0, -3.0)
