"""What a planner reads of a policy, worked by hand, and intervals that mean what they say."""

import json
from typing import Any

import numpy as np
import pytest

from replenish.costs import Ledger, credited_cost
from replenish.items import Items, UnmetDemand
from replenish.paired import paired_difference
from replenish.scorecard import MEASURES, Calendar, Scorecard, score, tally
from replenish.simulation import play
from tests.intervals import ends
from tests.shops import UpTo, Wishes, shop_of

MONEY: dict[str, Any] = {"unit_value": 10.0, "price": 25.0, "shortage_cost": 4.0}


def card(ledger: Ledger, items: Items, calendar: Calendar | None = None) -> Scorecard:
    names = [f"item{row}" for row in range(len(items))]
    return score(ledger, items, names, calendar or Calendar(), np.arange(len(items)))


def test_the_measures_by_hand() -> None:
    # Lead time 1: 8 on hand, orders of 6 and 5; demand 5, 4, 9, 2.
    shop = shop_of((5, 4, 9, 2), on_hand=8, lead_time=1, **MONEY)
    ledger = play(Wishes(np.array([[6.0], [5.0], [0.0], [0.0]])), shop)
    assert ledger.on_hand[:, 0].tolist() == [3.0, 5.0, 1.0, 0.0]
    total = card(ledger, shop.items).total
    assert total["cost_holding"] == pytest.approx(9.0 / 4)
    assert total["cost_shortage"] == pytest.approx(4.0 * 1.0 / 4)
    assert total["cost"] == pytest.approx(total["cost_holding"] + total["cost_shortage"])
    assert total["fill_rate"] == pytest.approx(19.0 / 20.0)
    assert total["period_service_level"] == pytest.approx(3.0 / 4.0)
    assert total["cycle_service_level"] == pytest.approx(0.5)  # received twice, short after one
    assert total["average_stock"] == pytest.approx(9.0 / 4)
    assert total["stock_value"] == pytest.approx(90.0 / 4)
    assert total["days_of_cover"] == pytest.approx(9.0 / 19.0)
    assert total["turns"] == pytest.approx(365.25 * 19.0 / 9.0)
    assert total["revenue_lost"] == pytest.approx(25.0 / 4)
    assert total["orders"] == pytest.approx(0.5)


def test_units_that_waited_are_delivered_and_not_lost() -> None:
    # Nothing on hand; 6 arrive in period 1 for 4 that wait, and 5 asked for at the end wait on.
    shop = shop_of((4, 1, 6), "backorder", lead_time=1, **MONEY)
    ledger = play(Wishes(np.array([[6.0], [0.0], [0.0]])), shop)
    assert ledger.backorders[:, 0].tolist() == [4.0, 0.0, 5.0]
    total = card(ledger, shop.items).total
    assert total["revenue_lost"] == 0.0
    assert total["days_of_cover"] == pytest.approx(ledger.on_hand.sum() / 6.0)
    assert total["turns"] == pytest.approx(365.25 * 6.0 / ledger.on_hand.sum())


@pytest.mark.parametrize("unmet_demand", ["lost", "backorder"])
def test_stock_that_is_left_is_credited_at_what_it_cost(unmet_demand: UnmetDemand) -> None:
    # Whoever buys 100 units where 10 were asked for has paid for the 10 that are gone.
    shop = shop_of((10, 10, 10), unmet_demand, lead_time=0, unit_cost=3.0)
    wishes = np.array([[10.0], [10.0], [10.0]]), np.array([[10.0], [100.0], [0.0]])
    for units in wishes:
        ledger = play(Wishes(units), shop)
        assert card(ledger, shop.items).total["cost_ordering"] == pytest.approx(30.0)
        expected = ledger.cost_holding + 30.0 * np.ones((3, 1))
        np.testing.assert_allclose(credited_cost(ledger, shop.items), expected)  # in each period


@pytest.mark.parametrize("unmet_demand", ["lost", "backorder"])
def test_costs_of_single_periods_add_up_to_the_scorecard_s(unmet_demand: UnmetDemand) -> None:
    rng = np.random.default_rng(7)
    shop = shop_of(
        rng.integers(0, 9, (20, 3)).astype(float), unmet_demand, on_hand=12, lead_time=2,
        unit_cost=3.0, fixed_order_cost=5.0,
    )  # fmt: skip
    ledger = play(UpTo(18.0), shop)
    each = credited_cost(ledger, shop.items)
    np.testing.assert_allclose(each.mean(axis=0), card(ledger, shop.items).per_item["cost"])
    position = ledger.on_hand + ledger.on_order - ledger.backorders
    start = shop.start.inventory_position
    built_up = np.diff(position, axis=0, prepend=start[None])
    np.testing.assert_allclose(each, ledger.cost - 3.0 * built_up)


