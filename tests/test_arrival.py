"""A learner may be told of an order by what it costs when it arrives; the money stays the same."""

from dataclasses import replace

import numpy as np
import pytest

from envs._core import Core, Rewards
from replenish.arrays import Floats
from replenish.costs import Ledger, credited_cost
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.items import Items, UnmetDemand
from replenish.simulation import Episode

PERIODS, ROWS = 40, 6
LEAD_TIME = np.array([0, 1, 2, 3, 5, 5])
SOURCES: dict[str, dict[str, float]] = {
    "plain": {},
    "fixed order cost": {"fixed_order_cost": 20.0},
    "charged": {"unit_cost": 3.0, "fixed_order_cost": 20.0},
    "weekly review": {"review_period": 3},
    "packs": {"pack_size": 4.0, "min_order": 8.0},
}


def source(unmet_demand: UnmetDemand, **parameters: float) -> DrawnEpisodes:
    costs = {"holding_cost": 1.0, "shortage_cost": 9.0, "lead_time": 5}
    items = Items.build(1, unmet_demand, **{**costs, **parameters})
    return DrawnEpisodes(DemandFamily("poisson", 5.0), items, periods=PERIODS)


def episode(problem: DrawnEpisodes) -> Episode:
    """Return an episode whose rows wait for their orders for different times."""
    drawn = problem.draw(ROWS, np.random.default_rng(4))
    return replace(drawn, items=replace(drawn.items, lead_time=LEAD_TIME))


def played(problem: DrawnEpisodes, rewards: Rewards) -> tuple[Floats, list[Ledger]]:
    """Return the rewards (T, N) and the ledgers of a clumsy policy."""
    core, rng = Core(problem, ROWS, rewards=rewards), np.random.default_rng(0)
    core.reset(np.random.default_rng(1), episode(problem))
    paid, ledgers, over = [], [], False
    while not over:
        turn = core.step(rng.uniform(-1.0, 1.0, (ROWS, core.n_actions)))
        paid.append(turn.rewards)
        ledgers.append(turn.ledger)
        over = turn.over
    return np.stack(paid), ledgers


@pytest.mark.parametrize("credited", [True, False])
@pytest.mark.parametrize("unmet_demand", ["lost", "backorder"])
@pytest.mark.parametrize("name", SOURCES)
def test_an_order_is_paid_for_by_the_period_in_which_it_arrives(
    name: str, unmet_demand: UnmetDemand, credited: bool
) -> None:
    problem = source(unmet_demand, **SOURCES[name])
    as_they_come = Rewards(scaled=False, credited=credited)
    paid, _ = played(problem, replace(as_they_come, due="arrival"))
    _, ledgers = played(problem, as_they_come)
    whole, items = Ledger.stack(ledgers), episode(problem).items
    ordering = whole.cost_ordering - (items.unit_cost * whole.order if credited else 0.0)
    total = credited_cost(whole, items) if credited else whole.cost
    assert len(paid) == PERIODS - LEAD_TIME.max()
    for row, wait in enumerate(LEAD_TIME):
        ends = slice(wait, wait + len(paid))
        expected = ordering[: len(paid), row] + (total - ordering)[ends, row]
        np.testing.assert_allclose(-paid[:, row], expected, atol=1e-9)


def test_the_reference_in_lockstep_is_counted_alike() -> None:
    problem = source("lost", fixed_order_cost=20.0)
    core = Core(problem, ROWS, rewards=Rewards("reference", due="arrival"))
    core.reset(np.random.default_rng(1), episode(problem))
    for _ in range(PERIODS - LEAD_TIME.max()):
        turn = core.step(np.zeros((ROWS, 2)))
        np.testing.assert_array_equal(turn.rewards, 0.0)
    assert turn.over


def test_orders_that_may_overtake_one_another_are_paid_for_as_periods_come() -> None:
    problem = source("lost", lead_time_std=1.0)
    core = Core(problem, ROWS, rewards=Rewards(scaled=False, due="arrival"))
    core.reset(np.random.default_rng(1))
    turns = [core.step(np.zeros((ROWS, 1))) for _ in range(PERIODS)]
    for turn in turns:
        np.testing.assert_allclose(-turn.rewards, turn.ledger.cost)
    assert [turn.over for turn in turns] == [False] * (PERIODS - 1) + [True]


def test_an_episode_in_which_nothing_can_arrive_is_paid_for_as_periods_come() -> None:
    problem = replace(source("lost"), periods=5)
    core = Core(problem, ROWS, rewards=Rewards(scaled=False, due="arrival"))
    core.reset(np.random.default_rng(1))
    turns = [core.step(np.zeros((ROWS, 1))) for _ in range(5)]
    np.testing.assert_allclose(-turns[2].rewards, turns[2].ledger.cost)
    assert turns[-1].over
