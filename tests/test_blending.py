"""How far the agent leans on each item's own formula is decided on periods not searched on."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from baselines.policy_search import PolicySearch
from replenish.arrays import Floats
from replenish.learned import LearnedPolicy
from replenish.paired import BlockCosts
from replenish.reference import Reference
from replenish.simulation import Episode
from replenish.tuning.blending import Blend, blend, chosen_share
from replenish.tuning.opponents import mean_cost
from replenish.tuning.search import LEANINGS, Effort, tune, tune_in_turn
from tests.test_tuning import exact, history, mixed

EFFORT = Effort(candidates=8, rounds=3)
BLOCK = 14


def untrained(reference: Reference) -> LearnedPolicy:
    def network(features: Floats) -> Floats:
        return np.zeros((len(features), 1 + reference.capped))

    return LearnedPolicy(network, reference)


def of_items(costs: Floats) -> BlockCosts:
    """Return the (I,) costs of items as those of one block of one period."""
    return BlockCosts(costs[:, None], np.ones(1))


def chosen(costs: Mapping[float, Floats]) -> float:
    return chosen_share({share: of_items(each) for share, each in costs.items()})


@pytest.fixture(scope="module")
def parts() -> tuple[Episode, Episode]:
    return history(9, 200, 1, mixed), history(9, 200, 2, mixed)


@pytest.fixture(scope="module")
def found(parts: tuple[Episode, Episode]) -> Blend:
    return blend(
        untrained(Reference()), tune_in_turn(PolicySearch, *parts, EFFORT), parts[1], BLOCK
    )


def test_an_agent_that_knows_no_item_leaves_it_to_their_formulas(
    found: Blend, parts: tuple[Episode, Episode]
) -> None:
    """Each item's forecast is wrong by a factor of its own, which only its own formula learns."""
    assert found.share >= 0.75
    assert mean_cost(found.policy, parts[1]) < 0.8 * mean_cost(untrained(Reference()), parts[1])


def test_an_agent_that_knows_them_all_is_left_alone() -> None:
    """From half a dozen periods a formula learns chance, where the agent's level is right."""
    train, later = history(24, 6, 1, exact), history(24, 400, 2, exact)
    found = blend(
        untrained(Reference()), tune_in_turn(PolicySearch, train, later, EFFORT), later, BLOCK
    )
    assert found.share <= 0.25
    assert found.costs[1.0] > 1.02 * found.costs[0.0]


def test_the_share_is_chosen_with_formulas_that_validation_did_not_make(
    found: Blend, parts: tuple[Episode, Episode]
) -> None:
    assert tuple(found.costs) == LEANINGS
    assert found.costs[0.0] == pytest.approx(mean_cost(untrained(Reference()), parts[1]))
    first, _ = tune_in_turn(PolicySearch, *parts, EFFORT)
    told = {**first.parameters, "cap": np.inf}  # as long as the network's levels have no cap
    assert found.costs[1.0] == pytest.approx(mean_cost(PolicySearch(**told), parts[1]))


def test_the_formula_is_the_searched_opponent_found_on_both_parts(
    found: Blend, parts: tuple[Episode, Episode]
) -> None:
    both = tune(PolicySearch, *parts, EFFORT)
    assert found.own.parameters.keys() == PolicySearch.search.keys()
    for name, values in found.own.parameters.items():
        np.testing.assert_array_equal(values, np.broadcast_to(both.parameters[name], 9))
    np.testing.assert_array_equal(found.own.share, np.full(9, found.share))


def test_an_item_that_nobody_knows_is_ordered_by_the_agents_start(
    found: Blend, parts: tuple[Episode, Episode]
) -> None:
    alike = tune(PolicySearch, *parts, EFFORT, per_item=False).parameters
    start = {"score_shift": 0.0, "quantity_factor": 1.0, "cap": alike["cap"]}  # it has no cap
    start |= dict.fromkeys(("spread_weight", "bias_weight", "promotion_weight"), 0.0)
    assert found.own.common == {**start, "share": found.share}
    capped = untrained(Reference(0.5, 2.0, 3.0))
    own = blend(capped, tune_in_turn(PolicySearch, *parts, Effort(4, 1)), parts[1], BLOCK).own
    told = {"score_shift": 0.5, "quantity_factor": 2.0, "cap": 3.0, "share": own.share[0]}
    assert own.common == start | told


