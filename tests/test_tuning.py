"""Tuning finds what is known to be best, and fits items one by one only where that holds up."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from scipy import stats

from baselines.order_up_to import OrderUpTo
from replenish.arrays import Floats
from replenish.demand_families import DemandFamily
from replenish.forecasting.forecast import DemandSum, Forecast
from replenish.forecasting.path import SteadyForecast
from replenish.items import Items
from replenish.observation import Observation
from replenish.protocols import Policy
from replenish.ranges import Range
from replenish.simulation import Episode, empty_start, play
from replenish.tuning.search import Effort, tune, tune_in_turn

FAMILY = DemandFamily("poisson", 20.0)


@dataclass(frozen=True, eq=False)
class Share:
    """Orders up to a share of expected lead-time demand."""

    search: ClassVar[dict[str, Range]] = {"share": Range(0.2, 4.0, log=True)}
    share: float | Floats = 1.0

    def order(self, observation: Observation) -> Floats:
        level = self.share * observation.forecast.lead_time_demand.mean
        return np.maximum(level - observation.inventory_position, 0.0)


def history(n: int, periods: int, seed: int, bias: Callable[[int], float]) -> Episode:
    """Return n items with Poisson demand and a forecast that is wrong by a factor per item."""
    items = Items.build(n, "backorder", lead_time=1, shortage_cost=9.0)
    exact = FAMILY.forecast(items.protection_period)
    factor = np.array([bias(row) for row in range(n)])
    total = exact.lead_time_demand
    wrong = DemandSum(
        total.mean * factor, total.std * factor, total.quantiles * factor[:, None], total.levels
    )
    forecast = Forecast(exact.mean * factor[:, None], exact.std * factor[:, None], wrong)
    demand = FAMILY.draw((periods, n), np.random.default_rng(seed))
    start = replace(empty_start(items), on_hand=np.full(n, 40.0))
    return Episode(items, demand, SteadyForecast(forecast), start)


def known_best() -> float:
    """Return the best base stock over the expected demand of lead time and review."""
    return float(stats.poisson(40.0).ppf(0.9)) / 40.0


def cost(policy: Policy, *episodes: Episode) -> float:
    """Return the mean cost per item and period."""
    costs = [play(policy, episode).cost for episode in episodes]
    return float(np.concatenate(costs).mean())


def exact(row: int) -> float:
    return 1.0


def half(row: int) -> float:
    return 0.5


def mixed(row: int) -> float:
    return (0.5, 1.0, 2.0)[row % 3]


def test_tuning_finds_the_known_best_level() -> None:
    tuned = tune(Share, history(8, 400, 1, exact), history(8, 200, 2, exact), per_item=False)
    assert tuned.individuality == 0
    assert tuned.parameters["share"] == pytest.approx(known_best(), rel=0.03)
    assert tuned.settings == f"share {tuned.parameters['share']:.3g}"


def test_tuning_mends_a_forecast_that_is_wrong() -> None:
    tuned = tune(Share, history(8, 400, 1, half), history(8, 200, 2, half))
    np.testing.assert_allclose(tuned.parameters["share"], 2 * known_best(), rtol=0.03)


def test_each_item_gets_its_own_setting_where_validation_prefers_it() -> None:
    train, later = history(9, 200, 1, mixed), history(9, 200, 2, mixed)
    tuned = tune(Share, train, later)
    assert tuned.individuality == 1.0
    expected = known_best() / np.array([mixed(row) for row in range(9)])
    np.testing.assert_allclose(tuned.parameters["share"], expected, rtol=0.08)
    assert "100% per item" in tuned.settings
    pooled = tune(Share, train, later, per_item=False)
    assert cost(tuned.policy, train, later) < 0.7 * cost(pooled.policy, train, later)


def test_what_is_tuned_in_turn_has_learned_from_train_first_and_then_from_both() -> None:
    train, later, other = (history(9, 200, seed, mixed) for seed in (1, 2, 3))
    first, both = tune_in_turn(Share, train, later)
    assert first.individuality == both.individuality == 1.0
    whole = tune(Share, train, later)
    np.testing.assert_array_equal(both.parameters["share"], whole.parameters["share"])
    again = tune_in_turn(Share, train, other)[0]
    np.testing.assert_array_equal(first.parameters["share"], again.parameters["share"])
    assert cost(first.policy, train) <= cost(both.policy, train)
    assert cost(both.policy, train, later) <= cost(first.policy, train, later)


def test_no_setting_for_all_is_better_than_each_items_own_where_they_were_tuned() -> None:
    train, later = history(6, 60, 1, mixed), history(6, 60, 2, mixed)
    pooled, each = tune(Share, train, later, per_item=False), tune(Share, train, later)
    assert each.individuality == 1.0
    costs = [
        sum(play(policy, episode).cost.sum(axis=0) for episode in (train, later))
        for policy in (each.policy, pooled.policy)
    ]
    assert (costs[0] <= costs[1]).all()


def test_an_item_that_tells_no_setting_from_another_gets_the_one_for_all() -> None:
    train, later = history(9, 200, 1, mixed), history(9, 200, 2, mixed)
    joins = np.where(np.arange(9) == 4, 200, 0)  # is there for none of it
    first, second = (
        replace(e, joins=joins, demand=e.demand * (joins == 0)) for e in (train, later)
    )
    tuned = tune(Share, first, second)
    assert tuned.individuality == 1.0
    own = float(np.asarray(tuned.parameters["share"])[4])
    assert own == pytest.approx(tuned.alike["share"])
    assert own != pytest.approx(1.0, rel=0.01)


def test_items_that_do_not_differ_share_a_setting() -> None:
    tuned = tune(Share, history(12, 12, 1, exact), history(12, 400, 2, exact))
    assert tuned.individuality <= 0.25


def test_any_number_of_candidates_is_tried() -> None:
    train, later = history(4, 60, 1, exact), history(4, 40, 2, exact)
    tuned = tune(Share, train, later, Effort(candidates=10, rounds=3), per_item=False)
    assert tuned.parameters["share"] == pytest.approx(known_best(), rel=0.1)


def test_a_setting_for_all_is_one_number_and_orders_for_any_number_of_rows() -> None:
    train, later = history(4, 60, 1, exact), history(4, 40, 2, exact)
    tuned = tune(OrderUpTo, train, later, Effort(candidates=8, rounds=2), per_item=False)
    assert isinstance(tuned.parameters["score_shift"], float)
    assert play(tuned.policy, history(7, 20, 3, exact)).order.shape == (20, 7)


def test_more_rounds_never_find_worse_and_a_seed_finds_the_same_again() -> None:
    train, later = history(3, 80, 1, exact), history(3, 80, 2, exact)
    found = [tune(Share, train, later, Effort(8, r), per_item=False) for r in (1, 2, 4, 4)]
    costs = [cost(tuned.policy, train, later) for tuned in found]
    assert costs == sorted(costs, reverse=True)
    assert found[2].parameters == found[3].parameters


def test_tuning_never_ends_up_worse_than_not_tuning() -> None:
    train, validation = history(4, 120, 7, exact), history(4, 60, 8, exact)
    for seed in range(5):
        effort = Effort(candidates=2, rounds=1, seed=seed)  # hardly looks at all
        tuned = tune(Share, train, validation, effort, per_item=False)
        assert cost(tuned.policy, train, validation) <= cost(Share(), train, validation) + 1e-9
