"""Searches over many parameters find known optima, begin untuned and repeat by their seed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from baselines.policy_search import PolicySearch, evolve
from baselines.swarm_search import SwarmSearch, swarm
from replenish.arrays import Floats
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.items import Items
from replenish.reference import Reference
from replenish.simulation import Episode, play
from replenish.tuning import search
from replenish.tuning.search import Effort, Strategy, tune, zoom_in
from tests.test_baselines import moment

STRATEGIES: list[Strategy] = [evolve, swarm]
KINDS = [PolicySearch, SwarmSearch]
BEST = np.array([0.2, 0.7, 0.5, 0.9, 0.35, 0.6])
UNTUNED = np.full(6, 0.5)


def bowl(tried: list[Floats]) -> Any:
    """Return a trial whose cost is the squared distance from `BEST`, and note what was tried."""

    def trial(shares: Floats) -> Floats:
        tried.append(shares)
        return np.asarray(((shares - BEST) ** 2).sum(axis=1))

    return trial


def searched(strategy: Strategy, effort: Effort) -> Floats:
    tried: list[Floats] = []
    strategy(bowl(tried), UNTUNED, effort)
    return np.concatenate(tried)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_search_comes_close_to_a_known_optimum(strategy: Strategy) -> None:
    tried = searched(strategy, Effort())
    distance = np.sqrt(((tried - BEST) ** 2).sum(axis=1))
    assert distance.min() < 0.5 * distance[:16].min()  # of the first, space-filling generation
    hard = searched(strategy, Effort(candidates=32, rounds=20))
    assert np.sqrt(((hard - BEST) ** 2).sum(axis=1)).min() < 0.02


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_search_tries_the_untuned_setting_and_stays_within_the_ranges(
    strategy: Strategy,
) -> None:
    tried = searched(strategy, Effort(candidates=2, rounds=1))
    assert (tried == UNTUNED).all(axis=1).any()
    tried = searched(strategy, Effort())
    assert tried.min() >= 0.0
    assert tried.max() <= 1.0
    assert len(tried) == 4 * len(searched(zoom_in, Effort()))  # the effort that the docs state


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_seed_tries_the_same_again_and_another_one_other_settings(strategy: Strategy) -> None:
    once, again, other = (searched(strategy, Effort(seed=seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, other)


def two_seasons(rows: int = 6, periods: int = 120) -> list[Episode]:
    items = Items.build(1, lead_time=4, shortage_cost=9.0)
    source = DrawnEpisodes(DemandFamily("negative_binomial", 6.0, 5.0), items, periods)
    return [source.draw(rows, np.random.default_rng(seed)) for seed in (1, 2)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_search_over_more_parameters_beats_the_formula_that_it_holds(kind: Any) -> None:
    """A cap pays with lost sales (Xin 2021): the searched formula is below the tuned reference."""
    train, later = two_seasons()
    cost = {
        tested: sum(play(tune(tested, train, later).policy, e).cost.mean() for e in (train, later))
        for tested in (kind, Reference)
    }
    assert cost[kind] < cost[Reference]


def test_of_many_items_some_are_searched_on_and_no_item_pays_more_than_untuned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "MANY", 8)
    monkeypatch.setattr(search, "SAMPLE", 4)
    episodes = two_seasons(rows=20, periods=60)
    found = search._search(PolicySearch, episodes, Effort(candidates=8, rounds=2))
    each = search._tuned(PolicySearch, found, 1.0)
    assert np.shape(each.parameters["cap"]) == (20,)
    own, untuned = (
        sum(play(policy, episode).cost.sum(axis=0) for episode in episodes)
        for policy in (each.policy, PolicySearch())
    )
    assert (own <= untuned).all()
    assert own.sum() < 0.98 * untuned.sum()


@pytest.mark.parametrize("kind", KINDS)
def test_untuned_it_is_the_reference(kind: Any) -> None:
    observation = moment(np.linspace(-20.0, 60.0, 30))
    free = replace(observation.items, fixed_order_cost=np.zeros(30))
    for seen in (observation, replace(observation, items=free)):
        np.testing.assert_allclose(kind().order(seen), Reference().order(seen))


def test_the_level_follows_the_forecasts_record_and_the_plan() -> None:
    """By hand: the safety stock times e^spread, the bias over L + R periods, the promotion."""
    plain = moment(np.full(1, -1000.0))  # so that the wish is the level + 1000, the cap aside
    items = replace(plain.items, fixed_order_cost=np.zeros(1))
    context = np.array([[0.5, np.log(2.0), 1.0]])  # bias, spread, promotion
    seen = replace(plain, items=items, forecast=replace(plain.forecast, context=context))
    total, free = plain.forecast.lead_time_demand, {"cap": 1e6}
    level = PolicySearch(**free).order(seen) - 1000.0
    safety, one_period = level - total.mean, total.std * np.sqrt(3.0)
    assert safety[0] > 0
    for weight, moved in (
        ("spread_weight", safety),  # twice the safety stock
        ("bias_weight", 0.5 * one_period),
        ("promotion_weight", one_period),
    ):
        told: dict[str, Any] = {weight: 1.0, **free}
        found = PolicySearch(**told).order(seen) - 1000.0
        np.testing.assert_allclose(found, level + moved)