def test_bullwhip_by_hand() -> None:
    # Demand 2, 4 has variance 1; orders of 0 and 6 have 9; orders of 2 and 4 have 1.
    shop = shop_of(np.array([[2.0, 2.0], [4.0, 4.0]]), on_hand=9, lead_time=1)
    found = card(play(Wishes(np.array([[0.0, 2.0], [6.0, 4.0]])), shop), shop.items)
    np.testing.assert_allclose(found.per_item["bullwhip"], [9.0, 1.0])
    assert found.total["bullwhip"] == pytest.approx((9.0 + 1.0) / (1.0 + 1.0))


def test_who_orders_what_was_asked_for_shakes_the_supplier_as_demand_does() -> None:
    demand = np.random.default_rng(8).integers(0, 9, (60, 1)).astype(float)
    shop = shop_of(demand, on_hand=20, lead_time=0)
    chased = play(Wishes(demand), shop)
    assert card(chased, shop.items).total["bullwhip"] == pytest.approx(1.0)
    steady = play(Wishes(np.full((60, 1), 4.0)), shop)
    assert card(steady, shop.items).total["bullwhip"] == 0.0


def test_a_group_of_items_is_measured_as_if_it_were_all() -> None:
    demand = np.random.default_rng(9).integers(0, 9, (30, 4)).astype(float)
    shop = shop_of(demand, on_hand=12, lead_time=2, **MONEY)
    ledger, some = play(UpTo(18.0), shop), np.array([0, 3])
    whole = tally(ledger, shop.items)
    part = {name: values[:, some] for name, values in ledger.as_dict().items() if name != "cost"}
    alone = card(Ledger(**part), shop.items.take(some)).total
    assert whole.total(Calendar(), some) == pytest.approx(alone)


def test_a_block_is_two_weeks_of_days_and_four_of_weeks() -> None:
    assert [Calendar(days).block_periods for days in (1, 7)] == [14, 4]
    assert Calendar(1, block=5).block_periods == 5


def test_several_starts_of_an_item_are_one_item() -> None:
    demand = np.array([[4.0, 6.0, 1.0], [3.0, 3.0, 8.0]])
    shop = shop_of(demand, on_hand=5, **MONEY)
    ledger = play(UpTo(5.0), shop)
    found = score(ledger, shop.items, ["a", "b"], Calendar(), np.array([0, 1, 0]))
    mean = ledger.cost.mean(axis=0)
    np.testing.assert_allclose(found.per_item["cost"], [(mean[0] + mean[2]) / 2, mean[1]])
    assert found.total["cost"] == pytest.approx(ledger.cost.mean())


def test_a_week_has_seven_days_of_cover() -> None:
    shop = shop_of((5, 5, 5), on_hand=20, **MONEY)
    ledger = play(UpTo(20.0), shop)
    day, week = (card(ledger, shop.items, Calendar(days)).total for days in (1, 7))
    assert week["days_of_cover"] == pytest.approx(7 * day["days_of_cover"])
    assert week["turns"] == pytest.approx(day["turns"] / 7)


def test_what_is_undefined_is_nothing_in_json() -> None:
    shop = shop_of((0, 0), on_hand=0)
    found = card(play(UpTo(0.0), shop), shop.items)
    assert np.isnan(found.total["fill_rate"])
    told = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert told["total"]["fill_rate"] is None
    assert set(told["total"]) == set(MEASURES)


def test_the_interval_holds_the_true_difference_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(3), 0
    for seed in range(200):
        other = rng.gamma(4.0, 2.0, 80)
        cost = other + rng.normal(-0.5, 1.0, 80)
        found = paired_difference(cost, other, seed, resamples=400)
        low, high = ends(found)
        held += low <= -0.5 <= high
        assert low <= found.difference <= high
    assert 176 <= held <= 199  # 95 % of 200, four standard errors and some for the bootstrap


def test_a_policy_does_not_differ_from_itself() -> None:
    cost = np.random.default_rng(0).gamma(2.0, 3.0, 50)
    same = paired_difference(cost, cost)
    assert (same.difference, same.low, same.high, same.share_improved) == (0.0, 0.0, 0.0, 0.0)
    half = paired_difference(cost / 2, cost)
    assert half.percent == pytest.approx(-50.0)
    assert half.percent_low == pytest.approx(-50.0)
    assert half.share_improved == 1.0
