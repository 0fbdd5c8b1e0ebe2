"""The exact cost of any rule: two computations of it agree, and the simulator agrees with both."""

from collections.abc import Callable

import numpy as np
import pytest

from replenish.arrays import Floats
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.errors import InputError
from replenish.exact.chain import Chain, stationary_cost
from replenish.exact.demand import DiscreteDemand
from replenish.exact.lost_sales import LostSales, Rule
from replenish.exact.policy import RulePolicy
from replenish.exact.rules import ConstantOrder, OrderUpTo
from replenish.exact.value_iteration import solve
from replenish.items import Items
from replenish.simulation import play
from tests.exact_instances import BIJVANK, instance

WARM_UP, PERIODS, ROWS = 60, 460, 192


def optimal(problem: LostSales) -> Rule:
    return solve(problem).rule


def capped(problem: LostSales) -> Rule:
    level = problem.newsvendor_level(problem.lead_time + 1) - 1
    return OrderUpTo(level, level, 7)


def batched(problem: LostSales) -> Rule:
    level = problem.newsvendor_level(problem.lead_time + 1)
    return OrderUpTo(level, level - 6, 9)


MAKERS = [optimal, capped, batched]
PROBLEMS = [
    instance("poisson", 9, 1),
    instance("geometric", 4, 2),
    BIJVANK,
    instance("poisson", 39, 3),
]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: f"L{p.lead_time}")
@pytest.mark.parametrize("make", MAKERS)
def test_values_and_shares_of_periods_give_the_same_cost(
    make: Callable[[LostSales], Rule], problem: LostSales
) -> None:
    chain = Chain.of(problem, make(problem))
    averages = chain.averages()
    assert chain.average_cost() == pytest.approx(averages.cost, abs=1e-8)
    counted = (
        problem.holding_cost * averages.on_hand
        + problem.shortage_cost * averages.lost
        + problem.fixed_order_cost * averages.orders_placed
    )
    assert counted == pytest.approx(averages.cost, abs=1e-8)
    assert averages.order == pytest.approx(problem.demand.mean - averages.lost, abs=1e-9)
    np.testing.assert_allclose(chain.moves.sum(axis=1), 1.0, atol=1e-12)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: f"L{p.lead_time}")
def test_the_optimal_rule_costs_what_the_solver_says(problem: LostSales) -> None:
    solution = solve(problem)
    assert stationary_cost(problem, solution.rule) == pytest.approx(solution.cost, abs=1e-8)


@pytest.mark.parametrize("lead_time", [1, 2, 3, 4])
@pytest.mark.parametrize("make", [optimal, capped])
@pytest.mark.parametrize("family", ["poisson", "geometric"])
def test_the_simulator_comes_to_the_exact_cost(
    family: str, make: Callable[[LostSales], Rule], lead_time: int
) -> None:
    problem = instance(family, 9, lead_time)
    rule = make(problem)
    costs = simulated_costs(DemandFamily(family, 5.0), problem, rule)
    exact = stationary_cost(problem, rule)
    error = costs.std(ddof=1) / np.sqrt(len(costs))
    assert error < 0.01 * exact
    assert abs(costs.mean() - exact) < 3.3 * error  # 99.9 %


def simulated_costs(family: DemandFamily, problem: LostSales, rule: Rule) -> Floats:
    items = Items.build(
        1,
        lead_time=problem.lead_time,
        holding_cost=problem.holding_cost,
        shortage_cost=problem.shortage_cost,
        fixed_order_cost=problem.fixed_order_cost,
        pack_size=1,  # so that episodes start with whole units
    )
    source = DrawnEpisodes(family, items, PERIODS)
    episode = source.draw(ROWS, np.random.default_rng(7))
    ledger = play(RulePolicy(rule, problem.lead_time), episode)
    return np.asarray(ledger.cost[WARM_UP:].mean(axis=0))


def test_a_chain_that_returns_in_turns_has_its_average_cost() -> None:
    problem = LostSales(DiscreteDemand.empirical([1]), 1, 1.0, 100.0, 8.0)
    every_fourth = OrderUpTo(5, 1)  # four units at a time, as the last one is sold
    assert stationary_cost(problem, every_fourth) == pytest.approx(8 / 4 + (0 + 1 + 2 + 3) / 4)


def test_a_chain_that_hardly_settles_is_solved_directly() -> None:
    problem = LostSales(DiscreteDemand.empirical([0, 10]), 1, 1.0, 5.0)
    chain = Chain.of(problem, ConstantOrder(5, 400))  # as much as is demanded
    assert chain.average_cost() == pytest.approx(chain.averages().cost, abs=1e-6)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda states: states[:, 0] - 1, r"the rule orders -1, expected whole units"),
        (lambda states: states[:, 0] + 0.5, r"the rule orders 0\.5, expected whole units"),
        (lambda states: states, r"orders of shape \(1, 2\), expected \(1,\)"),
        (lambda states: states.sum(axis=1) * 1000 + 9, r"the rule reaches states up to"),
    ],
)
def test_a_rule_that_cannot_be_played_is_refused(rule: Rule, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Chain.of(instance("poisson", 9, 2), rule)


def test_a_rule_that_ends_up_in_two_ways_has_no_one_cost() -> None:
    problem = LostSales(DiscreteDemand.empirical([1, 2]), 1, 1.0, 5.0)

    orders = np.zeros(18, dtype=np.int64)  # ends with 6 or 7 units, or with 16 or 17, for good
    orders[[0, 2, 3, 6, 7, 16, 17]] = 4, 16, 5, 2, 1, 2, 1

    with pytest.raises(InputError, match="ends up in two ways"):
        Chain.of(problem, lambda states: orders[states[:, 0]]).average_cost()