def test_an_agent_with_a_cap_averages_it_with_the_formula_s(
    parts: tuple[Episode, Episode],
) -> None:
    searched = tune_in_turn(PolicySearch, *parts, Effort(candidates=4, rounds=1))
    found = blend(untrained(Reference(0.0, 1.0, 2.0)), searched, parts[1], BLOCK)
    everything = replace(found.policy, own=replace(found.own, share=np.ones(9)))
    theirs = mean_cost(searched.on_both.policy, parts[1])
    assert mean_cost(everything, parts[1]) == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("each", "expected"),
    [
        ([3.0, 2.0, 1.5, 1.0, 1.2], 0.75),  # every item agrees: the cheapest, wherever it lies
        ([1.0, 1.2, 1.5, 2.0, 3.0], 0.0),
        ([3.0, 2.0, 1.5, 1.2, 1.0], 0.75),  # the formula alone is an opponent, no agent
        ([1.0, 1.0, 1.0, 1.0, 1.0], 0.5),
        ([1.1, 1.0, 1.2, 1.0, 1.3], 0.25),  # as near as the other: the first of the cheapest
    ],
)
def test_where_all_items_agree_the_cheapest_share_is_taken(
    each: list[float], expected: float
) -> None:
    costs = {share: of_items(np.full(50, cost)) for share, cost in zip(LEANINGS, each, strict=True)}
    assert chosen_share(costs) == expected


def test_a_cheapest_share_that_may_be_chance_gives_way_to_one_half() -> None:
    """0 is cheaper than a half by 0.9 with a standard error of 0.5; 1.1 are too much."""
    rng = np.random.default_rng(3)
    noise = rng.standard_normal(400)
    noise = (noise - noise.mean()) / noise.std() * 10.0  # standard error 0.5
    base = np.full(400, 200.0)
    more = {0.0: 0.0, 0.25: 0.5, 0.5: 0.9, 0.75: 5.0, 1.0: 9.0}
    costs = {share: base + (rise + noise if rise else 0.0) for share, rise in more.items()}
    for left in (0.5, 0.25):
        assert chosen(costs) == left
        costs[left] = costs[left] + 1.1 - more[left]
    assert chosen(costs) == 0.0


def test_where_few_items_carry_the_cost_a_share_that_costs_much_more_is_not_excused() -> None:
    noise = np.zeros(400)
    noise[:2] = 200.0, -200.0  # two items make the standard error larger than the difference
    base = np.full(400, 1.0)
    for more, expected in ((0.05, 0.0), (0.01, 0.5)):
        costs = {share: base + share * (more + noise / 10) for share in LEANINGS}
        assert costs[0.0].mean() < costs[0.25].mean() < costs[0.5].mean()
        assert chosen(costs) == expected


def test_what_all_items_shared_in_one_block_of_time_is_chance_too() -> None:
    """Every item pays more for more of the formula, in one of twelve blocks or in nine."""
    for blocks, expected in ((slice(3, 4), 0.5), (slice(2, 11), 0.0)):
        shared = np.full((400, 12), 10.0)
        shared[:, blocks] += 0.8 / len(range(12)[blocks])  # 0.7 % of what all twelve cost
        noise = 0.01 * np.random.default_rng(5).standard_normal((400, 12))
        cheap, dear = np.full((400, 12), 10.0), shared + noise
        costs = {share: BlockCosts(dear if share else cheap, np.ones(12)) for share in LEANINGS}
        assert chosen_share(costs) == expected
        assert chosen_share({s: of_items(cost.per_item) for s, cost in costs.items()}) == 0.0
