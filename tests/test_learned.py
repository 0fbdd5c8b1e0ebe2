"""A learned policy is the reference policy until learning moves it."""

import numpy as np
import pytest

from replenish.arrays import Floats
from replenish.demand_families import DemandFamily
from replenish.episodes import DrawnEpisodes
from replenish.features import FEATURES
from replenish.forecasting.forecast import DemandSum
from replenish.items import Items, UnmetDemand
from replenish.learned import LearnedPolicy, Move
from replenish.reference import Levels, Reference
from replenish.simulation import Episode, play


def episode(fixed_order_cost: float = 0.0, unmet_demand: UnmetDemand = "lost") -> Episode:
    costs = {"shortage_cost": 19.0, "fixed_order_cost": fixed_order_cost}
    items = Items.build(1, unmet_demand, lead_time=3, review_period=2, **costs)
    source = DrawnEpisodes(DemandFamily("poisson", 5.0), items, periods=60)
    return source.draw(5, np.random.default_rng(0))


def constant(*action: float) -> LearnedPolicy:
    """Return a policy whose network always gives the same answer."""

    def network(features: Floats) -> Floats:
        assert features.shape[1] == len(FEATURES)
        return np.tile(np.asarray(action, dtype=np.float32), (len(features), 1))

    return LearnedPolicy(network, Reference(-0.2))


@pytest.mark.parametrize("unmet_demand", ["lost", "backorder"])
@pytest.mark.parametrize("fixed_order_cost", [0.0, 40.0])
def test_an_untrained_agent_is_the_reference_policy_exactly(
    fixed_order_cost: float, unmet_demand: UnmetDemand
) -> None:
    zero = (0.0, 0.0) if fixed_order_cost else (0.0,)
    played = episode(fixed_order_cost, unmet_demand)
    ours, theirs = play(constant(*zero), played), play(Reference(-0.2), played)
    for name, values in ours.as_dict().items():
        np.testing.assert_array_equal(values, theirs.as_dict()[name], err_msg=name)
    assert ours.order.any()


def test_a_higher_action_means_more_stock() -> None:
    stock = [play(constant(a), episode()).on_hand.mean() for a in (-1.0, -0.3, 0.0, 0.5, 1.0)]
    assert stock == sorted(stock)
    assert stock[0] < stock[-1]


def test_an_action_beyond_its_box_counts_as_its_end() -> None:
    wild, end = play(constant(7.0), episode()), play(constant(1.0), episode())
    np.testing.assert_array_equal(wild.order, end.order)


def moved(action: tuple[float, ...], reorder: float, up_to: float, std: float) -> list[float]:
    total = DemandSum(np.ones(1), np.array([std]), np.ones((1, 2)), np.array([0.1, 0.9]))
    levels = Levels(np.array([reorder]), np.array([up_to]))
    found = Move(span=0.5, quantity_span=4.0).apply(levels, total, np.array([action]))
    return [float(found.reorder_point[0]), float(found.order_up_to_level[0])]


def test_a_move_is_a_share_of_the_level_or_a_standard_deviation_by_hand() -> None:
    assert moved((0.0,), 20.0, 20.0, 3.0) == [20.0, 20.0]
    assert moved((1.0,), 20.0, 20.0, 3.0) == [30.0, 30.0]
    assert moved((-1.0,), 2.0, 2.0, 3.0) == [0.0, 0.0]
    assert moved((1.0,), 2.0, 2.0, 3.0) == [5.0, 5.0]


def test_with_a_fixed_cost_the_first_action_scales_the_quantity_by_hand() -> None:
    assert moved((0.0, 0.0), 20.0, 28.0, 3.0) == [20.0, 28.0]
    assert moved((1.0, 0.0), 20.0, 28.0, 3.0) == [20.0, 52.0]
    assert moved((-1.0, 1.0), 20.0, 28.0, 3.0) == [30.0, 32.0]


def test_a_policy_serves_one_set_of_rows_after_another() -> None:
    policy = constant(0.4)
    once, small = episode(), episode(0.0, "backorder")
    np.testing.assert_array_equal(play(policy, once).order, play(constant(0.4), once).order)
    np.testing.assert_array_equal(play(policy, small).order, play(constant(0.4), small).order)
